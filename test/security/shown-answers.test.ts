import { z } from 'zod';
import type { ListedRun } from '../../src/client';
import { operations, type OperationName, type Progress } from '../../src/contract';
import { failing, kalpa, type FakeRun } from '../cli/fake-cli';

const ESC = '\u001b';
/** Clears the screen, names the window, turns the direction, goes back in its line, forges a line. */
const HOSTILE = `x${ESC}[2J${ESC}]0;owned\u0007\u202egnp\u2066\u009b31m\rFORGED\nFORGED  complete\u2028FORGED\u0085\u0000y`;
const ACTS = /[^\P{Cc}\n\t]|[\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff]|\p{Surrogate}/u;
/** Stands in every text of an answer: a moment where one is needed, a name elsewhere. */
const at = '2026-11-22T01:00:07.000Z';
const ID = 'ysql.orders-20261122T020007Z-3fa9c1';
const RUN = 'backup/demo/ysql.orders/20261122T015907Z';

/** A value as the schema of a result has it, every optional field there, one item in each list. */
function filled(schema: z.core.JSONSchema.BaseSchema): unknown {
  if (schema.const !== undefined) return schema.const;
  if (schema.enum?.[0] !== undefined) return schema.enum[0];
  const [of] = schema.anyOf ?? schema.oneOf ?? [];
  if (of !== undefined) return filled(of);
  if (schema.type === 'array') return [filled((schema.items ?? {}) as z.core.JSONSchema.BaseSchema)];
  if (schema.type === 'number' || schema.type === 'integer') return 7;
  if (schema.type === 'boolean') return true;
  if (schema.type === 'string') return at;
  return Object.fromEntries(
    Object.entries(schema.properties ?? {}).map(([name, one]) => [name, filled(one as z.core.JSONSchema.BaseSchema)]),
  );
}
const resultOf = (operation: OperationName): object => filled(z.toJSONSchema(operations[operation].result)) as object;

type Path = (string | number)[];
function textsOf(value: unknown, path: Path = []): Path[] {
  if (typeof value === 'string') return [path];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, of]) => textsOf(of, [...path, Array.isArray(value) ? Number(key) : key]));
}
/** One copy a text, with that text hostile. */
function spoilt<T>(value: T): { field: string; value: T }[] {
  return textsOf(value).map((path) => {
    const copy = structuredClone(value);
    let at = copy as Record<string | number, unknown>;
    for (const key of path.slice(0, -1)) at = at[key] as Record<string | number, unknown>;
    at[path.at(-1) ?? ''] = HOSTILE;
    return { field: path.join('.'), value: copy };
  });
}

/** Prints it on a wide and a narrow terminal and into a pipe; what acts on a terminal or passes for a line of ours. */
async function forgedBy(line: string[], fake: FakeRun): Promise<string[]> {
  const wrong: string[] = [];
  for (const screen of [{}, { tty: true, columns: 400 }, { tty: true, columns: 60 }]) {
    const { stdout, stderr } = await kalpa(line, { ...fake, ...screen });

    const all = (stdout + stderr).replace(/(\u001b\[\?25l)?\r(\u001b\[\d+A)?\u001b\[J(\u001b\[\?25h)?/g, '');
    // On a narrow screen prose is wrapped before any of its words.
    const wrapped = 'columns' in screen && screen.columns < 400;
    const found = ACTS.exec(all)?.[0] ?? (wrapped ? undefined : /^FORGED.*/m.exec(all)?.[0]);
    if (found !== undefined) wrong.push(`${line.join(' ')}: ${JSON.stringify(found)}`);
  }
  return wrong;
}

/** How each operation is asked for. */
const LINES: Record<OperationName, string[][]> = {
  backUpDatabase: [['backup', 'ysql.orders']],
  restoreDatabase: [['restore', ID]],
  rehearseRestore: [['rehearse', 'ysql.orders']],
  createSnapshot: [['snapshot', 'create', 'ysql.orders']],
  restoreSnapshot: [['snapshot', 'restore', '0d4b4935-2c95-4523-95ab-9ead1e95e794', '--yes', 'ysql.orders']],
  deleteSnapshot: [['snapshot', 'delete', '0d4b4935-2c95-4523-95ab-9ead1e95e794', '--yes']],
  enablePointInTimeRecovery: [['pitr', 'enable', 'ysql.orders', '--every', '1h', '--keep', '7 days', '--yes']],
  disablePointInTimeRecovery: [['pitr', 'disable', 'ysql.orders', '--yes']],
  recoverToPointInTime: [['recover', 'ysql.orders', '--ago', '10 minutes', '--as', 'orders_before']],
  dumpDatabase: [['dump', 'ysql.orders']],
  dumpCluster: [['dump', 'ysql']],
  loadDump: [['load', ID.replace('-2026', '-dump-2026')]],
  inspectCluster: [
    ['inspect'],
    ['pitr', 'status'],
    ['pitr', 'disable', at],
    ['pitr', 'enable', at, '--every', '1h', '--keep', '1h'],
    ['snapshot', 'list'],
    ['snapshot', 'delete', at],
    ['snapshot', 'restore', at],
  ],
  applyRetention: [['retain', '--dry-run'], ['retain', '--yes'], ['retain']],
  deleteBackup: [['delete', ID, '--reason', 'r']],
  undeleteBackup: [['undelete', ID, '--reason', 'r']],
  holdBackup: [['hold', ID, '--reason', 'r']],
  releaseBackup: [['release', ID, '--reason', 'r']],
  verifyBackup: [['verify', ID]],
  scrubRepository: [],
};

const listed: ListedRun = {
  ...{ workflowId: RUN, runId: 'r-1', operation: 'backUpDatabase', status: 'RUNNING', phase: 'files' },
  ...{ startedAt: at, database: 'ysql.orders', startedBy: 'alice@host', link: 'http://ui/r-1' },
};
const schedule = {
  ...{ id: 'backup/demo/ysql.orders', operation: 'backUpDatabase', database: 'ysql.orders', paused: false },
  ...{ nextRunAt: at, note: 'nightly', state: 'active', when: '0 2 * * * UTC', recorded: true },
  recentRuns: [{ workflowId: RUN, runId: 'r-1', at, status: 'failed' }],
};
const progress: Progress = {
  ...{ operation: 'backUpDatabase', phase: 'files', message: 'copies files' },
  phases: [{ name: 'files', state: 'running', startedAt: at }],
  nodes: [{ node: 'yb-1:9100', filesDone: 1, filesTotal: 2, bytesDone: 1, bytesTotal: 2, bytesPerSecond: 1 }],
};

function runsOf(run: ListedRun, result: () => Promise<unknown>, told: Progress): FakeRun {
  const opened = {
    ...{ workflowId: run.workflowId, runId: run.runId, link: run.link },
    ...{ reference: () => ({ workflowId: run.workflowId, runId: run.runId, link: run.link }), result },
    ...{ progress: async () => await Promise.resolve(told), cancel: async () => await Promise.resolve() },
    setLimits: async () => await Promise.resolve(),
  };
  const client = {
    runs: async () => await Promise.resolve({ runs: [run, { ...run, workflowId: 'other' }], more: true }),
    describeRun: async () => await Promise.resolve(run),
    openRun: () => opened,
  };
  return { client, result };
}

describe('23.11: an answer of Temporal or of the cluster, with a hostile text in each of its fields,', () => {
  it.each(Object.entries(LINES))('23.11: moves nothing on the screen of what %s prints', async (operation, lines) => {
    const wrong: string[] = [];
    for (const { field, value } of spoilt(resultOf(operation as OperationName))) {
      const result = async (): Promise<unknown> => await Promise.resolve(value);
      const watched = runsOf({ ...listed, operation: operation as OperationName }, result, progress);
      for (const line of lines)
        wrong.push(
          ...(await forgedBy(line, { result, answers: { inspectCluster: result }, answer: 'no' })).map(
            (one) => `${field}: ${one}`,
          ),
        );
      wrong.push(...(await forgedBy(['watch', RUN], watched)).map((one) => `${field}: ${one}`));
    }
    expect(wrong).toEqual([]);
  });

  const result = async (): Promise<unknown> => await Promise.resolve({ backupId: ID });

  it.each([
    [['runs']],
    [['watch', RUN]],
    [['watch', 'ysql.orders']],
    [['cancel', RUN]],
    [['cancel', RUN, '--detach']],
    [['limit', RUN, '--parallelism', '2']],
  ])('23.11: moves nothing on the screen of kalpa %j', async (line) => {
    const wrong: string[] = [];
    for (const { field, value } of spoilt(listed))
      wrong.push(...(await forgedBy(line, runsOf(value, result, progress))).map((one) => `${field}: ${one}`));
    expect(wrong).toEqual([]);
  });

  it('23.11: nor does what a run tells of where it is', async () => {
    const wrong: string[] = [];
    for (const { field, value } of spoilt(progress)) {
      let ask: () => void = () => undefined;
      const asked = new Promise<void>((resolve) => (ask = resolve));
      const slow = async (): Promise<unknown> => {
        await asked;
        return await result();
      };
      const fake = runsOf(listed, slow, value);
      const { openRun } = fake.client as { openRun: () => { progress: () => Promise<Progress> } };
      const run = openRun();
      run.progress = async () => {
        setImmediate(ask);
        return await Promise.resolve(value);
      };
      wrong.push(...(await forgedBy(['watch', RUN], fake)).map((one) => `${field}: ${one}`));
    }
    expect(wrong).toEqual([]);
  });

  it.each([
    [['list']],
    [['add', 'backup', 'ysql.orders', '--every', '6h']],
    [['pause', schedule.id]],
    [['resume', schedule.id]],
    [['trigger', schedule.id]],
    [['restore']],
  ])('23.11: moves nothing on the screen of kalpa schedule %j', async (words) => {
    const wrong: string[] = [];
    for (const { field, value } of spoilt({ ...schedule, ...{ run: { workflowId: RUN, link: 'http://ui/r-1' } } })) {
      const { run, ...one } = value;
      const schedules = {
        list: async () => await Promise.resolve([one]),
        create: async () => await Promise.resolve(one),
        pause: async () => await Promise.resolve(one),
        resume: async () => await Promise.resolve(one),
        trigger: async () => await Promise.resolve(run),
        restore: async () => await Promise.resolve({ restored: [one.id], present: [one.id] }),
      };
      const parts = { openScheduleRecords: () => ({ close: () => undefined }) as never };
      wrong.push(
        ...(await forgedBy(['schedule', ...words], { client: { schedules }, parts })).map(
          (text) => `${field}: ${text}`,
        ),
      );
    }
    expect(wrong).toEqual([]);
  });

  it('23.11: nor does what a repository holds that is browsed or adopted', async () => {
    const moments = { from: at, to: at };
    const holds = {
      backup: { backupId: ID, database: 'ysql.orders', startedAt: at, state: 'committed', moments, problem: 'none' },
      dump: { dumpId: ID, subject: 'ysql.orders', startedAt: at, state: 'committed' },
      ...{ cluster: 'demo', restored: [schedule.id], present: [schedule.id], recordedAt: at },
    };
    const wrong: string[] = [];
    for (const { field, value } of spoilt(holds)) {
      const catalogue = {
        where: 's3://kalpa/demo',
        list: async () => await Promise.resolve([value.backup]),
        dumps: async () => await Promise.resolve([value.dump]),
        details: async function* () {
          yield await Promise.resolve(value.backup);
        },
        policies: async () => await Promise.resolve({ at: value.recordedAt, policies: {} }),
        close: () => undefined,
      };
      const openToBrowse = () => ({
        location: 's3://kalpa',
        clusters: async () => await Promise.resolve([value.cluster]),
        catalogue: () => catalogue as never,
        close: () => undefined,
      });
      const parts = {
        ...{ openToBrowse, openCatalogue: () => catalogue as never },
        openScheduleRecords: () => ({ close: () => undefined }) as never,
      };
      const schedules = { restore: async () => await Promise.resolve(value) };
      for (const line of [['browse', 's3://kalpa'], ['browse', 's3://kalpa', 'ysql.orders'], ['adopt']])
        wrong.push(...(await forgedBy(line, { parts, client: { schedules } })).map((one) => `${field}: ${one}`));
    }
    expect(wrong).toEqual([]);
  });

  it.each([['backup', 'ysql.orders'], ['watch', RUN], ['inspect'], ['runs'], ['pitr', 'status']])(
    '23.11: nor does the failure of kalpa %s',
    async (...line) => {
      const result = failing('DatabaseBusy', HOSTILE, [{ link: HOSTILE, workflowId: HOSTILE }]);
      const fake = { ...runsOf(listed, result, progress), result };
      const runs = line[0] === 'runs' ? { ...fake, client: { runs: result } } : fake;
      expect(await forgedBy(line, runs)).toEqual([]);
    },
  );
});
