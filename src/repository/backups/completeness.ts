import { given } from '../../objects/given';
import { relativeToCluster, ownerOfKey } from '../layout/layout';
import { listProblem } from './list-problem';
import type { ManifestHeader, SegmentLine } from './manifest-schema';

/** The contents of a set of file lists, compared with the tablets of the snapshot's export. */
export interface Completeness {
  /** Tablets of the export without a file. If there are any, the backup must not be committed. */
  missing: string[];
  /** Tablets that the export does not name. */
  unexpected: string[];
  /** Tablets with files of several replicas, which are not consistent with each other, or that are in two lists. */
  mixed: string[];
  /** Why a restore would refuse a list (the first such reason): lists are written by nodes. */
  refused: string | undefined;
  /** The copied replica of each tablet, and the list that has its files. */
  tablets: Map<string, { peer: string; list: number }>;
  files: number;
  bytes: number;
  /** Totals of the files whose objects belong to earlier backups. */
  refersTo: ManifestHeader['refersTo'];
}

/**
 * Compares the two as sets: every exported tablet must be there exactly once, and nothing else; also checks lists as a
 * restore does. One list in memory at a time.
 */
export async function checkCompleteness(
  exportedTablets: Iterable<string>,
  lists: AsyncIterable<readonly SegmentLine[]> | Iterable<readonly SegmentLine[]>,
  backup: { cluster: string; backupId: string },
): Promise<Completeness> {
  const exported = new Set(exportedTablets);
  const tablets = new Map<string, { peer: string; list: number }>();
  const mixed = new Set<string>();
  const owners = new Map<string, { files: number; bytes: number; kept: number }>();
  let [list, files, bytes] = [0, 0, 0];
  let refused: string | undefined;
  for await (const lines of lists) {
    refused ??= listProblem(lines) ?? ownerProblem(lines, backup);
    const packs = new Set<string>(); // a pack belongs to one tablet, so to one list
    for (const line of lines) {
      const known = tablets.get(line.tablet);
      if (known === undefined) tablets.set(line.tablet, { peer: line.peer, list });
      else if (known.peer !== line.peer || known.list !== list) mixed.add(line.tablet);
      files += 1;
      bytes += line.size;
      if (line.backup === undefined) continue;
      const owner = owners.get(line.backup) ?? { files: 0, bytes: 0, kept: 0 };
      const keeps = line.packBytes === undefined ? line.size : packs.has(line.object) ? 0 : line.packBytes;
      if (line.packBytes !== undefined) packs.add(line.object);
      owners.set(line.backup, {
        ...{ files: owner.files + 1, bytes: owner.bytes + line.size, kept: owner.kept + keeps },
      });
    }
    list += 1;
  }
  return {
    missing: [...exported].filter((tablet) => !tablets.has(tablet)),
    unexpected: [...tablets.keys()].filter((tablet) => !exported.has(tablet)),
    mixed: [...mixed],
    refused,
    tablets,
    files,
    bytes,
    refersTo: [...owners]
      .map(([backupId, { files: of, bytes: size, kept }]) => ({
        ...{ backupId, files: of, bytes: size },
        ...given({ unusedBytes: kept > size ? kept - size : undefined }),
      }))
      .sort((a, b) => (a.backupId < b.backupId ? -1 : 1)),
  };
}

/** What is wrong with a line whose object belongs to another backup than the line says. */
export function ownerProblem(
  lines: readonly SegmentLine[],
  { cluster, backupId }: { cluster: string; backupId: string },
): string | undefined {
  for (const { object, backup = backupId } of lines) {
    const owner = ownerOfKey(relativeToCluster(cluster, object));
    if (owner !== backup) return `${object} is an object of ${owner}, and is said to be of ${backup}`;
  }
  return undefined;
}
