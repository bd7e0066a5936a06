import { z } from 'zod';
import { readJson } from '../../../untrusted';
import { UnexpectedOutput } from '../../errors';
import type { Command } from '../command';

export interface UniverseConfig {
  clusterUuid?: string;
  universeUuid?: string;
  /** Replicas of each tablet in the primary cluster. */
  replicationFactor?: number;
  readReplicaClusters: number;
  /**
   * Ids of tables that xCluster replication writes to: this universe is its target (`consumer_registry` of
   * catalog_entity_info.proto).
   */
  replicatedTables: string[];
}

const document = z.object({
  clusterUuid: z.string().optional(),
  universeUuid: z.string().optional(),
  replicationInfo: z
    .object({
      liveReplicas: z.object({ numReplicas: z.number().optional() }).optional(),
      readReplicas: z.array(z.unknown()).optional(),
    })
    .optional(),
  consumerRegistry: z.unknown().optional(),
});

/** Some release may have another form: that must not stop a backup. */
const registry = z.object({
  producerMap: z
    .record(
      z.string(),
      z.object({ streamMap: z.record(z.string(), z.object({ consumerTableId: z.string().optional() })).optional() }),
    )
    .optional(),
});

/** The cluster's configuration: one line of JSON since about 2.12, protobuf text before. */
export const getUniverseConfig: Command<Record<string, never>, UniverseConfig> = {
  name: 'get_universe_config',
  mutates: false,
  lists: true,
  argv: () => ['get_universe_config'],
  parse: (stdout) => (/^\{/m.test(stdout) ? fromJson(stdout) : fromText(stdout)),
};

function fromJson(stdout: string): UniverseConfig {
  const line = stdout.split('\n').find((text) => text.startsWith('{')) ?? '';
  const result = readJson(document, line);
  if (!result.ok) throw unexpected(stdout);
  const { clusterUuid, universeUuid, replicationInfo, consumerRegistry } = result.value;
  const replication = readJson(registry, JSON.stringify(consumerRegistry ?? {}));
  const streams = Object.values((replication.ok ? replication.value.producerMap : undefined) ?? {}).flatMap(
    ({ streamMap }) => Object.values(streamMap ?? {}),
  );
  return {
    ...withoutUndefined({ clusterUuid, universeUuid, replicationFactor: replicationInfo?.liveReplicas?.numReplicas }),
    readReplicaClusters: replicationInfo?.readReplicas?.length ?? 0,
    replicatedTables: streams.flatMap(({ consumerTableId }) => consumerTableId ?? []),
  };
}

function fromText(stdout: string): UniverseConfig {
  if (!/^Config:/m.test(stdout)) throw unexpected(stdout);
  const replicas = /live_replicas\s*\{\s*num_replicas: (\d+)/.exec(stdout)?.[1];
  return {
    ...withoutUndefined({
      clusterUuid: /\bcluster_uuid: "([^"]*)"/.exec(stdout)?.[1],
      universeUuid: /\buniverse_uuid: "([^"]*)"/.exec(stdout)?.[1],
      replicationFactor: replicas === undefined ? undefined : Number(replicas),
    }),
    readReplicaClusters: stdout.match(/\bread_replicas\s*\{/g)?.length ?? 0,
    replicatedTables: [...stdout.matchAll(/\bconsumer_table_id: "([^"]*)"/g)].map(([, id = '']) => id),
  };
}

type Defined<T> = { [K in keyof T]?: Exclude<T[K], undefined> };

function withoutUndefined<T extends object>(fields: T): Defined<T> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Defined<T>;
}

/** The configuration may contain encryption keys: it is not quoted. */
function unexpected(stdout: string): UnexpectedOutput {
  return new UnexpectedOutput(
    'configuration of the cluster',
    stdout === '' ? '' : '(not shown: it may contain keys)',
    'yb-admin get_universe_config',
  );
}
