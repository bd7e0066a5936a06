import { readFileSync } from 'node:fs';
import { openYugabyte, ToolFailed, UnknownVersion, type YugabyteConfig } from '../../../src/yugabyte';
import {
  createDatabaseSnapshot,
  listNamespaces,
  listSnapshots,
  ysqlCatalogVersion,
} from '../../../src/yugabyte/yb-admin';
import { FakeTools } from '../fake-tools';
import { FIXTURE_DIALECTS, ybAdminPrints, type FixtureDialect } from '../fixtures';

let tools: FakeTools;
beforeEach(() => void (tools = new FakeTools()));
afterEach(() => tools.remove());

/** A yb-admin that notes its arguments and answers by `body`. */
function ybAdmin(dialect: FixtureDialect, body: string): void {
  tools.write(
    'yb-admin',
    `if [ "$1" = --version ]; then cat <<'EOF'\n${ybAdminPrints(dialect, 'version/version')}EOF\nexit 0; fi\necho "$*" >> ${tools.path('calls')}\n${body}`,
  );
}
const calls = (): string[] => readFileSync(tools.path('calls'), 'utf8').trim().split('\n');
const print = (dialect: FixtureDialect, name: string): string => `cat <<'EOF'\n${ybAdminPrints(dialect, name)}EOF`;
const fail = (dialect: FixtureDialect, name: string): string =>
  `cat >&2 <<'EOF'\n${ybAdminPrints(dialect, name)}EOF\nexit 1`;

describe.each(FIXTURE_DIALECTS)('yb-admin of %s', (dialect) => {
  it('gets masters and time-out before the operation, and its answer is read', async () => {
    ybAdmin(dialect, print(dialect, 'ysql_catalog_version/version'));
    await openYugabyte(tools.config()).run(ysqlCatalogVersion, {});
    expect(calls()).toEqual([
      '--master_addresses=127.0.0.1:7100,127.0.0.2:7100 --timeout_ms=60000 ysql_catalog_version',
    ]);
  });

  it('gets the certificates where TLS is on', async () => {
    ybAdmin(dialect, print(dialect, 'ysql_catalog_version/version'));
    const config: YugabyteConfig = tools.config({ tls: { certsDir: '/certs', clientNode: 'yb-1' } });
    await openYugabyte(config).run(ysqlCatalogVersion, {}, { rpcMs: 1_000 });
    expect(calls()).toEqual([
      '--master_addresses=127.0.0.1:7100,127.0.0.2:7100 --timeout_ms=1000 --certs_dir_name=/certs --client_node_name=yb-1 ysql_catalog_version',
    ]);
  });

  it('may print errors and succeed', async () => {
    ybAdmin(dialect, `echo 'E0101 12:00:00 1 socket.cc:1] noise' >&2\n${print(dialect, 'list_snapshots/none')}`);
    await expect(openYugabyte(tools.config()).run(listSnapshots, { details: true })).resolves.toEqual([]);
  });

  it('fails with its own message, and with the outcome if the command changes the cluster', async () => {
    ybAdmin(dialect, fail(dialect, 'errors/timed-out'));
    const error: unknown = await openYugabyte(tools.config())
      .run(createDatabaseSnapshot, { database: 'orders' })
      .catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(ToolFailed);
    expect(error).toMatchObject({ statusCode: 'Timed out', outcome: 'unknown', transient: true });
    expect(calls()).toHaveLength(1); // never repeated blindly
  });

  it('is asked for its version once', async () => {
    ybAdmin(dialect, print(dialect, 'ysql_catalog_version/version'));
    const yugabyte = openYugabyte(tools.config());
    expect((await yugabyte.capabilities()).since).toBe(dialect);
    tools.write('yb-admin', 'exit 9');
    expect(await yugabyte.release()).toBe(dialect === '2.6' ? '2.6.20.0' : '2025.1.1.0');
  });
});

it('a retention that this release refuses is left out, and the answer says so', async () => {
  ybAdmin(
    '2025.1',
    `case "$*" in *"ysql.orders 48") ${fail('2025.1', 'errors/usage')}\n;; *) ${print('2025.1', 'create_database_snapshot/started')}\n;; esac`,
  );
  const { retentionTaken } = await openYugabyte(tools.config()).run(createDatabaseSnapshot, {
    database: 'orders',
    retentionHours: 48,
  });
  expect(retentionTaken).toBe(false);
  expect(calls().map((call) => call.split(' ').slice(2).join(' '))).toEqual([
    'create_database_snapshot ysql.orders 48',
    'create_database_snapshot ysql.orders',
  ]);
});

it('an answer that is lost with a retention is not asked for again without', async () => {
  ybAdmin('2025.1', fail('2025.1', 'errors/timed-out'));
  await expect(
    openYugabyte(tools.config()).run(createDatabaseSnapshot, { database: 'orders', retentionHours: 48 }),
  ).rejects.toMatchObject({
    outcome: 'unknown',
  });
  expect(calls()).toHaveLength(1);
});

it('an operation that the release does not have is not run', async () => {
  ybAdmin('2.6', 'exit 0');
  await expect(openYugabyte(tools.config()).run(listNamespaces, {})).rejects.toMatchObject({
    statusCode: 'Not supported',
    outcome: 'refused',
  });
});

it.each(['version 2.4.1.0 build 1', 'hello'])(
  'a yb-admin that prints "%s" is of an unknown version',
  async (printed) => {
    tools.write('yb-admin', `echo '${printed}'`);
    await expect(openYugabyte(tools.config()).capabilities()).rejects.toBeInstanceOf(UnknownVersion);
  },
);
