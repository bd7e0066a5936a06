import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { Checks } from '../../../src/activities/control/preflight/checks';
import { checkCluster } from '../../../src/activities/control/preflight/check-cluster';
import { checkNewName } from '../../../src/activities/control/preflight/check-database';
import { checkStore } from '../../../src/activities/control/preflight/check-store';
import { StoreError } from '../../../src/transfer';
import { fakeYugabyte } from '../../support/fake-yugabyte';
import { HttpFailed, SqlConnection, SqlFailed, ToolFailed, Ysql } from '../../../src/yugabyte';

const refused = (): SqlFailed =>
  new SqlFailed('list databases', 'yugabyte', 'ECONNREFUSED', 'connect ECONNREFUSED', true, 'refused');
const reset = (): StoreError =>
  new StoreError('ListObjects of s3://b failed: ECONNRESET, socket hang up.', {
    kind: 'unavailable',
    operation: 'ListObjects',
    key: '',
    code: 'ECONNRESET',
  });
const noLeader = (): ToolFailed =>
  new ToolFailed({
    tool: 'yb-admin',
    command: 'list_all_tablet_servers',
    exitCode: 1,
    reason: 'Unable to establish connection to leader master',
    stderrTail: '',
    outcome: 'refused',
    transient: true,
  });

const DEADLINE_MS = 600;

function checksOn(
  clients: object = {},
  patienceMs = DEADLINE_MS,
  signal = new AbortController().signal,
  leftMs = patienceMs,
) {
  const waits: string[][] = [];
  const checks = new Checks(
    { store: { location: 's3://b' }, repository: {}, config: { cluster: 'demo', repository: {} }, ...clients } as never,
    { patienceMs, leftMs, deadlineMs: DEADLINE_MS, signal, onWait: (away) => waits.push(away) },
  );
  return { checks, waits, findings: checks.findings };
}

/** Fails so often, then answers. */
function flaky<T>(failures: number, error: () => Error, answer: T): { calls: () => number; ask: () => Promise<T> } {
  let calls = 0;
  return {
    calls: () => calls,
    ask: async () => {
      calls += 1;
      if (calls <= failures) throw error();
      return await Promise.resolve(answer);
    },
  };
}

describe('a question of preflight', () => {
  it.each([
    ['a refused connection', refused],
    ['no leader', noLeader],
    ['a store that drops the connection', reset],
    ['a page that answers 503', () => new HttpFailed('http://m:7000/varz', 503, 'it answered 503', true)],
  ])(
    '17: that meets %s is repeated until it is answered, and what is waited for is reported meanwhile',
    async (_, error) => {
      const { checks, waits, findings } = checksOn();
      const part = flaky(3, error, 'there');
      expect(await checks.look('The part', part.ask)).toBe('there');
      expect(part.calls()).toBe(4);
      expect(findings.list).toEqual([]);
      expect(waits[0]).toEqual([`The part: ${error().message}`]);
      expect(waits.at(-1)).toEqual([]);
    },
  );

  it('17: that is never answered is a finding when the deadline is over, in the words of the last failure', async () => {
    const { checks, findings } = checksOn();
    const began = Date.now();
    expect(await checks.look('YSQL', flaky(Infinity, refused, 0).ask)).toBeUndefined();
    expect(Date.now() - began).toBeGreaterThanOrEqual(DEADLINE_MS - 5);
    expect(Date.now() - began).toBeLessThan(2 * DEADLINE_MS);
    expect(findings.list).toEqual([{ type: 'PreflightFailed', message: `YSQL: ${refused().message}` }]);
    expect(findings.away).toHaveLength(1);
    expect(findings.refused).toBe(false);
  });

  it('17: that hangs is given up for a second one, which is answered', async () => {
    const { checks, findings } = checksOn();
    let calls = 0;
    const signals: AbortSignal[] = [];
    const answer = await checks.look('The masters', async (_, { signal }) => {
      calls += 1;
      signals.push(signal);
      return calls === 1 ? await new Promise<string>(() => undefined) : 'there';
    });
    expect(answer).toBe('there');
    expect(signals.map(({ aborted }) => aborted)).toEqual([true, false]);
    expect(findings.list).toEqual([]);
  });

  it('17: whose long answer is still arriving does not count as hanging', async () => {
    const { checks } = checksOn({}, 0);
    const answer = await checks.look('The objects', async (_, { arriving }) => {
      for (let page = 0; page < 12; page += 1) {
        await new Promise((resolve) => setTimeout(resolve, DEADLINE_MS / 12));
        arriving();
      }
      return 'all';
    });
    expect(answer).toBe('all');
  });

  it('17: that is slow but healthy gets the remaining time, however short the first time-out is', async () => {
    const { checks, findings } = checksOn({}, DEADLINE_MS / 10, undefined, DEADLINE_MS);
    const slow = async () => await new Promise((resolve) => setTimeout(resolve, DEADLINE_MS / 2, 'there'));
    expect(await checks.look('The store', slow)).toBe('there');
    expect(findings.list).toEqual([]);
  });

  it('17: several components that are unavailable have one deadline together', async () => {
    const { checks, findings } = checksOn();
    const began = Date.now();
    await Promise.all(['YSQL', 'The masters', 'The store'].map((what) => checks.look(what, flaky(99, refused, 0).ask)));
    await checks.look('The tools', flaky(99, refused, 0).ask);
    expect(Date.now() - began).toBeLessThan(1.5 * DEADLINE_MS);
    expect(findings.away).toHaveLength(4);
  });

  it('16: that is refused permanently is a finding at once, and preflight waits for nothing else', async () => {
    const { checks, findings } = checksOn();
    const began = Date.now();
    const denied = new SqlFailed(
      'list databases',
      'yugabyte',
      '28P01',
      'password authentication failed',
      false,
      'refused',
    );
    await Promise.all([
      checks.look('YSQL', flaky(99, () => denied, 0).ask),
      checks.look('The masters', flaky(99, noLeader, 0).ask),
    ]);
    expect(Date.now() - began).toBeLessThan(DEADLINE_MS / 2);
    expect(findings.list.map(({ message }) => message)).toEqual([
      `YSQL: ${denied.message}`,
      `The masters: ${noLeader().message}`,
    ]);
    expect(findings.refused).toBe(true);
  });

  it('17: of a run that was cancelled ends as a cancellation, not as a finding', async () => {
    const controller = new AbortController();
    const { checks, findings } = checksOn({}, DEADLINE_MS, controller.signal);
    const look = checks.look('YSQL', flaky(99, refused, 0).ask);
    controller.abort(new Error('CANCELLED'));
    await expect(look).rejects.toThrow();
    expect(findings.list).toEqual([]);
  });
});

describe('18: no check can bypass the findings', () => {
  const away = { yugabyte: () => fakeYugabyte({ sql: { databaseExists: flaky(99, refused, false).ask } }) };

  it('18: a transient SQL failure while looking up the new name is one finding among the others', async () => {
    const { checks, findings } = checksOn(away, 0);
    checks.add('NotFound', 'There is no database ysql.shop on cluster demo.');
    const cluster = { loginAccepted: true, listed: true, masters: true, tools: true };
    await checkNewName(checks, { database: 'ysql.shop', as: 'copy', cluster });
    expect(findings.list.map(({ message }) => message)).toEqual([
      'There is no database ysql.shop on cluster demo.',
      `The name ysql.copy: ${refused().message}`,
    ]);
  });

  it('18: masters, tools, YSQL and the store that all fail are all findings, by their own words', async () => {
    const fails = (error: () => Error) => async (): Promise<never> => await Promise.reject(error());
    const yugabyte = fakeYugabyte({
      sql: { listDatabases: fails(refused) },
      http: { tabletServers: fails(() => new HttpFailed('http://m:7000', undefined, 'ECONNREFUSED', true)) },
      toolVersions: fails(() => new Error('spawn EAGAIN')),
    });
    const store = { location: 's3://b', list: () => ({ [Symbol.asyncIterator]: () => ({ next: fails(reset) }) }) };
    const { checks, findings } = checksOn({ yugabyte: () => yugabyte, store, repository: {} }, 0);
    await Promise.all([checkCluster(checks, 'ysql.shop'), checkStore(checks)]);
    expect(findings.list.map(({ message }) => message.split(':')[0]).sort()).toEqual([
      'The masters',
      'The store s3',
      'The tools',
      'YSQL',
    ]);
  });

  it('18: a check gets no client except through its question', () => {
    const { checks } = checksOn();
    // @ts-expect-error only `look` hands clients out
    expect(checks.yugabyte).toBeUndefined();
    // @ts-expect-error nor this one
    expect(checks.store).toBeUndefined();
    expect(Object.keys(checks).sort()).toEqual(['config', 'storeLocation']);
  });

  it('18: every preflight is made by definePreflight, and none of them takes the bare clients', () => {
    const folder = join(__dirname, '../../../src/activities/control');
    const makers = new Set(['checks.ts', 'define-preflight.ts', 'check-encryption.ts', 'preflight-copy.ts']);
    const preflights = readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((path) => path.endsWith('.ts'))
      .filter((path) => path.startsWith('preflight/') || basename(path).startsWith('preflight-'));
    for (const path of preflights) {
      const file = basename(path);
      const text = readFileSync(join(folder, path), 'utf8');
      if (file.startsWith('preflight-') && file !== 'preflight-delete-snapshot.ts')
        expect({ file, defined: /= definePreflight</.test(text) }).toEqual({ file, defined: true });
      if (!makers.has(file))
        expect({ file, bare: text.includes('ControlDependencies') }).toEqual({ file, bare: false });
    }
    const chapters = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory());
    const made = chapters.flatMap(({ name }) => {
      const index = join(folder, name, 'index.ts');
      return existsSync(index) ? (readFileSync(index, 'utf8').match(/preflight\w+: make/g) ?? []) : [];
    });
    expect(made.length).toBeGreaterThan(9);
    expect(preflights.length).toBeGreaterThan(20);
  });
});

it('23.7: a password that may not be sent is one finding, with what to do', async () => {
  const sql = new SqlConnection(
    { host: 'yb-1.internal', port: 5433, user: 'yugabyte', database: 'yugabyte', password: 'hunter2' },
    1_000,
  );
  const { checks, findings } = checksOn({
    yugabyte: () =>
      fakeYugabyte({
        sql: new Ysql(sql),
        toolVersions: async () => await Promise.resolve([]),
        capabilities: async () => await Promise.resolve({}),
        tservers: async () => await Promise.resolve([]),
      }),
  });
  expect(await checkCluster(checks, 'ysql.shop')).toMatchObject({ loginAccepted: false, listed: false, masters: true });
  expect(findings.list).toEqual([
    {
      type: 'PreflightFailed',
      message: expect.stringMatching(
        /^YSQL: yb-1\.internal was not connected to: .*Set ysql\.rootCert in kalpa\.yaml/,
      ) as string,
    },
  ]);
  expect(findings.away).toEqual([]);
});
