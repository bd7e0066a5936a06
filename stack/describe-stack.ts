import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ysqlAddress, type EmulatorOptions } from '../emulator';
import type { Ports } from './free-ports';
import { HOST } from './host';
import { signingKeys, type SigningKeys } from './signing-keys';
import type { StackJson } from './stack-json';
import { portOf } from './stack-ports';
import { writeWorkerConfigs, type WorkerConfigs } from './worker-config';

/** The contents of stack.json, and matching configurations of the workers. */
export function describeStack(
  options: {
    home: string;
    timing?: Record<string, string> | undefined;
    policies?: object | undefined;
    signing?: SigningKeys | undefined;
  },
  ports: Ports,
  emulator: EmulatorOptions,
  servers: Pick<StackJson, 'temporal' | 's3'>,
): { json: StackJson; configs: WorkerConfigs } {
  const masters = [`${HOST}:${emulator.ports.masterRpc}`];
  const tservers = emulator.ports.tserverRpc.map((rpc, i) => {
    const dataDir = join(emulator.home, `tserver-${i + 1}`);
    return {
      address: `${HOST}:${rpc}`,
      uuid: instanceUuid(dataDir),
      dataDir,
      http: `${HOST}:${emulator.ports.tserverHttp[i] ?? 0}`,
    };
  });
  const tools = join(emulator.home, 'bin');
  const { passwordFile = '' } = emulator.postgres;
  const ysql = { host: HOST, port: emulator.postgres.port, user: 'yugabyte' };
  const ycql = { host: HOST, port: emulator.ports.ycql };
  const metrics = (use: string): string => `${HOST}:${portOf(ports, use)}`;
  const signing = options.signing ?? signingKeys(options.home);
  const configs = writeWorkerConfigs(
    join(options.home, 'config'),
    {
      cluster: emulator.name,
      masters,
      masterHttp: [`${HOST}:${emulator.ports.masterHttp}`],
      tools,
      // People and tests may use PostgreSQL directly; Kalpa uses the emulator's address in front of it.
      ysql: { ...ysql, ...ysqlAddress(emulator), passwordFile },
      ycql,
      s3: servers.s3,
      signing,
      timing: options.timing,
      policies: options.policies,
      metrics: metrics('controlMetrics'),
    },
    tservers.map((tserver, i) => ({ ...tserver, metrics: metrics(`nodeMetrics${i + 1}`) })),
  );
  const json: StackJson = {
    ...servers,
    ysql: { ...ysql, password: readFileSync(passwordFile, 'utf8') },
    ycql,
    masters,
    tservers,
    emulator: { control: `http://${HOST}:${emulator.ports.control}` },
    tools,
    signing,
    config: configs.control,
    processes: [],
  };
  return { json, configs };
}

/** The uuid in a data directory's `instance` file, which contains its 32 hex digits as text. */
function instanceUuid(dataDir: string): string {
  const file = join(dataDir, 'yb-data', 'tserver', 'instance');
  const found = existsSync(file) ? /[0-9a-f]{32}/.exec(readFileSync(file, 'latin1'))?.[0] : undefined;
  if (found === undefined)
    throw new Error(
      `${file} names no tserver: the emulator did not prepare it. Empty the stack with \`npx kalpa dev reset\`.`,
    );
  return found;
}
