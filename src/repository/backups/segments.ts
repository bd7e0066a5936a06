import { textLines } from '../../untrusted';
import { jsonLine } from '../canonical-json';
import { readChecked } from '../checked-read';
import type { ClusterStore } from '../cluster-store';
import { compress, decompress } from '../gzip';
import { createHashed } from '../hashed-object';
import { relativeToCluster, inCluster, layout, type BackupFolder } from '../layout/layout';
import { segmentLine, type SegmentLine, type SegmentRef } from './manifest-schema';
import { parseRecord } from '../records/records';
import { RepositoryError } from '../repository-error';

export interface SegmentContent extends BackupFolder {
  /** The node that copied these files, and the number of its batch. */
  node: string;
  n: number;
  lines: readonly SegmentLine[];
}

/** Writes one manifest segment, sorted by tablet and path. A batch (at most 2,000 files) makes one segment. */
export async function writeSegment({ store, cluster }: ClusterStore, content: SegmentContent): Promise<SegmentRef> {
  const lines = [...content.lines].sort(compareLines);
  const text = lines
    .map((line) => jsonLine(inOrder({ ...line, object: relativeToCluster(cluster, line.object) })))
    .join('');
  const bytes = await compress(Buffer.from(text));
  const made = await createHashed(
    store,
    (sha16) => layout.segment(cluster, content, content.node, content.n, sha16),
    bytes,
  );
  return { ...made, files: lines.length, bytes: lines.reduce((sum, line) => sum + line.size, 0) };
}

/** A path and a key of 1,024 bytes each, escaped, and the fixed fields. */
const MAX_LINE_BYTES = 8 * 1024;
/** A batch is at most a few thousand files; whatever a manifest says, no list is larger. */
const LARGEST_BYTES = 64 * 1024 * 1024;

/** The lines of one segment, after its hash was checked; keys are complete again. */
export async function readSegment({ store, cluster }: ClusterStore, ref: SegmentRef): Promise<SegmentLine[]> {
  const where = `${store.location}/${ref.key}`;
  const content = await decompress(
    await readChecked(store, ref, 'ManifestInvalid', 'manifest segment'),
    Math.min(ref.files * MAX_LINE_BYTES, LARGEST_BYTES),
    where,
  );
  const parsed: SegmentLine[] = [];
  for (const line of textLines(content)) {
    if (parsed.length === ref.files) throw otherCount(where, 'more', ref);
    const one = parseRecord(segmentLine, line, where);
    parsed.push({ ...one, object: inCluster(cluster, one.object) });
  }
  if (parsed.length < ref.files) throw otherCount(where, String(parsed.length), ref);
  const bytes = parsed.reduce((sum, { size }) => sum + size, 0);
  if (bytes !== ref.bytes) {
    throw new RepositoryError(
      'ManifestInvalid',
      `${where} lists files of ${bytes} bytes, the manifest says ${ref.bytes}. Use another backup.`,
    );
  }
  return parsed;
}

const otherCount = (where: string, found: string, { files }: SegmentRef): RepositoryError =>
  new RepositoryError(
    'ManifestInvalid',
    `${where} has ${found} lines, the manifest says ${files}. Use another backup.`,
  );

/** The lines of several segments, one segment in memory at a time. */
export async function* readSegments(
  cluster: ClusterStore,
  refs: readonly SegmentRef[],
): AsyncGenerator<readonly SegmentLine[]> {
  for (const ref of refs) yield await readSegment(cluster, ref);
}

/** Order of lines in a segment. */
export function compareLines(a: SegmentLine, b: SegmentLine): number {
  return compareText(a.tablet, b.tablet) || compareText(a.peer, b.peer) || compareText(a.path, b.path);
}

const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

const FIELDS: readonly string[] = Object.keys(segmentLine.shape);

/** Fields in the order of the schema, so that a line's bytes do not depend on how the object was built. */
function inOrder(line: SegmentLine): SegmentLine {
  const ordered: Record<string, unknown> = {};
  for (const field of FIELDS) if (line[field] !== undefined) ordered[field] = line[field];
  return ordered as SegmentLine;
}
