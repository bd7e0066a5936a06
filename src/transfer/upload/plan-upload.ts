import { comparePaths } from './list-files';
import type { SourceFile } from './source-file';
import { SLOT_BYTES } from '../limits/slot-pool';

const MIB = 1024 * 1024;

/** Files up to this size go into packs: below it a request costs more than its bytes. */
export const PACK_FILE_BYTES = MIB;
export const PACK_BYTES = 16 * MIB;
export const PACK_ENTRIES = 4096;

/** A file's place in its pack. */
export interface PackEntry {
  file: SourceFile;
  offset: number;
}

/** One object to make. */
export type UploadUnit =
  | { kind: 'pack'; n: number; size: number; entries: PackEntry[] }
  | { kind: 'single'; size: number; file: SourceFile }
  | { kind: 'multipart'; size: number; partBytes: number; file: SourceFile };

/**
 * Part size of a multipart file: one slot, or whatever keeps the file within 9,000 parts (the limit is 10,000), in
 * whole MiB. A pure function of the size, so that a resumed upload cuts the file exactly as the first attempt did.
 */
export function partBytes(size: number): number {
  return Math.max(SLOT_BYTES, Math.ceil(size / 9_000 / MIB) * MIB);
}

/**
 * The packs of one replica: its small files sorted by path, back to back. A pure function of the files, so that each
 * attempt makes the same packs under the same keys.
 */
export function planPacks(files: readonly SourceFile[]): Extract<UploadUnit, { kind: 'pack' }>[] {
  const packs: Extract<UploadUnit, { kind: 'pack' }>[] = [];
  for (const file of [...files].sort((a, b) => comparePaths(a.path, b.path))) {
    let pack = packs.at(-1);
    if (pack === undefined || pack.size + file.size > PACK_BYTES || pack.entries.length >= PACK_ENTRIES) {
      pack = { kind: 'pack', n: packs.length, size: 0, entries: [] };
      packs.push(pack);
    }
    pack.entries.push({ file, offset: pack.size });
    pack.size += file.size;
  }
  return packs;
}

/** How to upload the files of one replica, in the order of work: large files and packs in turn. */
export function planUpload(files: readonly SourceFile[]): UploadUnit[] {
  const large: UploadUnit[] = files
    .filter((file) => file.size > PACK_FILE_BYTES)
    .sort((a, b) => b.size - a.size || comparePaths(a.path, b.path))
    .map((file) =>
      file.size <= SLOT_BYTES
        ? { kind: 'single', size: file.size, file }
        : { kind: 'multipart', size: file.size, partBytes: partBytes(file.size), file },
    );
  const packs = planPacks(files.filter((file) => file.size <= PACK_FILE_BYTES));
  // Alternating, so that neither a queue of small files nor one big file is left for the end.
  return Array.from({ length: Math.max(large.length, packs.length) }, (_, i) => [large[i], packs[i]])
    .flat()
    .filter((unit) => unit !== undefined);
}
