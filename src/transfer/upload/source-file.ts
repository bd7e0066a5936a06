import type { BigIntStats } from 'node:fs';
import { SourceChanged } from '../transfer-error';

/** One file of a directory, with what identifies it as unchanged. Nanoseconds and inode as decimal text. */
export interface SourceFile {
  /** Relative to the directory, with `/` as separator. */
  path: string;
  size: number;
  mtimeNs: string;
  inode: string;
  /** `0` if the file system keeps no birth time. */
  birthtimeNs: string;
}

export function sourceFile(path: string, stat: BigIntStats): SourceFile {
  return {
    path,
    size: Number(stat.size),
    mtimeNs: stat.mtimeNs.toString(),
    inode: stat.ino.toString(),
    birthtimeNs: stat.birthtimeNs.toString(),
  };
}

/**
 * Fails with `SourceChanged` unless the file is still the one that was listed. Its ctime is ignored: a hard link made
 * or removed by the next snapshot changes it.
 */
export function assertUnchanged(listed: SourceFile, stat: BigIntStats): void {
  const now = sourceFile(listed.path, stat);
  for (const field of ['size', 'mtimeNs', 'inode'] as const) {
    if (now[field] !== listed[field]) {
      throw new SourceChanged(listed.path, `its ${field} was ${listed[field]} and is ${now[field]}`);
    }
  }
}
