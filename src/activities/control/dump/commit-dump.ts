import { cancellationSignal } from '@temporalio/activity';
import { KALPA_VERSION } from '../../../config';
import {
  commitDump as commit,
  findCommittedDump,
  FORMAT,
  NameTaken,
  totalsOf,
  type DumpPartRef,
  type StoredDump,
} from '../../../repository';
import { getUniverseConfig } from '../../../yugabyte';
import type { Guarded } from '../../shapes';
import type { ControlDependencies } from '../dependencies';
import type { DumpIdentity } from './dump-identity';
import { confirmGuardians } from '../lock/guardian-state';
import { universeIdOf } from '../run/universe-id';

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
    const earlier = await findCommittedDump(repository, dump.dumpId);
    if (earlier) return resultOf(dependencies, ofTheseParts(dependencies, earlier, parts));
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

/** The dump that stands there, if it is of the parts that this run has made. Without signatures anybody may have written one. */
function ofTheseParts(
  { repository }: ControlDependencies,
  found: StoredDump,
  parts: readonly DumpPartRef[],
): StoredDump {
  const sums = (of: readonly { files: number; bytes: number; rows: number }[]): string[] =>
    of.map(({ files, bytes, rows }) => `${files} ${bytes} ${rows}`).sort();
  const there = sums(found.manifest.parts.map((part) => totalsOf([part])));
  if (there.join() === sums(parts).join()) return found;
  throw new NameTaken(`${repository.store.location}/${found.key}`, 'it is not of the parts that this run has dumped');
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
