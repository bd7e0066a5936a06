import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { withSql } from '../support/cluster/sql';
import { EmulatedCluster, until, type Ran } from './emulated-cluster';

describe('ysql_dump as of the moment of a snapshot, 2026.1', () => {
  let cluster: EmulatedCluster;
  const sql = async (...texts: string[]): Promise<void> => {
    await withSql(cluster.address, 'ledger', async (client) => {
      for (const text of texts) await client.query(text);
    });
  };
  /** A snapshot's moment, µs. */
  const taken = async (): Promise<string> => {
    const id = (await cluster.admin('create_database_snapshot', 'ysql.ledger')).split(': ')[1]?.trim();
    let micros = '';
    await until(async () => {
      const { snapshots } = (await cluster.control('GET /status')) as {
        snapshots: { id: string; state: string; micros: string }[];
      };
      const found = snapshots.find((one) => one.id === id);
      micros = found?.micros ?? '';
      return found?.state === 'COMPLETE';
    }, 'the snapshot');
    return micros;
  };
  const dumped = async (micros?: string): Promise<Ran> =>
    await cluster.run('ysql_dump', [
      '--include-yb-metadata',
      '--create',
      '--schema-only',
      '--serializable-deferrable',
      ...(micros === undefined ? [] : [`--read-time=${micros}`]),
      '--dbname=ledger',
    ]);
  /** Without the key of its restricted mode, which is another one each time. */
  const text = ({ stdout }: Ran): string => stdout.replace(/^\\(un)?restrict .*$/gm, '');

  beforeAll(async () => {
    cluster = await EmulatedCluster.start('2026.1');
    await withSql(cluster.address, 'yugabyte', async (client) => void (await client.query('CREATE DATABASE ledger')));
    await sql('CREATE TABLE entries (n int PRIMARY KEY, what text UNIQUE)', 'CREATE INDEX ON entries (what)');
  });
  afterAll(async () => {
    await cluster.stop();
  });

  it('prints what it printed then, whatever DDL came since', async () => {
    const then = text(await dumped());
    const micros = await taken();
    await sql('ALTER TABLE entries ADD COLUMN more int', 'CREATE TABLE late (id int)');
    expect(text(await dumped(micros))).toBe(then);
    const now = text(await dumped());
    expect([now.includes('more integer'), now.includes('public.late')]).toEqual([true, true]);
    expect(then).toMatch(/set_next_heap_relfilenode\('\d+'::pg_catalog.oid\);\nCREATE TABLE public.entries/);
    await sql('DROP TABLE late');
  });

  it('contains nothing of a transaction that is open at that moment, and does not wait for it', async () => {
    await withSql(cluster.address, 'ledger', async (client) => {
      await client.query('BEGIN');
      await client.query('CREATE TABLE open (id int)');
      const micros = await taken();
      await client.query('COMMIT');
      expect(text(await dumped(micros))).not.toContain('public.open');
      expect(text(await dumped())).toContain('public.open');
    });
  });

  it('refuses moments that it cannot read: of another unit, too old, to come', async () => {
    const micros = await taken();
    const { stderr, code } = await dumped(micros.slice(0, 13));
    expect([code, stderr]).toEqual([
      1,
      expect.stringMatching(/^ysql_dump: error: query failed: ERROR: {2}Snapshot too old/),
    ]);
    expect((await dumped('2026-11-28')).stderr).toBe(
      'ysql_dump: error: read-time must be in Unix timestamp in microseconds. Ex: 1694679081741370\n',
    );
    expect((await dumped(`${micros}000`)).code).toBe(1);
    await cluster.control('POST /flag', { name: 'timestamp_syscatalog_history_retention_interval_sec', value: '0' });
    expect((await dumped(micros)).stderr).toContain('Snapshot too old');
  });

  it('offers it in its help', async () =>
    expect((await cluster.run('ysql_dump', ['--help'])).stdout).toMatch(/^ {2}--read-time=/m));
});

it.each([
  ['', 1],
  ['hidden', 0],
])('EMULATOR_DUMP_READ_TIME=%j decides whether the flag is known; --help does not list it', async (has, listed) => {
  const script = join(__dirname, '../../emulator/bin/ysql-dump.bash');
  const ran = async (...args: string[]): Promise<string> =>
    await new Promise((resolve) => {
      const env = { ...process.env, EMULATOR_PG_BIN: join(__dirname, 'no-such-folder'), EMULATOR_DUMP_READ_TIME: has };
      execFile('bash', [script, 'pg_dump', ...args], { env }, (_, stdout, stderr) => {
        resolve(`${stdout}${stderr}`);
      });
    });
  expect((await ran('--read-time=1694679081741370')).includes('unrecognized option')).toBe(listed === 1);
  expect(await ran('--help')).not.toContain('--read-time');
});
