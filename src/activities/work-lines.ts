import { z } from 'zod';
import { count, pathInSnapshot, segmentRef, sha256, tabletId } from '../repository';

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

/** A file list of an earlier backup that speaks of tablets of a batch; its key is complete. */
export const knownListLine = segmentRef.extend({
  key: z.string(),
  /** Keys of objects that are known to be missing or damaged; it stands in the first line alone. */
  bad: z.array(z.string()).optional(),
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
});
export type PlaceLine = z.output<typeof placeLine>;
