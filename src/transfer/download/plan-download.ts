import type { TargetFile } from './download-request';
import { SLOT_BYTES } from '../limits/slot-pool';
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
