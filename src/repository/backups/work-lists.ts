import type { z } from 'zod';
import { textLines } from '../../untrusted';
import { jsonLine } from '../canonical-json';
import { readChecked } from '../checked-read';
import type { ClusterStore } from '../cluster-store';
import { compress, decompress } from '../gzip';
import { createHashed } from '../hashed-object';
import { layout } from '../layout/layout';
import { parseRecord } from '../records/records';

/** A list that is too long for a history, as it travels through one. */
export interface WorkListRef {
  key: string;
  sha256: string;
  /** Files that it speaks of; its lines, unless said otherwise. */
  files: number;
  /** Bytes that those files have together. */
  bytes: number;
}

export interface WorkListContent<Line> {
  workflowId: string;
  /** What the list is, part of its key: `plan-3`. */
  name: string;
  lines: readonly Line[];
  files?: number | undefined;
  bytes: number;
}

/** Keeps a list under `work/`. The same list lands on the same key. */
export async function putWorkList<Line>(
  { store, cluster }: ClusterStore,
  list: WorkListContent<Line>,
): Promise<WorkListRef> {
  const bytes = await compress(Buffer.from(list.lines.map(jsonLine).join('')));
  const made = await createHashed(store, (sha16) => layout.work(cluster, list.workflowId, list.name, sha16), bytes);
  return { key: made.key, sha256: made.sha256, files: list.files ?? list.lines.length, bytes: list.bytes };
}

/** A list of a million tablets. */
const LARGEST_BYTES = 256 * 1024 * 1024;

/** The list again, after its hash was checked. */
export async function getWorkList<Line>(
  { store }: ClusterStore,
  ref: Pick<WorkListRef, 'key' | 'sha256'>,
  line: z.ZodType<Line>,
): Promise<Line[]> {
  const content = await decompress(
    await readChecked(store, ref, 'ChecksumMismatch', 'work list'),
    LARGEST_BYTES,
    `${store.location}/${ref.key}`,
  );
  return Array.from(textLines(content), (text) => parseRecord(line, text, `${store.location}/${ref.key}`));
}
