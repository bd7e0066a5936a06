import { randomInt } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from 'pg';
import { withSql } from '../support/cluster/sql';
import { EmulatedCluster, until } from './emulated-cluster';

const COMMITS = 40;

interface Listed {
  id: string;
  snapshots: { id: string }[];
}

/** What holds for a rewind beside that it ends: exactness, open sessions, refusals, faults, kills. */
describe.each(['2025.1', '2.6'] as const)('recovery to a moment, dialect %s', (dialect) => {
  const newer = dialect !== '2.6';
  let cluster: EmulatedCluster;
  let schedule: string;
  /** Numbers that stand after each commit, and its commit time as the log has it, µs. */
  const history: { at: bigint; standing: number[] }[] = [];

  const sql = async <T extends object>(text: string, database = 'ledger'): Promise<T[]> =>
    (await withSql(cluster.address, database, async (client) => await client.query<T>(text))).rows;
  const standing = async (database = 'ledger'): Promise<number[]> =>
    (await sql<{ n: number }>('SELECT n FROM entries ORDER BY n', database)).map(({ n }) => n);
  const startRewind = async (to: bigint): Promise<string> =>
    (JSON.parse(await cluster.admin('restore_snapshot_schedule', schedule, String(to))) as { restoration_id: string })
      .restoration_id;
  const statusOf = async (): Promise<{ restorations: { id: string; state: string }[] }> =>
    (await cluster.control('GET /status')) as { restorations: { id: string; state: string }[] };
  const untilRestored = async (id: string): Promise<void> => {
    await until(
      async () => (await statusOf()).restorations.some((one) => one.id === id && one.state === 'RESTORED'),
      `the rewind ${id}`,
    );
  };
  const rewind = async (to: bigint): Promise<void> => {
    await untilRestored(await startRewind(to));
  };
  const schedules = async (): Promise<Listed[]> =>
    (JSON.parse(await cluster.admin('list_snapshot_schedules')) as { schedules: Listed[] }).schedules;
  const snapshotsListed = async (): Promise<number> =>
    (await schedules()).find(({ id }) => id === schedule)?.snapshots.length ?? 0;
  const createSchedule = async (interval: string, retention: string, database: string): Promise<string> =>
    (
      JSON.parse(await cluster.admin('create_snapshot_schedule', interval, retention, `ysql.${database}`)) as {
        schedule_id: string;
      }
    ).schedule_id;
  const momentNow = async (): Promise<bigint> =>
    BigInt(
      (await sql<{ at: string }>('SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint::text AS at'))[0]
        ?.at ?? '',
    );

  beforeAll(async () => {
    cluster = await EmulatedCluster.start(dialect);
    await sql('CREATE DATABASE ledger', 'yugabyte');
    await sql('CREATE TABLE entries (n int PRIMARY KEY)');
    schedule = await createSchedule('60', '600', 'ledger');
    await until(async () => /COMPLETE/.test(await cluster.admin('list_snapshots')), 'the first snapshot');
    const sets: number[][] = [];
    await withSql(cluster.address, 'ledger', async (client) => {
      const rows = new Set<number>();
      for (let n = 1; n <= COMMITS; n += 1) {
        const text = n % 4 === 0 ? `DELETE FROM entries WHERE n = ${n - 3}` : `INSERT INTO entries VALUES (${n})`;
        if (n % 4 === 0) rows.delete(n - 3);
        else rows.add(n);
        await client.query(text);
        sets.push([...rows]);
      }
    });
    await cluster.admin('list_tables'); // brings the files up to date
    const times = commitTimes(cluster).slice(-COMMITS);
    expect(times).toHaveLength(COMMITS);
    for (const [i, at] of times.entries()) history.push({ at, standing: sets[i] ?? [] });
  });
  afterAll(async () => {
    await cluster.stop();
  });

  it('is exact at the microsecond, at any moment and in any order', async () => {
    for (let take = 0; take < 5; take += 1) {
      const i = randomInt(1, COMMITS);
      const { at, standing: then } = history[i] ?? { at: 0n, standing: [] };
      const exact = take % 2 === 0;
      await rewind(exact ? at : at - 1n);
      expect({ i, exact, standing: await standing() }).toEqual({
        i,
        exact,
        standing: exact ? then : history[i - 1]?.standing,
      });
    }
    const newest = history.at(-1);
    await rewind(newest?.at ?? 0n);
    expect(await standing()).toEqual(newest?.standing);
  });

  it('is not held up by an open transaction, and the database keeps its oid', async () => {
    const oid = async (): Promise<unknown> => await sql("SELECT oid FROM pg_database WHERE datname = 'ledger'");
    const before = await oid();
    const [writer, reader] = [1, 2].map(() => new Client({ ...cluster.address, database: 'ledger' })) as [
      Client,
      Client,
    ];
    writer.on('error', () => undefined); // it is ended
    await Promise.all([writer.connect(), reader.connect()]);
    await writer.query('BEGIN; INSERT INTO entries VALUES (1001)');
    const { at, standing: then } = history[20] ?? { at: 0n, standing: [] };
    await rewind(at);
    expect(await standing()).toEqual(then);
    expect((await reader.query<{ n: number }>('SELECT n FROM entries ORDER BY n')).rows.map(({ n }) => n)).toEqual(
      then,
    );
    await expect(writer.query('COMMIT')).rejects.toThrow();
    expect(await standing()).toEqual(then);
    expect(await oid()).toEqual(before);
    await reader.end();
    await writer.end().catch(() => undefined);
  });

  it(
    newer ? 'refuses a second rewind, a second schedule, one that keeps nothing' : 'takes what old servers took',
    async () => {
      const { at } = history[30] ?? { at: 0n };
      await cluster.control('POST /faults', { name: 'restoration-hangs' });
      const first = await startRewind(at);
      if (newer) await expect(startRewind(at)).rejects.toThrow(`Restoration ${first} of the keyspace is RESTORING`);
      else await startRewind(at);
      await cluster.control('DELETE /faults');
      await untilRestored(first);
      await until(
        async () => (await statusOf()).restorations.every(({ state }) => state === 'RESTORED'),
        'all rewinds to end',
      );
      await sql('CREATE DATABASE other', 'yugabyte');
      await sql('CREATE TABLE t (id int PRIMARY KEY)', 'other');
      if (!newer) {
        await createSchedule('10', '5', 'other');
        return;
      }
      await expect(createSchedule('60', '600', 'ledger')).rejects.toThrow(
        `has the snapshot schedule ${schedule} already`,
      );
      await expect(createSchedule('10', '5', 'other')).rejects.toThrow(/must be longer than the interval/);
      const clone = async (source: string, to: bigint): Promise<string> =>
        await cluster.admin('clone_namespace', `ysql.${source}`, 'aside', String(to));
      await expect(clone('other', at)).rejects.toThrow(/Could not find snapshot schedule/);
      await expect(clone('ledger', 1_500_000_000_000_000n)).rejects.toThrow(/does not cover/);
      await expect(clone('ledger', (await momentNow()) + 60_000_000n)).rejects.toThrow(/does not cover/);
    },
  );

  it('began when its reply was lost', async () => {
    const { at, standing: then } = history[12] ?? { at: 0n, standing: [] };
    const known = (await statusOf()).restorations.map(({ id }) => id);
    await cluster.control('POST /faults', { name: 'lose-reply', command: 'restore_snapshot_schedule' });
    await expect(startRewind(at)).rejects.toThrow(/timed out/);
    const begun = (await statusOf()).restorations.filter(({ id }) => !known.includes(id));
    expect(begun).toHaveLength(1);
    await untilRestored(begun[0]?.id ?? '');
    expect(await standing()).toEqual(then);
  });

  it('loses silently what was replaced, in snapshots taken after the history was trimmed', async () => {
    await sql('INSERT INTO entries VALUES (501); INSERT INTO entries VALUES (502)');
    const full = await standing();
    const moment = await momentNow();
    await sql('DELETE FROM entries WHERE n = 502');
    await cluster.control('POST /trim-history', { database: 'ledger' });
    await rewind(moment); // of a snapshot that is made now
    expect(await standing()).toEqual(full.filter((n) => n !== 502));
  });

  it('continues after a kill; stops, or fails once, when asked to', async () => {
    await cluster.control('POST /faults', { name: 'schedule-stops' });
    await cluster.killEmulator();
    await cluster.startEmulator();
    const noneIsTaken = async (): Promise<boolean> => !/CREATING/.test(await cluster.admin('list_snapshots'));
    await until(noneIsTaken, 'the snapshot that was being taken when it was killed');
    const listed = await snapshotsListed();
    await cluster.control('POST /faults', { name: 'schedule-snapshot-fails' });
    await cluster.control('POST /schedule-snapshot', { database: 'ledger' });
    await until(async () => /FAILED/.test(await cluster.admin('list_snapshots')), 'the snapshot to fail');
    await cluster.control('DELETE /faults');
    await cluster.control('POST /schedule-snapshot', { database: 'ledger' });
    await until(async () => (await snapshotsListed()) >= listed + 2, 'the next snapshot'); // also the failed one
    await until(noneIsTaken, 'the snapshot to end');
    const moment = await momentNow();
    const then = await standing();
    await sql('DELETE FROM entries');
    await rewind(moment);
    expect(await standing()).toEqual(then);
  });

  if (newer)
    it('goes back from a database whose last table was dropped', async () => {
      const then = await standing();
      const moment = await momentNow();
      await sql('DROP TABLE entries');
      await until(
        async () => !/ysql\.ledger\.entries/.test(await cluster.admin('list_tables', 'include_db_type')),
        'the drop to be seen',
      );
      await rewind(moment);
      expect(await standing()).toEqual(then);
    });

  it('has no snapshot older than the retention', async () => {
    await sql('CREATE DATABASE busy', 'yugabyte');
    await sql('CREATE TABLE t (id int PRIMARY KEY)', 'busy');
    const quick = await createSchedule('0.01', '0.05', 'busy'); // 0.6 s, 3 s
    const ids = async (): Promise<string[]> =>
      (await schedules()).find(({ id }) => id === quick)?.snapshots.map(({ id }) => id) ?? [];
    await until(async () => (await ids()).length > 0, 'a snapshot');
    const [first = ''] = await ids();
    await until(async () => !(await ids()).includes(first), 'the first snapshot to be too old');
    expect((await ids()).length).toBeGreaterThan(0);
    await cluster.control('POST /faults', { name: 'schedule-stops' });
  });

  if (newer)
    it('finishes a clone that a kill interrupted', async () => {
      await cluster.control('POST /faults', { name: 'snapshot-stays-creating' });
      const { source_namespace_id: id } = JSON.parse(
        await cluster.admin('clone_namespace', 'ysql.ledger', 'aside', String(await momentNow())),
      ) as { source_namespace_id: string };
      const then = await standing();
      expect(await cluster.admin('list_clones', id)).toContain('CLONE_SCHEMA_STARTED');
      await cluster.killEmulator();
      await cluster.startEmulator();
      await until(async () => (await cluster.admin('list_clones', id)).includes('"COMPLETE"'), 'the clone');
      expect(await standing('aside')).toEqual(then);
    });
});

/**
 * Hybrid times of the transactions in the tablet files of one replica, oldest first: as PostgreSQL's log has the
 * commits.
 */
function commitTimes(cluster: EmulatedCluster): bigint[] {
  const folder = join(cluster.options.home, 'tserver-1', 'yb-data', 'tserver', 'data', 'rocksdb');
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((path) =>
    /tablet-[0-9a-f]{32}\/\d+\.sst\.sblock\.0$/.test(path),
  );
  const times = files.flatMap((path) =>
    readFileSync(join(folder, path), 'utf8')
      .split('\n')
      .filter((line) => line.startsWith('["h"'))
      .map((line) => BigInt((JSON.parse(line) as [string, string])[1])),
  );
  return [...new Set(times)].sort((a, b) => (a < b ? -1 : 1));
}
