import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import type { SigningKeys } from './signing-keys';

/** What the configurations of one cluster's workers have in common. */
export interface ClusterSettings {
  cluster: string;
  masters: string[];
  masterHttp: string[];
  tools: string;
  ysql: { host: string; port: number; user: string; passwordFile: string };
  ycql: { host: string; port: number };
  s3: { endpoint: string; region: string; bucket: string; prefix: string };
  /** Where the control worker serves Prometheus metrics. */
  metrics: string;
  signing: SigningKeys;
  timing?: Record<string, string> | undefined;
  /** `policies:` of the control worker's. */
  policies?: object | undefined;
}

export interface NodeSettings {
  /** Where this worker serves Prometheus metrics. */
  metrics: string;
  address: string;
  http: string;
  dataDir: string;
}

/** Paths of the written files. */
export interface WorkerConfigs {
  control: string;
  janitor: string;
  nodes: string[];
}

/**
 * Writes `kalpa.yaml` of the control worker and one for each node worker, which sees only its own tserver's directory.
 */
export function writeWorkerConfigs(
  home: string,
  settings: ClusterSettings,
  nodes: readonly NodeSettings[],
): WorkerConfigs {
  mkdirSync(home, { recursive: true });
  const { cluster, masters, masterHttp, tools, ysql, ycql, s3, timing, metrics } = settings;
  const common = {
    cluster,
    masters,
    tools,
    ysql,
    ycql,
    http: { masters: masterHttp },
    repository: { url: `s3://${s3.bucket}/${s3.prefix}`, region: s3.region, endpoint: s3.endpoint },
    ...(timing ? { timing } : {}),
  };
  const { publicKeys } = settings.signing;
  const signingBy = (privateKeyFile: string): object => ({ publicKeys, privateKeyFile });
  const write = (name: string, config: object): string => {
    const file = join(home, name);
    writeFileSync(file, stringify(config));
    return file;
  };
  return {
    control: write('kalpa.yaml', {
      ...common,
      signing: signingBy(settings.signing.privateKeyFile),
      metrics,
      ...(settings.policies ? { policies: settings.policies } : {}),
    }),
    janitor: write('kalpa-janitor.yaml', { ...common, signing: signingBy(settings.signing.janitorKeyFile) }),
    nodes: nodes.map(({ address, http, dataDir, metrics: own }, i) =>
      write(`kalpa-node-${i + 1}.yaml`, { ...common, metrics: own, node: { address, http, dataDirs: [dataDir] } }),
    ),
  };
}
