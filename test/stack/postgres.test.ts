import { rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Client } from 'pg';
import { choosePorts } from '../../stack/free-ports';
import { postgresService, preparePostgres } from '../../stack/servers/postgres';
import { stackTools } from '../../stack/tools';
import { postgresRunner } from '../../stack/servers/postgres-runner';
import { Supervisor } from '../../stack/processes/supervisor';
import { temporaryFolder } from '../suites/temporary-folder';
import { until } from './child-process';

const PASSWORD = 'generated';

async function query(port: number, sql: string, password = PASSWORD, user = 'yugabyte'): Promise<unknown[]> {
  const client = new Client({ host: '127.0.0.1', port, user, password, database: 'yugabyte' });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows;
  } finally {
    await client.end();
  }
}

// As root, which PostgreSQL refuses, the two ways differ; as anybody else both are the plain way.
it.each([
  ['with user namespaces, where this machine permits them', undefined],
  ['without user namespaces', () => false],
])(
  '23.13: PostgreSQL serves who knows its password, restarts after a kill and keeps its data: %s',
  async (_way, namespaces) => {
    const folder = await temporaryFolder();
    const runner = postgresRunner(stackTools().pgBin, join(folder.path, 'postgres'), namespaces);
    const { postgres: port = 0 } = await choosePorts(join(folder.path, 'ports.json'), { postgres: undefined });
    const supervisor = new Supervisor(folder.path);
    try {
      await preparePostgres(runner); // as a version did that asked for no password
      await preparePostgres(runner, PASSWORD);
      await supervisor.start(postgresService(runner, port, { discard: true, password: PASSWORD }));
      for (const wrong of ['', 'wrong']) await expect(query(port, 'SELECT 1', wrong)).rejects.toThrow(/password/); // 23.13
      await expect(query(port, 'SELECT 1', PASSWORD, 'postgres')).rejects.toThrow(/password/);
      await query(port, 'CREATE TABLE kept AS SELECT 42 AS answer');
      expect(await query(port, 'SHOW wal_level')).toEqual([{ wal_level: 'logical' }]);
      supervisor.kill('postgres');
      await until(async () => (await query(port, 'SELECT answer FROM kept').catch(() => [])).length === 1);
    } finally {
      await supervisor.stop();
      if (runner.as) rmSync(dirname(runner.dataDir), { recursive: true, force: true });
      await folder.remove();
    }
  },
  120_000,
);
