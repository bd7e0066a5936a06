import type { TargetFile } from './download-request';
import { SLOT_BYTES } from '../limits/slot-pool';
import { pieceSizes } from '../limits/through-slots';
import { grouped } from '../../objects/grouped';

/** Small files that one range of one object holds. */
export interface DownloadSpan {
  kind: 'span';
  object: string;
  start: number;
  length: number;
  files: TargetFile[];
}

export type DownloadUnit = DownloadSpan | { kind: 'large'; file: TargetFile };

/** What to fetch: each pack once for all of its files; large files on their own, and first. */
export function planDownload(files: readonly TargetFile[]): DownloadUnit[] {
  const large = files.filter((file) => file.size > SLOT_BYTES).sort((a, b) => b.size - a.size);
  // Two versions of a key are two objects.
  const byObject = grouped(
    files.filter(({ size }) => size <= SLOT_BYTES),
    ({ object, versionId, etag }) => JSON.stringify([object, versionId ?? '', etag ?? '']),
  );
  const spans = [...byObject.values()].flatMap(spansOf);
  return [...large.map((file) => ({ kind: 'large' as const, file })), ...spans];
}

/** Ranges of at most one slot that cover the files of one object. */
function spansOf(files: TargetFile[]): DownloadSpan[] {
  const spans: DownloadSpan[] = [];
  for (const file of [...files].sort((a, b) => (a.offset ?? 0) - (b.offset ?? 0))) {
    const start = file.offset ?? 0;
    const span = spans.at(-1);
    if (span === undefined || start + file.size - span.start > SLOT_BYTES) {
      spans.push({ kind: 'span', object: file.object, start, length: file.size, files: [file] });
    } else {
      span.files.push(file);
      span.length = Math.max(span.length, start + file.size - span.start);
    }
  }
  return spans;
}

const MIB = 1024 * 1024;
/** Files from this size on begin and end with small ranges. */
const RAMPED_BYTES = 4 * SLOT_BYTES;
/** Together two slots, so that the ranges behind them begin where parts of an upload do. */
const FIRST = [2, 2, 4, 8, 8, 8].map((mib) => mib * MIB);

/**
 * The ranges of a large file, in order. Those in flight share the connection and arrive about together, and a file is
 * hashed in order: with ranges of one size the hash would wait for all of the first ones, and end long after the last.
 */
export function rangesOf(size: number): number[] {
  if (size < RAMPED_BYTES) return pieceSizes(size, SLOT_BYTES);
  const ranges = [...FIRST];
  let left = size - FIRST.reduce((sum, bytes) => sum + bytes, 0);
  while (left > 0) {
    const quarter = Math.ceil(left / 4 / MIB) * MIB;
    const next = Math.min(left, SLOT_BYTES, Math.max(quarter, 2 * MIB));
    ranges.push(next);
    left -= next;
  }
  return ranges;
}
