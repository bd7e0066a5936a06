import { cancellationSignal } from '@temporalio/activity';
import { KALPA_VERSION } from '../../config';
import {
  commitDump as commit,
  FORMAT,
  isRepositoryError,
  readDump,
  type ClusterStore,
  type DumpPartRef,
  type StoredDump,
} from '../../repository';
import { getUniverseConfig } from '../../yugabyte';
import type { Guarded } from '../shapes';
import type { ControlDependencies } from './dependencies';
import type { DumpIdentity } from './dump-identity';
import { confirmGuardians } from './guardian-state';
import { universeIdOf } from './universe-id';

export interface CommitDumpInput {
  guarded: Guarded;
  dump: DumpIdentity;
  parts: DumpPartRef[];
}

export interface CommittedDump {
  manifest: { key: string; sha256: string };
  databases: number;
  tables: number;
  files: number;
  bytes: number;
  rows: number;
}

/** Writes the manifest, last: from here on the dump exists. A run that finds its own one returns what that says. */
export function makeCommitDump(dependencies: ControlDependencies) {
  return async function commitDump({ guarded, dump, parts }: CommitDumpInput): Promise<CommittedDump> {
    const { repository, config } = dependencies;
    const earlier = await committed(repository, dump.dumpId);
    if (earlier) return resultOf(dependencies, earlier);
    await confirmGuardians(dependencies, guarded);
    const yugabyte = dependencies.yugabyte();
    const universe = await yugabyte.run(getUniverseConfig, {}, { signal: cancellationSignal() });
    const { since: dialect } = await yugabyte.capabilities();
    const stored = await commit(
      repository,
      {
        format: FORMAT,
        dumpId: dump.dumpId,
        cluster: config.cluster,
        universeId: universeIdOf(universe, config.cluster),
        subject: dump.subject,
        startedAt: dump.startedAt,
        yugabyteVersion: await yugabyte.release(),
        dialect,
        kalpaVersion: KALPA_VERSION,
      },
      parts,
    );
    return resultOf(dependencies, stored);
  };
}

async function committed(repository: ClusterStore, dumpId: string): Promise<StoredDump | undefined> {
  try {
    return await readDump(repository, dumpId);
  } catch (error) {
    if (isRepositoryError(error, 'NotFound')) return undefined;
    throw error;
  }
}

function resultOf({ config }: ControlDependencies, { key, sha256, manifest }: StoredDump): CommittedDump {
  const { databases, tables, files, bytes, rows } = manifest.totals;
  const prefix = config.repository.url.replace(/^s3:\/\/[^/]+\/?/, '');
  return {
    manifest: { key: `${prefix}/${key}`.replace(/^\//, ''), sha256 },
    databases,
    tables,
    files,
    bytes,
    rows,
  };
}
