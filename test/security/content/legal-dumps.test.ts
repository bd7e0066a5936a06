import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { openPostgresCluster, type PostgresCluster } from '../../yugabyte/ysql/postgres-cluster';
import { gateOf } from './gate-of';

const fixture = (name: string): string => readFileSync(join(__dirname, '../../fixtures/ysql-dump', name), 'utf8');

describe('23.1: nothing that a dump has is refused:', () => {
  it.each([
    ['2.6/schema.sql', 'database', 'orders'],
    ['2025.1/schema.sql', 'database', 'Odd "name"'],
    ['2025.1/roles.sql', 'roles', ''],
    ['2025.1/tablespaces.sql', 'roles', ''],
  ] as const)('%s', async (name, content, database) => {
    for (const length of [1, 7, 100_000])
      expect((await gateOf(fixture(name), { content, database, length })).refusals).toEqual([]);
  });
});

describe('23.1: real dumps', () => {
  let cluster: PostgresCluster;
  beforeAll(async () => {
    cluster = await openPostgresCluster();
    await cluster.sql('postgres', 'CREATE DATABASE "every ""kind"" of" CONNECTION LIMIT 7');
    for (const file of ['every-kind-of-roles.sql', 'every-kind.sql'])
      run('psql', '-X', '-q', '-v', 'ON_ERROR_STOP=1', '-d', 'every "kind" of', '-f', join(__dirname, file));
  });
  afterAll(async () => await cluster.stop());

  const run = (tool: string, ...args: string[]): Buffer => {
    const { host, port, user } = cluster.address;
    return execFileSync(join(cluster.postgres.bin, tool), ['-h', host, '-p', String(port), '-U', user, ...args], {
      maxBuffer: 1 << 28,
      stdio: ['ignore', 'pipe', 'ignore'],
    });
  };

  it.each([
    ['a whole one', []],
    ['a schema with the object ids', ['--schema-only', '--binary-upgrade']],
    ['one that sets its sessions', ['--schema-only', '--use-set-session-authorization']],
  ])('of every kind of object pass: %s', async (_, args) => {
    const text = run('pg_dump', '--create', ...args, '-d', 'every "kind" of');
    const report = await gateOf(text, { database: 'every "kind" of' });
    expect(report.refusals).toEqual([]);
    expect(report.named).not.toEqual([]);
  });

  it('of rows alone pass, and of roles', async () => {
    const rows = run('pg_dump', '--data-only', '-d', 'every "kind" of');
    expect((await gateOf(rows, { content: 'rows', database: 'x' })).refusals).toEqual([]);
    const roles = run('pg_dumpall', '--globals-only');
    expect((await gateOf(roles, { content: 'roles', database: '' })).refusals).toEqual([]);
  });
});
