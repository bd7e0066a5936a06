import type { SourceFile } from '../../transfer';
import { given } from '../../objects/given';
import type { SegmentLine } from './manifest-schema';

/**
 * A file of at most this size is read to find out whether it is unchanged although its inode is not: each snapshot
 * makes fresh copies of MANIFEST and CURRENT.
 */
export const READ_TO_COMPARE_BYTES = 1024 * 1024;

/**
 * The share of a pack that must still be in use for a reference to it to pay off. Below that, referring to the pack
 * would keep more dead bytes in the bucket than uploading its used files again costs.
 */
export const USED_SHARE_OF_PACK = 1 / 2;

/** RocksDB never modifies these after they are written. */
const IMMUTABLE = /(^|\/)\d+\.sst(\.sblock\.\d+)?$/;

/** A replica's files: those already in the bucket, and those to be uploaded. */
export interface ChosenFiles {
  /** Files to refer to, as lines of this backup. */
  reused: SegmentLine[];
  upload: SourceFile[];
  /** Known files whose object is gone or was replaced: they are uploaded. */
  missing: SegmentLine[];
}

export interface FilesToChoose {
  /** As listed on disk. */
  files: readonly SourceFile[];
  /** The same replica's files in an earlier backup, by path. */
  known: ReadonlyMap<string, SegmentLine>;
  /** Size and ETag of an object, if it exists. */
  objectOf: (key: string) => { size: number; etag: string } | undefined;
  /** SHA-256 of a small file's bytes. */
  hashOf: (file: SourceFile) => Promise<string>;
  /** The backup that an object belongs to. */
  ownerOf: (key: string) => string;
}

/**
 * A file is known if it is the very file that was copied: never judged by name and size alone, and never by its ctime,
 * which the hard links of snapshots change. If the file system keeps no birth time, an inode may have been reused, so
 * only small files are compared, by content.
 */
export async function chooseFiles({ files, known, objectOf, hashOf, ownerOf }: FilesToChoose): Promise<ChosenFiles> {
  const chosen: ChosenFiles = { reused: [], upload: [], missing: [] };
  const used = new Map<string, number>();
  const candidates: { file: SourceFile; line: SegmentLine }[] = [];
  for (const file of files) {
    const line = known.get(file.path);
    if (line === undefined || !(await isKnown(file, line, hashOf))) chosen.upload.push(file);
    else if (isThere(line, objectOf(line.object))) {
      candidates.push({ file, line });
      used.set(line.object, (used.get(line.object) ?? 0) + line.size);
    } else {
      chosen.missing.push(line);
      chosen.upload.push(file);
    }
  }
  for (const { file, line } of candidates) {
    const size = objectOf(line.object)?.size ?? 0;
    if (line.offset !== undefined && (used.get(line.object) ?? 0) < size * USED_SHARE_OF_PACK) chosen.upload.push(file);
    else
      chosen.reused.push({
        ...reference(file, line, ownerOf(line.object)),
        ...given({ packBytes: line.offset === undefined ? undefined : size }),
      });
  }
  return chosen;
}

async function isKnown(
  file: SourceFile,
  line: SegmentLine,
  hashOf: (file: SourceFile) => Promise<string>,
): Promise<boolean> {
  if (file.size !== line.size) return false;
  const same =
    file.birthtimeNs !== '0' &&
    file.birthtimeNs === line.birthtimeNs &&
    file.mtimeNs === line.mtimeNs &&
    file.inode === line.inode &&
    IMMUTABLE.test(file.path);
  return same || (file.size <= READ_TO_COMPARE_BYTES && (await hashOf(file)) === line.sha256);
}

function isThere(line: SegmentLine, object: { size: number; etag: string } | undefined): boolean {
  if (object === undefined || plain(object.etag) !== plain(line.etag)) return false;
  return line.offset === undefined ? object.size === line.size : object.size >= line.offset + line.size;
}

/** Some stores list ETags without their quotes. */
const plain = (etag: string): string => etag.replaceAll('"', '');

/** The file as it is now, and where its bytes are stored. */
function reference(file: SourceFile, line: SegmentLine, owner: string): SegmentLine {
  const { tablet, table, peer, sha256, crc32, object, etag, versionId, offset } = line;
  const { lockedUntil, lockMode } = line;
  return {
    ...{ tablet, table, peer, ...file, sha256, crc32, object, etag },
    ...given({ versionId, offset, lockedUntil, lockMode }),
    backup: owner,
  };
}
