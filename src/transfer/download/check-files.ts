import { createHash } from 'node:crypto';
import { updateInSlices } from './hash-file';
import { retryingStore } from '../store/retrying-store';
import type { ObjectStore } from '../store/object-store';
import { isStoreError } from '../store/store-error';
import type { TransferRequest } from '../transfer-job';
import type { DownloadFile } from './download-request';
import { runAll, stoppable } from '../run-all';

/** A range of an object whose hash was recorded. */
export type RecordedFile = Omit<DownloadFile, 'path'>;

export interface CheckRequest extends TransferRequest {
  files: readonly RecordedFile[];
  /** Files read at a time. */
  width: number;
  /** Called after each range. */
  onBytes?: ((bytes: number) => void) | undefined;
  /** What is wrong with a file, or undefined if nothing is. Called in any order. */
  onChecked: (index: number, problem: string | undefined) => void;
}

const RANGE_BYTES = 8 * 1024 * 1024;

/** Files that one range of one object holds, or one file that is larger. */
interface Span {
  object: string;
  start: number;
  length: number;
  files: { index: number; file: RecordedFile }[];
}

/**
 * Reads files from the store and compares their SHA-256 with the recorded one. Only what the store itself reports, or
 * bytes that arrived twice with a wrong hash, counts as a problem of the file; an unreachable store is waited for, and
 * then throws.
 */
export async function checkFiles(request: CheckRequest): Promise<void> {
  const { files, limits, width, retry, onChecked } = request;
  const { signal, failed } = stoppable(request.signal);
  const store = retryingStore(request.store, { policy: retry, signal, gate: limits });
  await runAll(spansOf(files), width, failed, async (span) => {
    const problems = await checkSpan(store, span, request.onBytes);
    if (problems === undefined) {
      // What the store reports of the whole range may be true of only some of its files.
      for (const { index, file } of span.files)
        onChecked(index, (await checkSpan(store, alone(index, file), undefined))?.[0] ?? CHANGED);
      return;
    }
    // Damage in transit is worth a second read; what the store itself reports is not.
    const again = problems.some((problem) => problem?.startsWith(DAMAGED) === true);
    const found = again ? ((await checkSpan(store, span, undefined)) ?? problems) : problems;
    for (const [i, { index }] of span.files.entries()) onChecked(index, found[i]);
  });
}

const DAMAGED = 'it is damaged';
const MISSING = 'it is missing';
const CHANGED = 'the object was replaced, or is shorter than it was';

const alone = (index: number, file: RecordedFile): Span => ({
  object: file.object,
  start: file.offset ?? 0,
  length: file.size,
  files: [{ index, file }],
});

/** What is wrong with each file; undefined if the range can't be read as it was recorded. */
async function checkSpan(
  store: ObjectStore,
  { object, start, length, files }: Span,
  onBytes: ((bytes: number) => void) | undefined,
): Promise<(string | undefined)[] | undefined> {
  const { versionId, size } = files[0]?.file ?? { size: 0 };
  const hashes = files.map(() => createHash('sha256'));
  const buffer = Buffer.allocUnsafeSlow(Math.min(RANGE_BYTES, length));
  try {
    let etag = files[0]?.file.etag;
    if (etag === undefined) {
      const head = await store.head(object, { versionId });
      if (head.size !== size) return files.map(() => `it has ${head.size} bytes, expected ${size}`);
      ({ etag } = head);
    }
    for (let at = 0; at < length; at += RANGE_BYTES) {
      const range = buffer.subarray(0, Math.min(RANGE_BYTES, length - at));
      await store.readRange(object, start + at, range, { ifMatch: etag, versionId });
      for (const [i, one] of files.entries()) {
        // The part of this file that lies in the range.
        const from = (one.file.offset ?? 0) - start - at;
        const part = range.subarray(Math.max(0, from), Math.max(0, Math.min(range.length, from + one.file.size)));
        const hash = hashes[i];
        if (hash !== undefined && part.length > 0) await updateInSlices(hash, part);
      }
      onBytes?.(range.length);
    }
  } catch (error) {
    if (isStoreError(error, 'missing') && error.code !== 'NoSuchBucket') return files.map(() => MISSING);
    if (!isStoreError(error, 'changed')) throw error;
    return files.length === 1 ? [CHANGED] : undefined;
  }
  return files.map(({ file: { sha256 } }, i) => {
    const found = hashes[i]?.digest('hex');
    return found === sha256 ? undefined : `${DAMAGED}: expected SHA-256 ${sha256}, found ${String(found)}`;
  });
}

/** Neighbours in a pack are read together, since a request costs as much as a small file. */
function spansOf(files: readonly RecordedFile[]): Span[] {
  const spans: Span[] = [];
  const open = new Map<string, Span>();
  for (const { index, file } of inOrder(files)) {
    const start = file.offset ?? 0;
    const name = JSON.stringify([file.object, file.versionId ?? '', file.etag ?? '']);
    const last = file.offset === undefined ? undefined : open.get(name);
    const end = last === undefined ? 0 : last.start + last.length;
    if (last === undefined || start > end || start + file.size - last.start > RANGE_BYTES) {
      const span = { object: file.object, start, length: file.size, files: [{ index, file }] };
      spans.push(span);
      if (file.offset !== undefined) open.set(name, span);
    } else {
      last.files.push({ index, file });
      last.length = Math.max(last.length, start + file.size - last.start);
    }
  }
  // Ordered by their first file, so that the files checked so far are as nearly as possible a prefix of the list.
  return spans.sort((a, b) => (a.files[0]?.index ?? 0) - (b.files[0]?.index ?? 0));
}

const inOrder = (files: readonly RecordedFile[]): { index: number; file: RecordedFile }[] =>
  files.map((file, index) => ({ index, file })).sort((a, b) => (a.file.offset ?? 0) - (b.file.offset ?? 0));
