import { z } from 'zod';
import { count, objectLock, pathInSnapshot, segmentRef, sha256, tabletId } from '../repository';

/** Lines of the work lists in the bucket. */

/** A tablet of the exported snapshot: one of the set that a backup must cover. */
export const tabletLine = z.object({
  tablet: tabletId,
  /** Tables that it holds; several when colocated. */
  tables: z.array(z.string()),
  partition: z.object({ start: z.string(), end: z.string() }),
});
export type TabletLine = z.output<typeof tabletLine>;

/** What one node has of a snapshot. */
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

/** A replica that could not be copied. For a batch that was never begun its own list serves, without reasons. */
export const missedLine = copyLine.extend({ reason: z.string().optional() });

/** The new place of a file that was fetched again. */
export const otherPlace = z.object({
  object: z.string(),
  etag: z.string(),
  versionId: z.string().optional(),
  offset: count.optional(),
});

/** A file list of an earlier backup that mentions tablets of a batch; its key is complete. */
export const knownListLine = segmentRef.extend({
  key: z.string(),
  /** Keys of objects known to be missing or damaged; only in the first line. */
  bad: z.array(z.string()).optional(),
  /** New places of files of these lists that were fetched again, by digest; only in the first line. */
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
  /** Why the figure may differ from that of the snapshot. */
  approximate: z.string().optional(),
  /** For a table that was only listed: identifies its storage. */
  storage: z.string().optional(),
});
export type FingerprintLine = z.output<typeof fingerprintLine>;

/** What has been written to one tablet replica up to a moment. */
export const writesLine = z.object({ tserver: z.string(), tablet: tabletId, written: z.number(), open: z.number() });
export type WritesLine = z.output<typeof writesLine>;

/** Which new tablet replaces which old one. */
export const tabletMapLine = z.object({ oldTablet: tabletId, newTablet: tabletId });
export type TabletMapLine = z.output<typeof tabletMapLine>;

/** A file that is missing or damaged in the bucket, and may still be on a node unchanged. */
export const repairLine = z.object({
  /** Of the file in the file lists. */
  digest: z.string(),
  /** The backup that owns the object. */
  owner: z.string(),
  /** Where it was first written. */
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

/** The outcome for such a file: its new place, or why it can't be fetched. Keys are below the cluster's prefix. */
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
  /** Other places it was fetched to again from the cluster, the newest first. */
  elsewhere: z.array(otherPlace).optional(),
});
export type PlaceLine = z.output<typeof placeLine>;
