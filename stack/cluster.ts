import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { prepareCluster, type EmulatorOptions } from '../emulator';
import type { Ports } from './free-ports';
import { postgresPassword, postgresService, preparePostgres } from './servers/postgres';
import { postgresRunner } from './servers/postgres-runner';
import { emulatorPorts, portOf } from './stack-ports';
import type { ServiceSpec } from './processes/supervisor';
import { packageFolder, type StackTools } from './tools';

export type Dialect = EmulatorOptions['dialect'];

/** The emulated cluster of a stack: prepared on disk, not started. */
export interface PreparedCluster {
  options: EmulatorOptions;
  postgres: ServiceSpec;
  emulator: ServiceSpec;
  /** Shown to the person who starts the stack. */
  note?: string;
}

export interface ClusterOptions {
  home: string;
  name: string;
  host: string;
  ports: Ports;
  tools: StackTools;
  dialect?: Dialect | undefined;
  timing?: EmulatorOptions['timing'] | undefined;
  env: NodeJS.ProcessEnv;
  /** The home is discarded afterwards: nothing is flushed to disk. */
  discard?: boolean | undefined;
}

/** Creates PostgreSQL's data directory, the tservers' directories and the tools of an emulated cluster. Idempotent. */
export async function prepareEmulatedCluster(from: ClusterOptions): Promise<PreparedCluster> {
  const home = join(from.home, 'cluster');
  mkdirSync(home, { recursive: true });
  const runner = postgresRunner(from.tools.pgBin, join(home, 'postgres'));
  const passwordFile = join(home, 'postgres.password');
  const password = postgresPassword(passwordFile);
  await preparePostgres(runner, password);
  const options: EmulatorOptions = {
    home,
    name: from.name,
    dialect: dialectOf(home, from.dialect),
    host: from.host,
    ports: emulatorPorts(from.ports),
    postgres: { host: from.host, port: portOf(from.ports, 'postgres'), user: 'yugabyte', passwordFile },
    ...(from.timing ? { timing: from.timing } : {}),
  };
  await prepareCluster(options, { ...from.tools, node: process.execPath });
  const emulator: ServiceSpec = {
    name: 'emulator',
    stage: 'cluster',
    command: process.execPath,
    args: [join(packageFolder, 'dist', 'emulator', 'main.js'), join(home, 'cluster.json')],
    env: from.env,
    ready: (log) => log.includes('emulator ready'),
  };
  return {
    options,
    emulator,
    postgres: postgresService(runner, portOf(from.ports, 'postgres'), { discard: from.discard, password }),
    ...(runner.note === undefined ? {} : { note: runner.note }),
  };
}

/** A cluster keeps the release that it was created with. */
function dialectOf(home: string, wanted: Dialect | undefined): Dialect {
  const file = join(home, 'cluster.json');
  const kept = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as EmulatorOptions).dialect : undefined;
  if (kept !== undefined && wanted !== undefined && kept !== wanted) {
    throw new Error(
      `The emulated cluster in ${home} has release ${kept}, not ${wanted}: an existing cluster does not change its release. Empty it with \`npx kalpa dev reset\`, or give another KALPA_HOME.`,
    );
  }
  return kept ?? wanted ?? '2025.1';
}
