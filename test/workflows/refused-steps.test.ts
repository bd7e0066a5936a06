import { setTimeout as pause } from 'node:timers/promises';
import { Context } from '@temporalio/activity';
import type { ApplicationFailure } from '@temporalio/common';
import type { WorkflowHandle } from '@temporalio/client';
import { guardianId } from '../../src/contract';
import type { Undo } from '../../src/contract/internal';
import { FakedCluster, refusal } from '../support/workflows/faked-cluster';
import { standardActivities, type Activities } from '../support/workflows/standard-activities';

/** These are seen cancelled, and when they may have begun, too. */
const AT_LENGTH = new Set<keyof Activities>(['startClone', 'rewindDatabase', 'importSnapshot', 'restoreSnapshot']);

type How = 'refused' | 'perhaps' | 'cancelled';
interface Refused {
  what: string;
  type: string;
  input: (name: string) => object;
  /** The database whose guardian undoes. */
  database: (name: string) => string;
  step: keyof Activities;
  /** Still to be undone, of the steps before it. */
  left?: object;
  with?: Partial<Activities>;
}

const ID = '20261122T020000Z-3fa9c1';
const ysql = (name: string): string => `ysql.${name}`;
const ycql = (name: string): string => `ycql.${name}`;
const restore = {
  type: 'restoreDatabase',
  input: (name: string) => ({ backup: `ysql.${name}-${ID}` }),
  database: ysql,
};
const recover = { type: 'recoverToPointInTime', to: '2026-11-22T01:00:00Z' };
const digits = (name: string): string => Buffer.from(name).toString('hex').slice(-8).padStart(8, '0');

const findDump: Activities['findDump'] = async (asked) => ({
  ...(await standardActivities().findDump(asked)),
  database: asked.dump.replace(`-dump-${ID}`, ''),
});

/** Every step with a note of its undo. */
const REFUSED: Refused[] = [
  {
    what: 'a snapshot in the cluster',
    ...{ type: 'createSnapshot', input: (name) => ({ database: ysql(name) }), database: ysql, step: 'createSnapshot' },
  },
  {
    what: 'a clone',
    ...{
      type: recover.type,
      input: (name) => ({ database: 'ysql.source', to: recover.to, as: name, whenBusy: 'wait' }),
    },
    ...{ database: ysql, step: 'startClone' },
  },
  {
    what: 'a rewind',
    ...{ type: recover.type, input: (name) => ({ database: ysql(name), to: recover.to, confirmDataLoss: ysql(name) }) },
    ...{ database: ysql, step: 'rewindDatabase' },
  },
  {
    what: 'a schedule',
    type: 'enablePointInTimeRecovery',
    input: (name) => ({ database: ysql(name), every: '1h', keep: '1 day' }),
    ...{ database: ysql, step: 'createSnapshotSchedule' },
  },
  {
    what: 'a restoration in place',
    type: 'restoreSnapshot',
    input: (name) => ({
      snapshotId: `${digits(name)}-0000-4000-8000-000000000000`,
      confirm: `ysql.db_${digits(name)}`,
    }),
    ...{ database: (name) => `ysql.db_${digits(name)}`, step: 'restoreSnapshot' },
  },
  {
    what: 'the record of a backup',
    ...{ type: 'backUpDatabase', input: (name) => ({ database: ysql(name) }), database: ysql, step: 'openBackup' },
  },
  {
    what: 'the record of a dump',
    ...{ type: 'dumpDatabase', input: (name) => ({ database: ysql(name) }), database: ysql, step: 'openDump' },
  },
  { what: 'the schema of a restore', ...restore, step: 'loadSchema' },
  {
    what: 'an import after its schema',
    ...restore,
    step: 'importSnapshot',
    left: { kind: 'scratch', scratchName: 'kalpa_0123456789ab', listedBefore: [] },
  },
  {
    // Undone, it would drop tables that someone else has made in the meantime.
    what: 'an import into a keyspace',
    ...{ type: 'restoreDatabase', input: (name) => ({ backup: `ycql.${name}-${ID}` }), database: ycql },
    step: 'importSnapshot',
    with: {
      preflightRestore: async () =>
        await Promise.resolve({
          scratchName: 'shop',
          keyspace: { existed: true, tables: ['orders'], chosen: false },
          warnings: [],
        }),
    },
  },
  {
    what: 'the switch of the balancer',
    ...restore,
    step: 'setLoadBalancer',
    left: { kind: 'scratch', importedSnapshotId: 'imported-1' },
    with: { readLoadBalancer: async () => await Promise.resolve({ enabled: true }) },
  },
  {
    // Without the note of a restoration nothing is waited for before its database is dropped.
    what: 'the restoration of a restore',
    ...restore,
    step: 'restoreSnapshot',
    left: { kind: 'scratch', importedSnapshotId: 'imported-1' },
  },
  {
    what: 'a load',
    ...{ type: 'loadDump', input: (name) => ({ dump: `ysql.${name}-dump-${ID}` }), database: ysql, step: 'loadText' },
    with: { findDump },
  },
  {
    what: 'a new keyspace',
    ...{ type: 'loadDump', input: (name) => ({ dump: `ycql.${name}-dump-${ID}` }), database: ycql },
    step: 'createKeyspace',
    with: { findDump },
  },
];

const failures: Record<How, () => ApplicationFailure> = {
  refused: () => refusal('NotFound', 'yb-admin failed: Namespace shop not found.', [{ madeNothing: true }]),
  perhaps: () => refusal('NotFound', 'yb-admin failed: Namespace shop not found.'),
  cancelled: () => refusal('ToolFailed', 'yb-admin failed: Service unavailable.', [{ madeNothing: true, again: true }]),
};

/** The restoration may run: it is waited for. */
const BEGUN: Record<string, object> = {
  restoreSnapshot: { kind: 'restoration', listedBefore: [] },
  restoreDatabase: { kind: 'scratch', restoration: { listedBefore: [] } },
};

describe('16: every step whose undo is noted before it', () => {
  let cluster: FakedCluster;
  /** By the ids of the guardians. */
  const undone = new Map<string, Undo[]>();
  const cases = REFUSED.flatMap((refused, i) =>
    (['refused', 'perhaps', 'cancelled'] as const)
      .filter((how) => how === 'refused' || AT_LENGTH.has(refused.step))
      .map((how) => ({ ...refused, how, name: `t${i}${how}` })),
  );
  const runs = new Map<string, WorkflowHandle>();
  const asked = new Map<string, Promise<string>>();
  const cancelWhenRetrying = async (run: WorkflowHandle): Promise<string> => {
    for (;;) {
      const page = await cluster.page(run);
      if (/Retrying\s+for/.test(page)) {
        await run.cancel();
        return page;
      }
      await pause(250);
    }
  };
  const runOf = ({ name }: { name: string }): WorkflowHandle => runs.get(name)!;
  const undoneOf = ({ name, database }: Refused & { name: string }): Undo[] =>
    undone.get(guardianId(cluster.name, database(name))) ?? [];

  // All at once: most of their time they wait.
  beforeAll(async () => {
    cluster = await FakedCluster.open({
      retryPause: 60_000,
      retryPauseMax: 60_000,
      ownerPollInterval: 2_000,
      heartbeatTimeout: 10_000,
      nodeAnswerTimeout: 20_000,
    });
    const standard = standardActivities() as Partial<Activities>;
    const faked = Object.fromEntries(
      [...new Set(REFUSED.flatMap((one) => [one.step, ...Object.keys(one.with ?? {})]))].map((key) => [
        key,
        async (input: never) => {
          const id = Context.current().info.workflowExecution?.workflowId;
          const mine = cases.find(({ name }) => id?.endsWith(`/${name}`));
          if (mine?.step === key) throw failures[mine.how]();
          const acts = mine?.with?.[key as keyof Activities] ?? standard[key as keyof Activities];
          return await (acts as (given: never) => Promise<unknown>)(input);
        },
      ]),
    );
    cluster.use({
      ...faked,
      undo: async ({ undo, guardianId: id }) => {
        undone.set(id, [...(undone.get(id) ?? []), undo]);
        return await Promise.resolve({});
      },
    });
    for (const one of cases) {
      const run = await cluster.start(one.type, one.input(one.name), `${cluster.name}/${one.name}`);
      runs.set(one.name, run);
      // In its pause it may hold the cluster's lock, for which others wait.
      if (one.how === 'cancelled') asked.set(one.name, cancelWhenRetrying(run));
    }
  }, 60_000);
  afterAll(async () => {
    await cluster.close();
  });

  const of = (how: How) => cases.filter((one) => one.how === how).map((one) => [one.what, one] as const);

  it.each(of('cancelled'))(
    'a cancel between two tries of %s finds nothing to undo',
    async (_, one) => {
      expect(await asked.get(one.name)).toMatch(/Service\s+unavailable[^]*Retrying\s+for\s+up\s+to\s+\d+\s+s/);
      await expect(runOf(one).result()).rejects.toMatchObject({ cause: { name: 'CancelledFailure' } });
      expect(undoneOf(one)).toMatchObject(one.left ? [one.left] : []);
      expect(undoneOf(one).some((undo) => 'restoration' in undo)).toBe(false);
    },
    // those that hold the cluster's lock wait for each other
    300_000,
  );

  it.each(of('refused'))('%s that was refused leaves nothing to undo', async (_, one) => {
    await expect(runOf(one).result()).rejects.toMatchObject({ cause: { type: 'NotFound' } });
    expect(undoneOf(one)).toMatchObject(one.left ? [one.left] : []);
    expect(undoneOf(one).some((undo) => 'restoration' in undo)).toBe(false);
  });

  it.each(of('perhaps'))('%s that may have begun is undone as ever', async (_, one) => {
    await expect(runOf(one).result()).rejects.toMatchObject({ cause: { type: 'NotFound' } });
    const kinds = undoneOf(one).map(({ kind }) => kind);
    expect(kinds.length).toBeGreaterThanOrEqual(1);
    if (one.step === 'restoreSnapshot') expect(undoneOf(one)[0]).toMatchObject(BEGUN[one.type]!);
    if (one.step === 'setLoadBalancer') expect(kinds).toContain('loadBalancer');
  });
});
