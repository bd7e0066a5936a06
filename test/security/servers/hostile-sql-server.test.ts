import { existsSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { openYugabyte, SqlConnection, type YsqlConnection, type YugabyteConfig } from '../../../src/yugabyte';
import { connectionEnvironment, runPgTool } from '../../../src/yugabyte/process/pg-tool';
import { SqlSession } from '../../../src/yugabyte/ysql/session/sql-session';
import { Authority } from '../../support/certificates';
import { postgresBin } from '../../yugabyte/ysql/temporary-postgres';
import { PasswordCollector, type Asks, type Behaviour } from './sql-server';

const PASSWORD = 'hunter2-of-the-superuser';
/** An address of this machine that is not its loopback address. */
const HOST = '0.0.0.0';
const ours = new Authority('authority of the cluster');
const theirs = new Authority('authority of someone else');

let folder: string;
let rootCert: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'kalpa-tls-'));
  rootCert = join(folder, 'ca.crt');
  writeFileSync(rootCert, ours.pem);
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});
let server: PasswordCollector | undefined;
afterEach(async () => {
  await server?.stop();
  server = undefined;
});
const serve = async (behaviour: Behaviour): Promise<PasswordCollector> => {
  server = await PasswordCollector.start(behaviour);
  return server;
};

/**
 * Folders with the tools under YugabyteDB's names: those of the tests, whose libpq speaks no TLS, and the system's,
 * where it has some.
 */
const libpqs = [postgresBin(), ...systemBins()].map((bin, i) => {
  const tools = mkdtempSync(join(tmpdir(), 'kalpa-libpq-'));
  for (const [tool, name] of [
    ['ysql_dump', 'pg_dump'],
    ['ysql_dumpall', 'pg_dumpall'],
  ] as const)
    symlinkSync(join(bin, name), join(tools, tool));
  return [i === 0 ? 'without TLS' : `of ${bin}`, tools] as const;
});
afterAll(() => {
  for (const [, tools] of libpqs) rmSync(tools, { recursive: true, force: true });
});
function systemBins(): string[] {
  const versions = '/usr/lib/postgresql';
  return (existsSync(versions) ? readdirSync(versions) : [])
    .map((version) => join(versions, version, 'bin'))
    .filter((bin) => existsSync(join(bin, 'pg_dump')) && existsSync(join(bin, 'pg_dumpall')))
    .slice(-1);
}

type Way = (config: YugabyteConfig) => Promise<unknown>;
const collect = async (output: AsyncIterable<Buffer>): Promise<void> => {
  for await (const _ of output);
};
/** Every way on which the password travels. */
const WAYS: [name: string, way: Way][] = [
  [
    'a query',
    async ({ ysql }) => await new SqlConnection(ysql, 5_000).use('yugabyte', 'ask', async (q) => await q('SELECT 1')),
  ],
  ['a session', async ({ ysql }) => await SqlSession.open(new SqlConnection(ysql, 5_000), 'yugabyte', {})],
  ['what preflight asks first', async (config) => await openYugabyte(config).sql.listDatabases({})],
  [
    'a dump',
    async (config) => await openYugabyte(config).dump.stream({ database: 'd', content: 'all', consume: collect }),
  ],
  ...libpqs.flatMap(([libpq, tools]): [string, Way][] => [
    [
      `ysql_dump with a libpq ${libpq}`,
      async (config) =>
        await runPgTool(
          { ...config, tools },
          { tool: 'ysql_dump', args: ['--schema-only', '-d', 'd'], mutates: false },
          {},
        ),
    ],
    [
      `ysql_dumpall with a libpq ${libpq}`,
      async (config) =>
        await runPgTool(
          { ...config, tools },
          { tool: 'ysql_dumpall', args: ['--roles-only', '-l', 'd'], mutates: false },
          {},
        ),
    ],
  ]),
];

const configOf = (port: number, more: Partial<YsqlConnection> = {}): YugabyteConfig => ({
  masters: ['127.0.0.1:7100'],
  tools: libpqs[0]?.[1] ?? '',
  ysql: { host: HOST, port, user: 'yugabyte', database: 'yugabyte', password: PASSWORD, rootCert, ...more },
  timeouts: { rpcMs: 5_000, commandMs: 10_000, httpMs: 5_000 },
});

const HOSTILE: [name: string, behaviour: () => Omit<Behaviour, 'asks'>][] = [
  ['refuses TLS', () => ({ ssl: () => 'N' })],
  ['answers SSLRequest with an error', () => ({ ssl: () => 'E' })],
  ['has a certificate of another host', () => ({ ssl: () => 'S', certificate: ours.issue('yb-9.internal') })],
  ['has a certificate of another authority', () => ({ ssl: () => 'S', certificate: theirs.issue(HOST) })],
  [
    'fails at TLS once and refuses it then',
    () => ({ ssl: (connection) => (connection % 2 === 1 ? 'S' : 'N'), certificate: theirs.issue(HOST) }),
  ],
  ['says yes and speaks no TLS', () => ({ ssl: () => 'S' })],
  ['sends its question before TLS', () => ({ ssl: () => 'SR\0\0\0\u0008\0\0\0\u0003' })],
];
const QUESTIONS: Asks[] = ['cleartext', 'md5', 'scram'];

describe.each(HOSTILE)('23.7: a server that %s', (_, behaviour) => {
  it.each(WAYS)('23.7: gets no password by %s', async (_way, way) => {
    for (const asks of QUESTIONS) {
      const hostile = await serve({ ...behaviour(), asks });
      // Unset, and said: what proves the server's name.
      for (const sslmode of [undefined, 'verify-full'] as const)
        await expect(way(configOf(hostile.port, sslmode ? { sslmode } : {}))).rejects.toMatchObject({
          kind: expect.stringMatching(/^(InsecureConnection|ToolFailed|SqlFailed)$/) as string,
        });
      expect({ collected: hostile.collected, sessions: hostile.sessions }).toEqual({ collected: [], sessions: [] });
      await hostile.stop();
      server = undefined;
    }
  });
});

it.each(WAYS)('23.7: without an authority nobody is asked at all by %s', async (_, way) => {
  const hostile = await serve({ ssl: () => 'S', certificate: theirs.issue(HOST), asks: 'cleartext' });
  const { rootCert: _left, ...ysql } = configOf(hostile.port).ysql;
  await expect(way({ ...configOf(hostile.port), ysql })).rejects.toMatchObject({
    kind: 'InsecureConnection',
    message: expect.stringMatching(/ysql\.rootCert.*"disable" sends the password in clear/) as string,
  });
  expect(hostile.connections).toBe(0);
});

it('23.7: the message names the server, what it did and what to compare, and no password', async () => {
  const hostile = await serve({ ssl: () => 'N', asks: 'cleartext' });
  const sql = new SqlConnection(configOf(hostile.port).ysql, 5_000);
  const failure = await sql.use('yugabyte', 'ask', async (q) => await q('SELECT 1')).catch((error: unknown) => error);
  expect(String(failure)).toContain(`${HOST}:${hostile.port} has not proved that it is the YSQL server`);
  expect(String(failure)).toContain('it accepts no TLS connections');
  expect(String(failure)).toContain('ysql.rootCert');
  expect(String(failure)).not.toContain(PASSWORD);
});

describe('23.7: whom the password is for', () => {
  const asks = 'cleartext';
  const tries = async (way: Way, config: YugabyteConfig): Promise<void> => {
    await expect(way(config)).rejects.toThrow(/password authentication failed|could not connect to database/);
  };
  const openWays = WAYS.filter(([name]) => !name.includes('preflight') && name !== 'a dump');
  const speakingTls = openWays.filter(([name]) => !name.includes('without TLS'));

  it.each(speakingTls)('23.7: a server that proves its name gets it by %s', async (_, way) => {
    const honest = await serve({ ssl: () => 'S', certificate: ours.issue(HOST), asks });
    await tries(way, configOf(honest.port));
    expect(honest.collected.map(String)).toEqual([expect.stringContaining(PASSWORD)]);
  });

  it.each(openWays)('23.7: on the loopback address TLS is not asked for by %s', async (_, way) => {
    const honest = await serve({ ssl: () => 'N', asks });
    const { rootCert: _left, ...ysql } = configOf(honest.port, { host: '127.0.0.1' }).ysql;
    await tries(way, { ...configOf(honest.port), ysql });
    expect(honest.collected.map(String)).toEqual([expect.stringContaining(PASSWORD)]);
  });

  it.each(openWays)('23.7: who says "disable" means it, by %s', async (_, way) => {
    const plain = await serve({ ssl: () => 'N', asks });
    await tries(way, configOf(plain.port, { sslmode: 'disable' }));
    expect(plain.collected.map(String)).toEqual([expect.stringContaining(PASSWORD)]);
  });

  it.each(speakingTls)('23.7: "require" without an authority verifies nothing, by %s', async (_, way) => {
    const anybody = await serve({ ssl: () => 'S', certificate: theirs.issue('yb-9.internal'), asks });
    const { rootCert: _left, ...ysql } = configOf(anybody.port, { sslmode: 'require' }).ysql;
    await tries(way, { ...configOf(anybody.port), ysql });
    expect(anybody.collected).toHaveLength(1);
  });

  it.each(openWays)('23.7: "require" sends nothing in clear, by %s', async (_, way) => {
    const plain = await serve({ ssl: () => 'N', asks });
    await expect(way(configOf(plain.port, { sslmode: 'require' }))).rejects.toThrow();
    expect(plain.collected).toEqual([]);
  });
});

it('23.7: a tool finds no password or Kerberos ticket of its own', () => {
  const { password: _left, ...ysql } = configOf(5433).ysql;
  const environment = connectionEnvironment({ ...configOf(5433), ysql });
  expect(environment).toMatchObject({ PGSSLMODE: 'verify-full', PGSSLROOTCERT: rootCert, PGGSSENCMODE: 'disable' });
  expect(existsSync(dirname(environment['PGPASSFILE'] ?? '/'))).toBe(true);
  expect(existsSync(environment['PGPASSFILE'] ?? '/')).toBe(false);
  expect(environment).not.toHaveProperty('PGPASSWORD');
});
