import { z } from 'zod';
import { count, objectLock, pathInSnapshot, segmentRef, sha256, tabletId } from '../repository';

/** Lines of the work lists in the bucket. */

/** A tablet of the exported snapshot: the set that a backup must cover. */
export const tabletLine = z.object({
  tablet: tabletId,
  /** Tables that it holds; several when colocated. */
  tables: z.array(z.string()),
  partition: z.object({ start: z.string(), end: z.string() }),
});
export type TabletLine = z.output<typeof tabletLine>;

/** What one node holds of a snapshot. */
export const replicaLine = z.object({
  tablet: tabletId,
  /** Id in the directory's name: the parent's for a colocated tablet. */
  table: z.string(),
  files: z.number(),
  bytes: z.number(),
  leader: z.boolean(),
  /** Why this replica can't be copied. */
  problem: z.string().optional(),
});
export type ReplicaLine = z.output<typeof replicaLine>;

/** A tablet replica to copy. */
export const copyLine = z.object({ tablet: tabletId });
export type CopyLine = z.output<typeof copyLine>;

/** A replica that could not be copied. A batch that was not begun is its own list, without reasons. */
export const missedLine = copyLine.extend({ reason: z.string().optional() });

/** Where a file stands that was fetched anew. */
export const otherPlace = z.object({
  object: z.string(),
  etag: z.string(),
  versionId: z.string().optional(),
  offset: count.optional(),
});

/** A file list of an earlier backup that speaks of tablets of a batch; its key is complete. */
export const knownListLine = segmentRef.extend({
  key: z.string(),
  /** Keys of objects that are known to be missing or damaged; it stands in the first line alone. */
  bad: z.array(z.string()).optional(),
  /** Where files of these lists stand that were fetched anew, by digest; in the first line alone, too. */
  repaired: z.array(otherPlace.extend({ digest: z.string() })).optional(),
});
export type KnownListLine = z.output<typeof knownListLine>;

/** Row count or digest of one table. */
export const fingerprintLine = z.object({
  schema: z.string(),
  name: z.string(),
  rows: z.number().optional(),
  /** Order-independent digest of all rows. */
  digest: z.string().optional(),
  notCounted: z.string().optional(),
  /** Why the figure may be another one than that of the snapshot. */
  approximate: z.string().optional(),
  /** Of a table that was only listed: names its storage. */
  storage: z.string().optional(),
});
export type FingerprintLine = z.output<typeof fingerprintLine>;

/** What was written to one tablet replica until a moment. */
export const writesLine = z.object({ tserver: z.string(), tablet: tabletId, written: z.number(), open: z.number() });
export type WritesLine = z.output<typeof writesLine>;

/** Which new tablet stands for which old one. */
export const tabletMapLine = z.object({ oldTablet: tabletId, newTablet: tabletId });
export type TabletMapLine = z.output<typeof tabletMapLine>;

/** A file that is missing or damaged in the bucket, and may still stand on a node as the very same. */
export const repairLine = z.object({
  /** Of the file as the file lists name it. */
  digest: z.string(),
  /** Of the backup whose object it is. */
  owner: z.string(),
  /** Where it was written. */
  object: z.string(),
  offset: count.optional(),
  tablet: tabletId,
  path: pathInSnapshot,
  size: count,
  mtimeNs: z.string(),
  inode: z.string(),
  birthtimeNs: z.string(),
  sha256,
  /** How what is fetched of it is locked. */
  lock: objectLock.optional(),
});
export type RepairLine = z.output<typeof repairLine>;

/** What became of it: where it stands now, or why it can't be fetched. Keys are below the cluster's prefix. */
export const repairOutcome = z.object({
  digest: z.string(),
  repaired: otherPlace.extend({ size: count, objectBytes: count }).optional(),
  reason: z.string().optional(),
});
export type RepairOutcome = z.output<typeof repairOutcome>;

/** A file to place under a new tablet. */
export const placeLine = z.object({
  tablet: tabletId,
  path: pathInSnapshot,
  size: count,
  sha256,
  object: z.string(),
  etag: z.string(),
  versionId: z.string().optional(),
  /** Where it begins in its pack. */
  offset: count.optional(),
  /** Where it stands, too, since it was fetched anew from the cluster; the newest first. */
  elsewhere: z.array(otherPlace).optional(),
});
export type PlaceLine = z.output<typeof placeLine>;
