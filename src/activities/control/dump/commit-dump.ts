import {
  commitDump as commit,
  findCommittedDump,
  NameTaken,
  totalsOf,
  type DumpPartRef,
  type StoredDump,
} from '../../../repository';
import type { Guarded } from '../../internal-types';
import type { ControlDependencies } from '../dependencies';
import type { DumpIdentity } from './open-dump';
import { confirmGuardians } from '../lock/guardian-state';
import { withObjectLock } from '../run/object-lock';
import { confirmProtectedUntilEnd, manifestRef, originOf } from '../run/protected-object';

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

/** Writes the manifest last: from here on the dump exists. A run that finds its own manifest returns what it says. */
export function makeCommitDump(dependencies: ControlDependencies) {
  return async function commitDump({ guarded, dump, parts }: CommitDumpInput): Promise<CommittedDump> {
    const earlier = await findCommittedDump(dependencies.repository, dump.dumpId);
    if (earlier) return resultOf(dependencies, ofTheseParts(dependencies, earlier, parts));
    await confirmGuardians(dependencies, guarded);
    const { origin } = await originOf(dependencies);
    const { dumpId, subject, startedAt } = dump;
    const { repository } = await withObjectLock(dependencies, dump);
    await confirmProtectedUntilEnd(dependencies, { kind: 'dump', id: dumpId });
    const stored = await commit(repository, { ...origin, dumpId, subject, startedAt }, parts);
    return resultOf(dependencies, stored);
  };
}

/**
 * The dump that is already there, if it consists of the parts that this run made. Without signatures anybody could have
 * written one.
 */
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

function resultOf(dependencies: ControlDependencies, stored: StoredDump): CommittedDump {
  const { databases, tables, files, bytes, rows } = stored.manifest.totals;
  return { manifest: manifestRef(dependencies, stored), databases, tables, files, bytes, rows };
}
