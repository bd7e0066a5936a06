import { fingerprintsOf, UNPOPULATED, type Counting } from '../../src/activities/control/fingerprint/count-tables';
import { notCompared } from '../../src/activities/control/restore/verify-restored';
import { Client } from 'pg';
import { timingInMs, timingSchema } from '../../src/contract';
import { openPostgresCluster, type PostgresCluster } from '../yugabyte/ysql/postgres-cluster';

let cluster: PostgresCluster;
beforeAll(async () => {
  cluster = await openPostgresCluster();
  await cluster.sql('yugabyte', 'CREATE DATABASE counted');
  for (let i = 1; i <= 12; i += 1)
    await cluster.sql('counted', `CREATE TABLE t${i} AS SELECT generate_series(1, ${i}) AS n; ANALYZE t${i}`);
  await cluster.sql('counted', 'CREATE MATERIALIZED VIEW v AS SELECT * FROM t1 WITH NO DATA');
});
afterAll(async () => {
  await cluster.stop();
});

const count = async (more: Partial<Counting> = {}) => {
  const lines = await fingerprintsOf(cluster.yugabyte, {
    database: 'ysql.counted',
    level: 'counts',
    forMs: 60_000,
    signal: new AbortController().signal,
    ...more,
  });
  return new Map(lines.map((line) => [line.name, line]));
};
/** Holds a table as a migration does, until `work` has ended. */
const locked = async <T>(tables: string[], work: () => Promise<T>): Promise<T> => {
  const client = new Client({ ...cluster.address, database: 'counted' });
  await client.connect();
  try {
    await client.query(`BEGIN; LOCK TABLE ${tables.join(', ')} IN ACCESS EXCLUSIVE MODE`);
    return await work();
  } finally {
    await client.end();
  }
};

describe('counting', () => {
  it('22.19a: a locked table is not counted, with the reason, and all others are', async () => {
    const lines = await locked(['t1', 't7'], () => count({ forMs: 5_000 }));
    for (const name of ['t1', 't7'])
      expect(lines.get(name)).toEqual({
        schema: 'public',
        name,
        notCounted: 'another session held a lock on it for 0.5 s',
      });
    for (const n of [2, 3, 4, 5, 6, 8, 9, 10, 11, 12])
      expect(lines.get(`t${n}`)).toEqual({ schema: 'public', name: `t${n}`, rows: n });
  });

  it('22.19a: what is left at the deadline is not counted, with the reason, and nothing fails', async () => {
    const all = ['t1', 't2', 't3', 't4', 't5', 't6', 't7', 't8', 't9', 't10', 't11', 't12'];
    const began = Date.now();
    const lines = await locked(all, () => count({ forMs: 400 }));
    expect(Date.now() - began).toBeLessThan(5_000);
    expect(lines.size).toBe(13);
    for (const name of all)
      expect(lines.get(name)?.notCounted).toMatch(
        /^(another session held a lock on it for|there was no time left to count it)/,
      );
    expect((await count({ forMs: 0 })).size).toBe(0);
  });

  it('22.19a: uses a few connections for any number of tables', async () => {
    const before = await connections();
    expect((await count({ level: 'full' })).get('t12')).toMatchObject({
      rows: 12,
      digest: expect.stringMatching(/^md5sum-1:/),
    });
    const opened = (await connections()) - before;
    expect(opened).toBeLessThanOrEqual(4 + 1); // and the one that asks
  });

  it('22.19a: a connection that breaks costs its table, not the others', async () => {
    const controller = new AbortController();
    let ended = false;
    const lines = await count({
      onProgress: () => {
        if (ended) return;
        ended = true;
        void cluster.sql(
          'yugabyte',
          "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'counted'",
        );
      },
      signal: controller.signal,
    });
    expect(lines.size).toBe(13);
    expect([...lines.values()].filter(({ rows }) => rows !== undefined).length).toBeGreaterThanOrEqual(8);
  });

  it('counts again what was counted the first time, and records whether both agree', async () => {
    const earlier = await count();
    const keyed = new Map([...earlier.values()].map((line) => [`${line.schema}.${line.name}`, line]));
    keyed.set('public.t2', { schema: 'public', name: 't2', notCounted: 'earlier' });
    keyed.set('public.t3', { schema: 'public', name: 't3', rows: 99 });
    const lines = await count({ earlier: keyed });
    expect(lines.get('t2')?.notCounted).toBe('earlier');
    expect(lines.get('t3')?.notCounted).toMatch(/written to/);
    expect(lines.get('t4')?.rows).toBe(4);
  });

  it('stops when it is cancelled', async () => {
    const controller = new AbortController();
    controller.abort(new Error('cancelled'));
    await expect(count({ signal: controller.signal })).rejects.toThrow('cancelled');
  });

  it('22.19a: the deadline of the counts is before the time-out of their activity, with the timings of production', () => {
    const { fingerprintDeadline, commandTimeout } = timingInMs(timingSchema.parse({}));
    const connectionMs = 30_000;
    const lateMs = 5_000;
    expect(fingerprintDeadline / 2 + connectionMs + lateMs).toBeLessThan(fingerprintDeadline + commandTimeout);
  });
});

describe('a materialized view WITH NO DATA', () => {
  it('22.12: is not counted, with a reason of its own', async () => {
    expect((await count()).get('v')).toEqual({ schema: 'public', name: 'v', notCounted: UNPOPULATED });
  });

  it('22.12: makes no restore warn that the backup was made without digests', () => {
    const table = { rows: 1, fingerprint: 'd' };
    const view = { notCounted: UNPOPULATED };
    expect(notCompared([table, view], 'full', 1)).toEqual([]);
    expect(notCompared([{ rows: 1 }, view], 'counts', 1)).toEqual([]);
    expect(notCompared([{ rows: 1 }, view], 'full', 1)).toEqual([expect.stringContaining('"fingerprint": "full"')]);
    expect(notCompared([table, { notCounted: 'locked' }, view], 'full', 1)).toEqual([
      '1 of 2 tables could not be compared: the backup has no digest or count of them.',
    ]);
  });
});

/** Connections that this database has ever seen. */
async function connections(): Promise<number> {
  await new Promise((resolve) => setTimeout(resolve, 1_100)); // the statistics are up to a second late
  const [row] = await cluster.sql(
    'yugabyte',
    "SELECT sessions::int AS n FROM pg_stat_database WHERE datname = 'counted'",
  );
  return Number(row?.['n']);
}
