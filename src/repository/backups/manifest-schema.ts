import { z } from 'zod';
import {
  count,
  keyOfBackup,
  pathInSnapshot,
  sha256,
  snapshotId,
  tableId,
  tabletId,
  tserverUuid,
} from '../records/recorded-fields';
import { FORMAT, objectLock } from '../records/record-schemas';
import { parseBackupId } from './backup-id';

/** A segment (file list), as the header names it. */
export const segmentRef = z.looseObject({
  key: keyOfBackup,
  sha256,
  /** Bytes of the segment object itself. */
  size: count,
  /** Lines: the files that it describes. */
  files: count,
  /** Total bytes of those files. */
  bytes: count,
});
export type SegmentRef = z.output<typeof segmentRef>;

/** Kinds of artefacts, and how their objects are named. */
export const ARTEFACTS = {
  schema: { name: 'schema', extension: 'sql.gz', compressed: true },
  cqlSchema: { name: 'schema', extension: 'cql.gz', compressed: true },
  sequences: { name: 'sequences', extension: 'ndjson.gz', compressed: true },
  roles: { name: 'roles', extension: 'sql.gz', compressed: true },
  snapshot: { name: 'snapshot', extension: 'pb', compressed: false },
  tables: { name: 'tables', extension: 'ndjson.gz', compressed: true },
  tablets: { name: 'tablets', extension: 'ndjson.gz', compressed: true },
} as const;
export type ArtefactKind = keyof typeof ARTEFACTS;

/** Artefacts that continue the manifest of a large database: what it would otherwise name itself, one a line. */
export const LISTS = ['tables', 'tablets'] as const satisfies readonly ArtefactKind[];
export type ListKind = (typeof LISTS)[number];

/** What a restore needs besides tablet files. */
export const artefactRef = z.looseObject({
  kind: z.enum(Object.keys(ARTEFACTS) as [ArtefactKind, ...ArtefactKind[]]),
  key: keyOfBackup,
  sha256,
  /** Bytes of the object. */
  size: count,
  /** Bytes of its content before compression. */
  contentBytes: count.optional(),
  /** Lines, for a list. */
  count: count.optional(),
});
export type ArtefactRef = z.output<typeof artefactRef>;

export const tableEntry = z.looseObject({
  id: tableId,
  name: z.string(),
  /** Schema of a YSQL table. */
  schema: z.string().optional(),
  kind: z.string().optional(),
  /** For an index: the id of its table. */
  indexedTable: tableId.optional(),
  /** Number of tablets. */
  partitions: count,
  rows: count.optional(),
  fingerprint: z.string().optional(),
  /** Why rows and fingerprint may not be those of the snapshot: a restore that differs from them may still be right. */
  approximate: z.string().optional(),
  /** Why there is no row count. */
  notCounted: z.string().optional(),
});

export const tabletEntry = z.looseObject({
  id: tabletId,
  table: tableId,
  /** The replica that was copied: uuid of its tserver. */
  peer: tserverUuid,
  /** Bounds in hex; empty: unbounded. */
  partition: z.object({ start: z.string(), end: z.string() }),
  /** Which of `segments` lists its files, from 0. Absent: unknown, so no later backup refers to them. */
  list: count.optional(),
});

const reference = z.looseObject({
  backupId: z.string().refine((id) => parseBackupId(id) !== undefined, 'no backup id'),
  files: count,
  bytes: count,
  /** Bytes of its packs that are kept without being used: a pack is kept or removed as a whole. Absent: none. */
  unusedBytes: count.optional(),
});

/** The commit: a small header that names, with hashes, everything that a backup consists of. */
export const manifestHeader = z.looseObject({
  format: z.literal(FORMAT),
  backupId: z.string(),
  cluster: z.string(),
  universeId: z.string(),
  database: z.string(),
  startedAt: z.string(),
  label: z.string().optional(),
  keepFor: z.string().optional(),
  yugabyteVersion: z.string(),
  dialect: z.string(),
  kalpaVersion: z.string(),
  replicationFactor: count,
  /** The universe key that the files are encrypted with; absent: they are not encrypted. */
  encryptionKeyId: z.string().optional(),
  /** RFC 3339 UTC with microseconds: the moment that a plain restore returns to. */
  recoveryPoint: z.string().regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/, 'no UTC instant with microseconds'),
  /** Microseconds since 1970, 16 digits. */
  hybridTime: z.string().regex(/^\d{16}$/, 'no 16-digit microseconds'),
  snapshotId,
  catalogVersion: z.union([z.string(), count]).optional(),
  history: z.looseObject({ from: z.string(), to: z.string(), because: z.string() }).optional(),
  tables: z.array(tableEntry),
  invalidIndexes: z.array(z.string()),
  tablets: z.array(tabletEntry),
  roles: z.array(z.string()),
  /** Those that appear as constants in definitions, which no option leaves out. */
  roleConstants: z.array(z.string()).optional(),
  tablespaces: z.array(z.string()),
  extensions: z.array(z.looseObject({ name: z.string(), version: z.string().optional() })),
  segments: z.array(segmentRef),
  artefacts: z.array(artefactRef),
  totals: z.looseObject({
    tables: count,
    tablets: count,
    files: count,
    bytes: count,
    uploadedBytes: count,
    reusedBytes: count,
  }),
  /** Backups whose objects this one needs, and how much of each: files and bytes. */
  refersTo: z.array(reference),
  /** `lock`: of everything that this backup has written; what it refers to is locked at least as long. */
  store: z.looseObject({ versioned: z.boolean(), objectLock: z.boolean(), lock: objectLock.optional() }),
});
export type ManifestHeader = z.output<typeof manifestHeader>;

/** A manifest as it is stored: tables and tablets are missing where they are in artefacts. */
export const headerWithoutLists = manifestHeader.partial({ tables: true, tablets: true });
export type HeaderWithoutLists = z.output<typeof headerWithoutLists>;

/** One file of a backup. Keys of format 1, in this order in every line. */
export const segmentLine = z.looseObject({
  tablet: tabletId,
  table: tableId,
  peer: tserverUuid,
  path: pathInSnapshot,
  size: count,
  mtimeNs: z.string(),
  inode: z.string(),
  birthtimeNs: z.string(),
  sha256,
  crc32: z.string(),
  object: keyOfBackup,
  etag: z.string(),
  versionId: z.string().optional(),
  offset: count.optional(),
  /** Until when, at least, the store refuses to delete the object, if it is locked. */
  lockedUntil: z.string().optional(),
  /** How it is locked; absent: in governance mode. */
  lockMode: z.literal('compliance').optional(),
  /** The backup that owns the object, if it is an earlier one. */
  backup: z.string().optional(),
  /** Size of the object, if it is a pack. */
  packBytes: count.optional(),
});
export type SegmentLine = z.output<typeof segmentLine>;
