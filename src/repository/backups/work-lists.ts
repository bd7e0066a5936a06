import type { z } from 'zod';
import { textLines } from '../../untrusted';
import { jsonLine } from '../canonical-json';
import { readChecked } from '../checked-read';
import type { ClusterStore } from '../cluster-store';
import { compress, decompress } from '../gzip';
import { createHashed } from '../hashed-object';
import { layout } from '../layout/layout';
import { parseRecord } from '../records/records';

/** A reference to a list that is too long for a workflow history. */
export interface WorkListRef {
  key: string;
  sha256: string;
  /** Number of files that it covers; its lines, unless stated otherwise. */
  files: number;
  /** Total bytes of those files. */
  bytes: number;
}

export interface WorkListContent<Line> {
  workflowId: string;
  /** Identifies the list within its backup, and is part of its key: `plan-3`. */
  name: string;
  lines: readonly Line[];
  files?: number | undefined;
  bytes: number;
}

/** Stores a list under `work/`. The same list always has the same key. */
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

/** Reads a list back, its hash checked. */
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
