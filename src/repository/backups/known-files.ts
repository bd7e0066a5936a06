import type { SourceFile } from '../../transfer';
import { given } from '../../objects/given';
import type { SegmentLine } from './manifest-schema';

/**
 * A file of at most this size is read to find out whether it is the known one, where its inode is another: each
 * snapshot copies MANIFEST and CURRENT anew.
 */
export const READ_TO_COMPARE_BYTES = 1024 * 1024;

/**
 * From here on a pack is worth referring to: what is used of it. Below, the reference would keep more dead bytes in the
 * bucket than an upload costs.
 */
export const USED_SHARE_OF_PACK = 1 / 2;

/** RocksDB never writes to these again, whatever becomes of them. */
const IMMUTABLE = /(^|\/)\d+\.sst(\.sblock\.\d+)?$/;

/** Of a replica's files: what stands in the bucket already, and what is to be uploaded. */
export interface ChosenFiles {
  /** To be referred to: the lines of this backup. */
  reused: SegmentLine[];
  upload: SourceFile[];
  /** Known ones whose object is there no more, or is another one: they are uploaded. */
  gone: SegmentLine[];
}

export interface FilesToChoose {
  /** As they were listed on disk. */
  files: readonly SourceFile[];
  /** The same replica's files in an earlier backup, by path. */
  known: ReadonlyMap<string, SegmentLine>;
  /** Size and ETag of an object that is there. */
  objectOf: (key: string) => { size: number; etag: string } | undefined;
  /** SHA-256 of a small file's bytes. */
  hashOf: (file: SourceFile) => Promise<string>;
  /** The backup that an object belongs to. */
  ownerOf: (key: string) => string;
}

/**
 * A file is known when it is the very file that was copied: never by its name and size alone, never by its ctime, which
 * the hard links of snapshots change. Where the file system keeps no birth time, an inode may have been used again, so
 * only small files are compared, by content.
 */
export async function chooseFiles({ files, known, objectOf, hashOf, ownerOf }: FilesToChoose): Promise<ChosenFiles> {
  const chosen: ChosenFiles = { reused: [], upload: [], gone: [] };
  const used = new Map<string, number>();
  const candidates: { file: SourceFile; line: SegmentLine }[] = [];
  for (const file of files) {
    const line = known.get(file.path);
    if (line === undefined || !(await isKnown(file, line, hashOf))) chosen.upload.push(file);
    else if (isThere(line, objectOf(line.object))) {
      candidates.push({ file, line });
      used.set(line.object, (used.get(line.object) ?? 0) + line.size);
    } else {
      chosen.gone.push(line);
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

/** The file as it is now, and where its bytes stand. */
function reference(file: SourceFile, line: SegmentLine, owner: string): SegmentLine {
  const { tablet, table, peer, sha256, crc32, object, etag, versionId, offset, lockedUntil } = line;
  return {
    ...{ tablet, table, peer, ...file, sha256, crc32, object, etag },
    ...given({ versionId, offset, lockedUntil }),
    backup: owner,
  };
}
