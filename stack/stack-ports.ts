import { join } from 'node:path';
import type { EmulatorOptions } from '../emulator';
import { choosePorts, type Ports } from './free-ports';
import { S3_PORTS } from './servers/seaweedfs';

const CLUSTER = [
  'masterRpc',
  'masterHttp',
  'tserverRpc1',
  'tserverRpc2',
  'tserverRpc3',
  'tserverHttp1',
  'tserverHttp2',
  'tserverHttp3',
  'emulatorControl',
  'ycql',
  'ysql',
];
const METRICS = ['controlMetrics', 'nodeMetrics1', 'nodeMetrics2', 'nodeMetrics3'];

/** Ports of a whole stack; `ownServers`: with its own Temporal and S3; `preferred`: the well-known ones if free. */
export async function chooseStackPorts(
  home: string,
  { ownServers, preferred }: { ownServers: boolean; preferred: boolean },
): Promise<Ports> {
  const wish = (port: number): number | undefined => (preferred ? port : undefined);
  const anyPort = (uses: readonly string[]) => Object.fromEntries(uses.map((use) => [use, undefined]));
  const servers = {
    temporal: wish(7233),
    temporalUi: wish(8233),
    ...anyPort(['temporalHttp', 'temporalMetrics', ...S3_PORTS]),
  };
  return await choosePorts(join(home, 'ports.json'), {
    ...(ownServers ? servers : {}),
    postgres: wish(5433),
    ...anyPort([...CLUSTER, ...METRICS]),
  });
}

/** The port of a use; every use was chosen. */
export function portOf(ports: Ports, use: string): number {
  const chosen = ports[use];
  if (chosen === undefined) throw new Error(`No port was chosen for ${use}. That is a bug of the stack.`);
  return chosen;
}

export function emulatorPorts(ports: Ports): EmulatorOptions['ports'] {
  return {
    masterRpc: portOf(ports, 'masterRpc'),
    masterHttp: portOf(ports, 'masterHttp'),
    tserverRpc: [portOf(ports, 'tserverRpc1'), portOf(ports, 'tserverRpc2'), portOf(ports, 'tserverRpc3')],
    tserverHttp: [portOf(ports, 'tserverHttp1'), portOf(ports, 'tserverHttp2'), portOf(ports, 'tserverHttp3')],
    control: portOf(ports, 'emulatorControl'),
    ycql: portOf(ports, 'ycql'),
    ysql: portOf(ports, 'ysql'),
  };
}
