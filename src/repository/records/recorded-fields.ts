import { z } from 'zod';

/**
 * Fields of records in the bucket. Anyone who may create objects there can write a record, so each field accepts only
 * what Kalpa itself would have written: ids are hex, paths and keys stay below their root.
 */

/** Bytes, files, lines. */
export const count = z.int().nonnegative();

export const sha256 = z.string().regex(/^[0-9a-f]{64}$/, 'no SHA-256 in hex');

/** A tablet's id, as the masters list it. */
export const tabletId = z.string().regex(/^[0-9a-f]{32}$/, 'not a tablet id (32 hex digits)');

/** A tserver's permanent uuid, as the masters list it. */
export const tserverUuid = z.string().regex(/^[0-9a-f]{32}$/, "not a tserver's uuid (32 hex digits)");

/** A table's id; that of a colocation parent has a suffix. */
export const tableId = z
  .string()
  .regex(/^[0-9a-f]{32}(\.(colocated|tablegroup|colocation)\.parent\.uuid)?$/, 'not a table id (32 hex digits)');

/** The id of a transactional snapshot. */
export const snapshotId = z
  .string()
  .regex(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/, 'not a snapshot id (a UUID in lower case)');

/**
 * A part between two slashes: nothing that a file system would resolve, nor control characters that a terminal would
 * act on.
 */
const isPlainPart = (part: string): boolean =>
  part !== '.' &&
  part !== '..' &&
  (USUAL.test(part) || (part !== '' && Buffer.byteLength(part) <= 255 && !/[\p{Cc}\\]/u.test(part)));

/** Nearly every part there is; file lists have millions. */
const USUAL = /^[\w.%-]{1,255}$/;

/** Most parts of a path in a snapshot directory; the deepest known has two (`intents/CURRENT`). */
const MAX_DEPTH = 8;

/** A path in a snapshot directory, as it was listed there. */
export const pathInSnapshot = z
  .string()
  .refine(
    (path) => path.split('/').length <= MAX_DEPTH && path.split('/').every(isPlainPart),
    'not a path inside a snapshot directory',
  );

const keyUnder = (folder: string, message: string) =>
  z.string().refine((key) => {
    const parts = key.split('/');
    return key.length <= 1024 && parts.length > 2 && parts[0] === folder && parts.every(isPlainPart);
  }, message);

/** A key relative to the cluster's prefix, in the folder of a backup. */
export const keyOfBackup = keyUnder('backups', 'not a key of a backup');

/** A key relative to the cluster's prefix, in the folder of a logical dump. */
export const keyOfDump = keyUnder('dumps', 'not a key of a dump');
