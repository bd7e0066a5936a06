import { readFileSync } from 'node:fs';
import { openYugabyte, type Yugabyte, type YugabyteConfig } from '../../../src/yugabyte';
import { databaseArg, withoutRows } from '../../../src/yugabyte/process/pg-tool';
import { FakeTools } from '../fake-tools';

let tools: FakeTools;
beforeEach(() => void (tools = new FakeTools()));
afterEach(() => tools.remove());

const noting = (more = ''): string =>
  `for argument in "$@"; do echo "$argument"; done > ${tools.path('args')}; env > ${tools.path('env')}\n${more}`;
const args = (): string[] => readFileSync(tools.path('args'), 'utf8').trimEnd().split('\n');
/** A cluster whose server knows a setting that others don't. */
const open = (config: YugabyteConfig): Yugabyte => {
  const yugabyte = openYugabyte(config);
  jest.spyOn(yugabyte.sql, 'knownSettings').mockResolvedValue({ idle_session_timeout: '0' });
  return yugabyte;
};
const withPassword = () =>
  tools.config({
    ysql: {
      host: 'yb-1',
      port: 5433,
      user: 'yugabyte',
      database: 'yugabyte',
      password: 'pa ss',
      sslmode: 'verify-full',
      rootCert: '/ca.crt',
    },
  });

it('a tool gets its password in the environment alone', async () => {
  tools.write('ysql_dump', noting());
  await open(withPassword()).dump.schema({ database: 'orders', file: '/tmp/out.sql' });
  const environment = readFileSync(tools.path('env'), 'utf8');
  expect(environment).toContain('PGPASSWORD=pa ss\n');
  expect(environment).toContain('PGSSLMODE=verify-full\n');
  expect(environment).toContain('PGSSLROOTCERT=/ca.crt\n');
  expect(environment).toMatch(/^PGOPTIONS=.*-c default_transaction_read_only=off .*-c idle_session_timeout=0$/m);
  expect(args().join(' ')).not.toContain('pa ss');
});

it.each([
  [
    'ysql_dump: error: connection to server at "127.0.0.1", port 5433 failed: Connection refused',
    2,
    { outcome: 'refused', transient: true },
  ],
  [
    'ysql_dump: error: connection to server at "h", port 5433 failed: FATAL:  password authentication failed for user "yugabyte"',
    2,
    { outcome: 'refused', transient: false },
  ],
  [
    'ysql_dump: error: connection to server at "h", port 5433 failed: FATAL:  database "gone" does not exist',
    2,
    { outcome: 'refused', transient: false },
  ],
  [
    'pg_dump: error: query failed: ERROR:  canceling statement due to statement timeout',
    1,
    { outcome: 'refused', transient: true },
  ],
  ['server closed the connection unexpectedly', 2, { outcome: 'refused', transient: true }],
])('"%s" is distinguished', async (stderr, code, expected) => {
  tools.write('ysql_dump', `cat >&2 <<'EOF'\n${stderr}\nEOF\nexit ${code}`);
  await expect(open(tools.config()).dump.schema({ database: 'd', file: '/f' })).rejects.toMatchObject(expected);
});

it('a schema is dumped by the documented call', async () => {
  tools.write('ysql_dump', noting());
  const { dump } = open(tools.config());
  await dump.schema({ database: 'orders', file: '/tmp/out.sql' });
  expect(args().slice(7)).toEqual([
    '--masters=127.0.0.1:7100,127.0.0.2:7100',
    '--include-yb-metadata',
    '--serializable-deferrable',
    '--create',
    '--schema-only',
    '--lock-wait-timeout=10000',
    "--dbname=dbname='orders' keepalives_idle=60 keepalives_interval=10 keepalives_count=6",
    '--file=/tmp/out.sql',
  ]);
  await dump.schema({ database: 'a=b', file: '/tmp/out.sql', readTimeMicros: '1723239736451974', noTablespaces: true });
  expect(args().slice(-5)).toEqual([
    '--no-tablespaces',
    '--read-time=1723239736451974',
    '--lock-wait-timeout=10000',
    "--dbname=dbname='a=b' keepalives_idle=60 keepalives_interval=10 keepalives_count=6",
    '--file=/tmp/out.sql',
  ]);
  await expect(dump.schema({ database: 'o', file: 'f', readTimeMicros: 'now' })).rejects.toThrow(RangeError);
});

it('roles are dumped without password hashes unless asked', async () => {
  tools.write('ysql_dumpall', noting());
  const { dump } = open(tools.config());
  await dump.roles({ file: '/tmp/roles.sql' });
  expect(args()).toContain('--no-role-passwords');
  await dump.roles({ file: '/tmp/roles.sql', passwords: true });
  expect(args()).not.toContain('--no-role-passwords');
  await dump.tablespaces({ file: '/tmp/t.sql' });
  expect(args()).toContain('--tablespaces-only');
});

it('whether a dump can be made as of a moment is read from the help', async () => {
  tools.write('ysql_dump', 'echo "  --read-time=TIME   dump as of"');
  expect(await open(tools.config()).dump.hasReadTime()).toBe(true);
  tools.write('ysql_dump', 'echo "  --schema-only"');
  expect(await open(tools.config()).dump.hasReadTime()).toBe(false);
});

it('a database name that libpq would take for a connection string is given as one', () => {
  expect(databaseArg('orders')).toBe('orders');
  expect(databaseArg("it's a=b\\c")).toBe("dbname='it\\'s a=b\\\\c'");
  expect(databaseArg('postgres://x')).toBe("dbname='postgres://x'");
});

it('DETAIL, CONTEXT and the lines behind them are cut from what is quoted', () => {
  const stderr = [
    'psql:f:1: ERROR:  bad',
    'DETAIL:  Failing row contains (1,',
    '  secret).',
    'CONTEXT:  COPY t, line 1: "secret"',
    'HINT:  try',
    'psql:f:2: ERROR:  worse',
  ].join('\n');
  expect(withoutRows(stderr)).toBe(['psql:f:1: ERROR:  bad', 'HINT:  try', 'psql:f:2: ERROR:  worse'].join('\n'));
});
