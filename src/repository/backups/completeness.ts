import type { SegmentLine } from './manifest-schema';

/** What a set of segments holds, compared with what the snapshot's export names. */
export interface Completeness {
  /** Tablets of the export without a file. A backup with one of these does not exist. */
  missing: string[];
  /** Tablets that the export does not name. */
  unexpected: string[];
  /** Tablets of which files of several replicas are there, which do not fit together. */
  mixed: string[];
  /** The replica that was copied, by tablet. */
  peers: Map<string, string>;
  files: number;
  bytes: number;
}

/** Compares by sets: every exported tablet is there once, and nothing else is. Constant memory in files. */
export async function checkCompleteness(
  exportedTablets: Iterable<string>,
  lines: AsyncIterable<SegmentLine> | Iterable<SegmentLine>,
): Promise<Completeness> {
  const exported = new Set(exportedTablets);
  const peers = new Map<string, string>();
  const mixed = new Set<string>();
  let files = 0;
  let bytes = 0;
  for await (const line of lines) {
    const peer = peers.get(line.tablet);
    if (peer !== undefined && peer !== line.peer) mixed.add(line.tablet);
    peers.set(line.tablet, peer ?? line.peer);
    files += 1;
    bytes += line.size;
  }
  return {
    missing: [...exported].filter((tablet) => !peers.has(tablet)),
    unexpected: [...peers.keys()].filter((tablet) => !exported.has(tablet)),
    mixed: [...mixed],
    peers,
    files,
    bytes,
  };
}
