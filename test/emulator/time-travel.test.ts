import { setTimeout as sleep } from 'node:timers/promises';
import { ysqlAddress } from '../../emulator';
import { withSql } from '../support/cluster/sql';
import { EmulatedCluster, until } from './emulated-cluster';

const DIALECTS = ['2025.1', '2.6'] as const;

/** A writer's commits: number and the moments just before and after, µs. */
interface Commit {
  n: number;
  before: bigint;
  after: bigint;
}

const micros = (): bigint => BigInt(Math.round((performance.timeOrigin + performance.now()) * 1000));

describe.each(DIALECTS)('time travel, dialect %s', (dialect) => {
  let cluster: EmulatedCluster;
  let schedule: string;
  const commits: Commit[] = [];

  const sql = async <T extends object>(text: string, database = 'ledger'): Promise<T[]> =>
    (await withSql(cluster.address, database, async (client) => await client.query<T>(text))).rows;
  const numbers = async (database = 'ledger'): Promise<number[]> =>
    (await sql<{ n: number }>('SELECT n FROM entries ORDER BY n', database)).map(({ n }) => n);
  const write = async (from: number, to: number): Promise<void> => {
    await withSql(cluster.address, 'ledger', async (client) => {
      for (let n = from; n <= to; n += 1) {
        const before = micros();
        await client.query('INSERT INTO entries VALUES ($1, $2)', [n, `entry ${n}`]);
        commits.push({ n, before, after: micros() });
        await sleep(2);
      }
    });
  };
  /** A moment between the nth commit and the next. */
  const behind = (n: number): string => {
    const [commit, next] = [commits.find((one) => one.n === n), commits.find((one) => one.n === n + 1)];
    if (!commit || !next) throw new Error(`There is no commit ${n + 1}.`);
    return String((commit.after + next.before) / 2n);
  };
  const admin = async (...args: string[]): Promise<string> => await cluster.admin(...args);
  const rewind = async (to: string): Promise<void> => {
    const { restoration_id: id } = JSON.parse(await admin('restore_snapshot_schedule', schedule, to)) as {
      restoration_id: string;
    };
    await until(
      async () => (await admin('list_snapshots')).includes('RESTORED') && (await stateOf(id)) === 'RESTORED',
      'the rewind',
    );
  };
  const stateOf = async (id: string): Promise<string | undefined> => {
    const status = (await cluster.control('GET /status')) as { restorations: { id: string; state: string }[] };
    return status.restorations.find((one) => one.id === id)?.state;
  };

  beforeAll(async () => {
    cluster = await EmulatedCluster.start(dialect);
    await sql('CREATE DATABASE ledger', 'yugabyte');
    await sql('CREATE TABLE entries (n int PRIMARY KEY, what text, ticket serial)');
    const created = JSON.parse(await admin('create_snapshot_schedule', '1', '10', 'ysql.ledger')) as {
      schedule_id: string;
    };
    schedule = created.schedule_id;
    await until(async () => /COMPLETE/.test(await admin('list_snapshots')), 'the first snapshot');
    await write(1, 60);
  });
  afterAll(async () => {
    await cluster.stop();
  });

  it('lists a schedule in the shape of its release', async () => {
    const { schedules } = JSON.parse(await admin('list_snapshot_schedules')) as {
      schedules: { id: string; options: Record<string, string>; snapshots: Record<string, string>[] }[];
    };
    expect(schedules).toHaveLength(1);
    const [{ options, snapshots } = { options: {}, snapshots: [] }] = schedules;
    if (dialect === '2.6') {
      expect(options).toEqual({ interval: '60.000s', retention: '600.000s' });
      expect(snapshots[0]?.['snapshot_time_utc']).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}\+0000$/);
    } else {
      expect(options).toEqual({ filter: 'ysql.ledger', interval: '1 min', retention: '10 min' });
      expect(snapshots[0]?.['snapshot_time']).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{6}$/);
    }
  });

  it('refuses a moment before its first snapshot and one in the future', async () => {
    await expect(admin('restore_snapshot_schedule', schedule, '1500000000000000')).rejects.toThrow(
      /Cannot restore at 2017-07-14/,
    );
    const future = String(micros() + 60_000_000n);
    await expect(admin('restore_snapshot_schedule', schedule, future)).rejects.toThrow(/not suitable for restore at/);
    await expect(admin('restore_snapshot_schedule', 'a1b2', future)).rejects.toThrow(/Unknown schedule/);
  });

  if (dialect === '2.6')
    it('22.8: knows no yb_read_time', async () => {
      await expect(sql(`SET yb_read_time TO ${behind(40)}`)).rejects.toThrow(/unrecognized configuration parameter/);
    });
  else
    it('22.8: reads tables as they were at a moment, and nothing else meanwhile', async () => {
      const address = { ...cluster.address, port: cluster.options.ports.ysql };
      await withSql(address, 'ledger', async (client) => {
        const rows = async (): Promise<unknown> =>
          (await client.query('SELECT max(n) AS n, count(*)::int AS rows FROM ONLY "public"."entries"')).rows[0];
        for (const n of [40, 12]) {
          await client.query(`SET yb_read_time TO ${behind(n)}`);
          expect(await rows()).toEqual({ n, rows: n });
        }
        const insert = "INSERT INTO entries VALUES (1000, 'late')";
        await expect(client.query(insert)).rejects.toThrow(/while yb_read_time is set to nonzero/);
        await client.query('SET yb_read_time TO 1500000000000000');
        await expect(rows()).rejects.toMatchObject({
          code: '72000',
          message: expect.stringMatching(/^Snapshot too old/),
        });
        await client.query('RESET ALL');
        expect(await rows()).toEqual({ n: 60, rows: 60 });
      });
      await sql('CREATE ROLE nobody LOGIN; GRANT SELECT ON entries TO nobody');
      await withSql({ ...address, user: 'nobody' }, 'ledger', async (client) => {
        const set = client.query(`SET yb_read_time TO ${behind(12)}`);
        await expect(set).rejects.toMatchObject({ code: '42501', message: expect.stringContaining('yb_read_time') });
      });
    });

  it('rewinds to exactly the commits before a moment, later and earlier ones too', async () => {
    for (const n of [50, 23, 7]) {
      await rewind(behind(n));
      expect(await numbers()).toEqual(Array.from({ length: n }, (_, i) => i + 1));
    }
    await write(101, 120);
    await rewind(behind(110));
    expect(await numbers()).toEqual([
      ...Array.from({ length: 7 }, (_, i) => i + 1),
      ...Array.from({ length: 10 }, (_, i) => 101 + i),
    ]);
  });

  it('survives a kill while it rewinds', async () => {
    await write(201, 210);
    await cluster.control('POST /faults', { name: 'restoration-hangs' });
    const started = JSON.parse(await admin('restore_snapshot_schedule', schedule, behind(205))) as {
      restoration_id: string;
    };
    await cluster.killEmulator();
    await cluster.startEmulator();
    await until(async () => (await stateOf(started.restoration_id)) === 'RESTORED', 'the rewind to end');
    expect((await numbers()).filter((n) => n > 200)).toEqual([201, 202, 203, 204, 205]);
  });

  it(dialect === '2.6' ? 'reverts data only' : 'reverts DDL too', async () => {
    await write(301, 302);
    await sleep(700); // DDL of the same third of a second is seen as one
    const moment = String(micros());
    await sleep(700);
    await sql(
      'ALTER TABLE entries ADD COLUMN more int DEFAULT 5; CREATE TABLE later (id int); DELETE FROM entries WHERE n > 300',
    );
    await sleep(700);
    await sql('ALTER TABLE entries RENAME TO renamed');
    await rewind(moment);
    const tables = (
      await sql<{ name: string }>(
        `SELECT relname AS name FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace ORDER BY 1`,
      )
    ).map(({ name }) => name);
    if (dialect === '2.6') {
      expect(tables).toEqual(['later', 'renamed']);
      await sql('ALTER TABLE renamed RENAME TO entries; ALTER TABLE entries DROP COLUMN more; DROP TABLE later');
    } else expect(tables).toEqual(['entries']);
    expect((await numbers()).filter((n) => n > 300)).toEqual([301, 302]);
  });

  if (dialect === '2025.1') {
    it('brings a dropped table back, with its rows', async () => {
      await write(401, 410);
      await sleep(700);
      const moment = String(micros());
      await sleep(700);
      const before = await numbers();
      await sql('DROP TABLE entries');
      await rewind(moment);
      expect(await numbers()).toEqual(before);
    });

    it('clones a database at a moment, and the original is not touched', async () => {
      await write(501, 520);
      const all = await numbers();
      const { source_namespace_id: id } = JSON.parse(
        await admin('clone_namespace', 'ysql.ledger', 'aside', behind(510)),
      ) as {
        source_namespace_id: string;
      };
      await until(async () => (await admin('list_clones', id)).includes('COMPLETE'), 'the clone');
      expect(await numbers('aside')).toEqual(all.filter((n) => n <= 510));
      expect(await numbers()).toEqual(all);
      await sql('INSERT INTO entries VALUES (999)', 'aside');
      await cluster.control('POST /faults', { name: 'clone-aborts' });
      await admin('clone_namespace', 'ysql.ledger', 'again', behind(510));
      await until(async () => (await admin('list_clones', id)).includes('ABORTED'), 'the clone to be aborted');
      expect(await admin('list_clones', id)).toContain('abort_message');
    });

    it('refuses to drop a database that has a schedule, and any tablespace while there is one', async () => {
      const ysql = { ...cluster.address, ...ysqlAddress(cluster.options) };
      const refused = async (text: string): Promise<unknown> =>
        await withSql(ysql, 'yugabyte', async (client) => await client.query(text)).catch((error: unknown) => error);
      for (const text of ['DROP DATABASE ledger', 'drop database if exists "ledger" with (force);'])
        expect(String(await refused(text))).toMatch(
          new RegExp(
            `Cannot delete database which has schedule: \\[id: ${schedule}\\], request: .*NAMESPACE_IS_NOT_EMPTY$`,
          ),
        );
      expect(await numbers()).not.toHaveLength(0);
      expect(await refused('DROP TABLESPACE west')).toMatchObject({ code: '2BP01' });
    });

    it('edits a schedule, and deletes it with its snapshots', async () => {
      await admin('edit_snapshot_schedule', schedule, 'interval', '30', 'retention', '600');
      expect(await admin('list_snapshot_schedules')).toContain('"interval": "30 min"');
      await admin('delete_snapshot_schedule', schedule);
      expect(await admin('list_snapshot_schedules')).toContain('delete_time');
      await until(async () => /No snapshots/.test(await admin('list_snapshots')), 'its snapshots to go');
    });
  } else {
    it('knows neither editing nor clones, and deletes a schedule with its snapshots', async () => {
      for (const command of ['edit_snapshot_schedule', 'clone_namespace'])
        await expect(admin(command, schedule, 'interval', '30')).rejects.toThrow(/Invalid operation/);
      await admin('delete_snapshot_schedule', schedule);
      await until(async () => /No snapshots/.test(await admin('list_snapshots')), 'its snapshots to go');
    });
  }
});
