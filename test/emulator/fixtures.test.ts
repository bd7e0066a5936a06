import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { startStack, type RunningStack, type StackJson } from '../../stack';
import { shapeOf } from '../fixtures/shape';
import { withSql } from '../support/cluster/sql';

const run = promisify(execFile);
const NO_KEY = { accessKeyId: '', secretAccessKey: '' };
const elsewhere = {
  temporal: { address: '', ui: '', namespace: '', cli: '' },
  s3: {
    endpoint: '',
    region: '',
    bucket: '',
    prefix: '',
    ...NO_KEY,
    roles: { node: NO_KEY, control: NO_KEY, reader: NO_KEY, janitor: NO_KEY },
  },
} satisfies Pick<StackJson, 'temporal' | 's3'>;

/**
 * The emulator's tools against the very fixtures that the parsers are tested with: otherwise they would only agree with
 * each other.
 */
describe.each(['2.6', '2025.1'] as const)('the emulator of %s', (dialect) => {
  let home: string;
  let stack: RunningStack;

  const ybAdmin = async (...args: string[]): Promise<{ stdout: string; stderr: string; code: number }> => {
    try {
      return {
        ...(await run(
          join(stack.json.tools, 'yb-admin'),
          [`--master_addresses=${stack.json.masters.join(',')}`, ...args],
          {
            env: { PATH: process.env['PATH'], TZ: 'UTC' },
          },
        )),
        code: 0,
      };
    } catch (error) {
      const { stdout, stderr, code } = error as { stdout: string; stderr: string; code: number };
      return { stdout, stderr, code };
    }
  };
  const fixture = (operation: string, name: string): string =>
    readFileSync(join(__dirname, '../fixtures/yb-admin', dialect, operation, `${name}.txt`), 'utf8');

  beforeAll(async () => {
    home = mkdtempSync(join(tmpdir(), 'kalpa-emulator-'));
    stack = await startStack({ home, dialect, cluster: 'fixtures', workers: false, servers: elsewhere });
    await withSql(stack.json.ysql, 'yugabyte', async (sql) => await sql.query('CREATE DATABASE orders'));
    await withSql(
      stack.json.ysql,
      'orders',
      async (sql) => await sql.query('CREATE TABLE t1 (id int PRIMARY KEY, what text)'),
    );
    await withSql(
      stack.json.ysql,
      'orders',
      async (sql) =>
        await sql.query(
          'CREATE INDEX t1_idx ON t1 (what); INSERT INTO t1 SELECT i, md5(i::text) FROM generate_series(1, 100) i',
        ),
    );
  }, 60_000);
  afterAll(async () => {
    await stack.stop();
    rmSync(home, { recursive: true, force: true });
  }, 60_000);

  it('prints an empty list of snapshots as the real one does', async () => {
    expect(shapeOf((await ybAdmin('list_snapshots')).stdout)).toBe(shapeOf(fixture('list_snapshots', 'none')));
  });

  it('starts, lists, exports and deletes a snapshot in the same words', async () => {
    const created = await ybAdmin('create_database_snapshot', 'ysql.orders');
    expect(shapeOf(created.stdout)).toBe(shapeOf(fixture('create_database_snapshot', 'started')));
    const id = /: (\S+)\s*$/.exec(created.stdout)?.[1] ?? '';
    await untilListed(id, 'COMPLETE');
    const [header, row] = shapeOf((await ybAdmin('list_snapshots')).stdout).split('\n');
    const [expectedHeader, expectedRow] = shapeOf(fixture('list_snapshots', 'two-complete')).split('\n');
    expect([header, row]).toEqual([expectedHeader, expectedRow]);
    const file = join(home, 'snapshot.pb');
    const exported = await ybAdmin('export_snapshot', id, file);
    expect(exported.stdout).toContain(`Exporting snapshot ${id} (COMPLETE) to file ${file}`);
    expect(readFileSync(file).toString('latin1', 0, 8)).toBe('yugacntr');
    expect(shapeOf((await ybAdmin('delete_snapshot', id)).stdout)).toBe(shapeOf(fixture('delete_snapshot', 'deleted')));
    await untilListed(id, undefined);
  });

  it.each([
    ['get_load_balancer_state', 'enabled'],
    ['list_all_masters', undefined],
    ['is_encryption_enabled', 'disabled'],
  ] as const)('prints %s like the fixture', async (operation, name) => {
    const first = (text: string): string | undefined => shapeOf(text).split('\n')[0];
    const { stdout, code } = await ybAdmin(operation);
    expect(code).toBe(0);
    if (name !== undefined) expect(first(stdout)).toBe(first(fixture(operation, name)));
    else expect(stdout).toMatch(/^Master UUID {22}\t?/);
  });

  it('refuses what it does not know with exit code 1', async () => {
    const unknown = await ybAdmin('no_such_operation');
    expect(unknown).toMatchObject({ code: 1, stdout: '' });
    expect(unknown.stderr).toContain('Invalid operation: no_such_operation');
    const absent = await ybAdmin('delete_snapshot', '00000000-0000-4000-8000-000000000000');
    expect(absent.code).toBe(1);
    expect(absent.stderr).toMatch(/Not found .*Could not find snapshot: .*\(master error 22\)/);
  });

  it('dumps a schema without anything of its own', async () => {
    const { stdout } = await run(
      join(stack.json.tools, 'ysql_dump'),
      ['--include-yb-metadata', '--create', '--schema-only', '--dbname=orders'],
      {
        env: { PATH: process.env['PATH'], PGPASSWORD: stack.json.ysql.password },
      },
    );
    expect(stdout).toContain('CREATE TABLE public.t1');
    expect(stdout).not.toMatch(/kalpa_emulator|REPLICA IDENTITY|PUBLICATION|EVENT TRIGGER/);
  });

  async function untilListed(id: string, state: string | undefined): Promise<void> {
    for (let looks = 0; looks < 200; looks += 1) {
      const line = (await ybAdmin('list_snapshots')).stdout.split('\n').find((one) => one.startsWith(id));
      if (state === undefined ? line === undefined : line?.includes(state)) return;
    }
    throw new Error(`snapshot ${id} was never ${state ?? 'gone'}`);
  }
});
