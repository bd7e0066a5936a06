import { given } from '../../objects/given';
import { belowCluster, ownerOfKey } from '../layout/layout';
import { listProblem } from './list-problem';
import type { ManifestHeader, SegmentLine } from './manifest-schema';

/** What a set of file lists holds, compared with what the snapshot's export names. */
export interface Completeness {
  /** Tablets of the export without a file. A backup with one of these does not exist. */
  missing: string[];
  /** Tablets that the export does not name. */
  unexpected: string[];
  /** Tablets of which files of several replicas are there, which do not fit together, or that stand in two lists. */
  mixed: string[];
  /** Why a restore would refuse a list, the first one: a node has written it. */
  refused: string | undefined;
  /** The replica that was copied, and which list has its files, by tablet. */
  tablets: Map<string, { peer: string; list: number }>;
  files: number;
  bytes: number;
  /** Of them those whose objects belong to earlier backups. */
  refersTo: ManifestHeader['refersTo'];
}

/**
 * Compares by sets: every exported tablet is there once, and nothing else is; and looks at what a restore asks of a
 * list. One list in memory at a time.
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
    const packs = new Set<string>(); // a pack is of one tablet, so it stands in one list
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

/** Of a line whose object is another backup's than it says. */
export function ownerProblem(
  lines: readonly SegmentLine[],
  { cluster, backupId }: { cluster: string; backupId: string },
): string | undefined {
  for (const { object, backup = backupId } of lines) {
    const owner = ownerOfKey(belowCluster(cluster, object));
    if (owner !== backup) return `${object} is an object of ${owner}, and is said to be of ${backup}`;
  }
  return undefined;
}
