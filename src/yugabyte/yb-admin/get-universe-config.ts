import { z } from 'zod';
import { UnexpectedOutput } from '../errors';
import type { Command } from './command';

export interface UniverseConfig {
  clusterUuid?: string;
  universeUuid?: string;
  /** Replicas of each tablet in the primary cluster. */
  replicationFactor?: number;
  readReplicaClusters: number;
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
});

/** The cluster's configuration: one line of JSON since about 2.12, protobuf text before. */
export const getUniverseConfig: Command<Record<string, never>, UniverseConfig> = {
  name: 'get_universe_config',
  mutates: false,
  argv: () => ['get_universe_config'],
  parse: (stdout) => (/^\{/m.test(stdout) ? fromJson(stdout) : fromText(stdout)),
};

function fromJson(stdout: string): UniverseConfig {
  const line = stdout.split('\n').find((text) => text.startsWith('{')) ?? '';
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    throw unexpected(stdout);
  }
  const result = document.safeParse(value);
  if (!result.success) throw unexpected(stdout);
  const { clusterUuid, universeUuid, replicationInfo } = result.data;
  return withoutUndefined(
    clusterUuid,
    universeUuid,
    replicationInfo?.liveReplicas?.numReplicas,
    replicationInfo?.readReplicas?.length ?? 0,
  );
}

function fromText(stdout: string): UniverseConfig {
  if (!/^Config:/m.test(stdout)) throw unexpected(stdout);
  const replicas = /live_replicas\s*\{\s*num_replicas: (\d+)/.exec(stdout)?.[1];
  return withoutUndefined(
    /\bcluster_uuid: "([^"]*)"/.exec(stdout)?.[1],
    /\buniverse_uuid: "([^"]*)"/.exec(stdout)?.[1],
    replicas === undefined ? undefined : Number(replicas),
    stdout.match(/\bread_replicas\s*\{/g)?.length ?? 0,
  );
}

function withoutUndefined(
  clusterUuid: string | undefined,
  universeUuid: string | undefined,
  replicationFactor: number | undefined,
  readReplicaClusters: number,
): UniverseConfig {
  return {
    ...(clusterUuid === undefined ? {} : { clusterUuid }),
    ...(universeUuid === undefined ? {} : { universeUuid }),
    ...(replicationFactor === undefined ? {} : { replicationFactor }),
    readReplicaClusters,
  };
}

/** The configuration may hold encryption keys: it is not quoted. */
function unexpected(stdout: string): UnexpectedOutput {
  return new UnexpectedOutput(
    'configuration of the cluster',
    stdout === '' ? '' : '(not shown: it may hold keys)',
    'yb-admin get_universe_config',
  );
}
