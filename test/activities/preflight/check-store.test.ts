import { checkStore } from '../../../src/activities/control/preflight/check-store';
import type { ControlDependencies } from '../../../src/activities/control/dependencies';
import { Checks } from '../../../src/activities/control/preflight/checks';
import type { Findings } from '../../../src/activities/control/preflight/findings';
import { startMinistack } from '../../suites/ministack';
import { probeStore, registerCluster } from '../../../src/repository';
import { openStore, type ObjectStore } from '../../../src/transfer';
import { startFaultStore, type Fault, type FakeRequest } from '../../suites/fault-store';
import { Draws } from '../../support/draws';
import { openServer } from '../../suites/open-server';
import { startRclone } from '../../suites/rclone';
import type { S3Server } from '../../suites/s3-server';

/** What preflight of a backup and of a restore finds out about a store. */
async function checked(start: () => Promise<S3Server>, allowUnsafeStore?: boolean): Promise<Findings> {
  const { store, close } = await openServer(start);
  const config = { repository: { allowUnsafeStore } } as ControlDependencies['config'];
  try {
    const waiting = { patienceMs: 5_000, deadlineMs: 60_000, signal: new AbortController().signal };
    const checks = new Checks({ store, config, locksTried: {} } as unknown as ControlDependencies, waiting);
    expect(await checkStore(checks)).toBe(true);
    return checks.findings;
  } finally {
    await close();
  }
}

it('preflight refuses rclone serve s3 with StoreUnsafe', async () => {
  const { list, warnings } = await checked(async () => await startRclone());
  expect(list).toEqual([
    {
      type: 'StoreUnsafe',
      message: expect.stringMatching(/^The store s3:\S+ is not safe for backups: .*Use another store/) as string,
      findings: expect.arrayContaining([expect.stringContaining('If-None-Match') as string]) as string[],
    },
  ]);
  expect(warnings).toEqual([]);
});

it('preflight accepts rclone serve s3 with a warning if allowUnsafeStore is set', async () => {
  const { list, warnings } = await checked(async () => await startRclone(), true);
  expect(list).toEqual([]);
  expect(warnings).toEqual([expect.stringContaining('allowUnsafeStore is set, so this is a warning.') as string]);
});

it('preflight takes a store that keeps its promises', async () => {
  expect(await checked(startMinistack)).toMatchObject({ list: [], warnings: [] });
});

describe('17: preflight on a store that is overloaded', () => {
  const DEADLINE_MS = 4_000;
  const throttled: Fault = { status: 503, code: 'SlowDown', headers: { 'retry-after': '0.05' } };
  const broken: Fault = { status: 500, code: 'InternalError' };

  /** What a question of preflight finds, with requests failing as given. */
  async function asked<T>(
    fault: (request: FakeRequest) => Fault | undefined,
    ask: (store: ObjectStore) => Promise<T>,
    { registered = true, patienceMs = 30_000 } = {},
  ): Promise<{ answer: T | undefined; findings: Findings; away: string[] }> {
    const server = await startFaultStore();
    const store = openStore(server.config);
    const away: string[] = [];
    try {
      if (registered) await registerCluster({ store, cluster: 'demo' }, 'u');
      server.fault = fault;
      const checks = new Checks({ store, repository: { store }, config: {}, locksTried: {} } as never, {
        ...{ patienceMs, deadlineMs: DEADLINE_MS, signal: new AbortController().signal },
        onWait: (waited) => away.push(...waited),
      });
      const answer = await checks.look('The store', async (clients) => await ask(clients.store));
      return { answer, findings: checks.findings, away };
    } finally {
      store.close();
      await server.stop();
    }
  }

  /** Of the requests, so many fail: 20 % are throttled, 15 % end in an error. */
  function storm(seed: number): () => Fault | undefined {
    const draws = new Draws(seed);
    return () => {
      const drawn = draws.next();
      return drawn < 0.2 ? throttled : drawn < 0.35 ? broken : undefined;
    };
  }

  it.each([1, 2, 3])('each request of the probe is repeated by itself, not the probe as a whole (%i)', async (seed) => {
    const { answer, findings, away } = await asked(storm(seed), async (store) => await probeStore(store));
    expect(findings.list).toEqual([]);
    expect(answer).toMatchObject({ safe: true });
    expect(away.join()).toMatch(/SlowDown|InternalError/);
  });

  it.each([6, 7])('so is each one of a list of records (%i)', async (seed) => {
    const { answer, findings } = await asked(storm(seed), async (store) => {
      const read: Buffer[] = [];
      for (let n = 0; n < 30; n += 1) read.push(await store.read('kalpa.json'));
      return read.length;
    });
    expect(findings.list).toEqual([]);
    expect(answer).toBe(30);
  });

  it('a store that refuses everything is a finding once the deadline is over, in its own words', async () => {
    const began = Date.now();
    const ask = async (store: ObjectStore): Promise<unknown> => await probeStore(store);
    const { findings } = await asked(() => throttled, ask, { patienceMs: 600 });
    expect(Date.now() - began).toBeGreaterThanOrEqual(595);
    expect(findings.list).toEqual([
      { type: 'PreflightFailed', message: expect.stringMatching(/^The store: .*SlowDown/) as string },
    ]);
    expect(findings.refused).toBe(false);
  });

  it('what was done though its reply was lost counts as done: the store is not unsafe', async () => {
    const lost = new Set<string>();
    const fault = ({ method, key, query }: FakeRequest): Fault | undefined => {
      const request = [method, key, query.has('uploadId'), query.get('partNumber')].join();
      if ((method !== 'PUT' && method !== 'POST') || query.has('delete') || lost.has(request)) return undefined;
      lost.add(request);
      return 'lose-answer';
    };
    const { answer, findings } = await asked(fault, async (store) => await probeStore(store), { registered: false });
    expect(findings.list).toEqual([]);
    expect(answer).toMatchObject({ safe: true });
    expect(lost.size).toBeGreaterThanOrEqual(4);
  });
});
