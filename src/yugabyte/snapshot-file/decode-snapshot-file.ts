import { z } from 'zod';
import { SnapshotFileInvalid } from '../errors';
import { microsOfHybridTime, type Micros } from '../micros';
import { readContainer } from './container';
import {
  backupRow,
  bytes,
  dataOf,
  idOf,
  ROW,
  tableOf,
  tabletOf,
  text,
  words,
  type SnapshotTable,
  type SnapshotTablet,
} from './rows';
import { decode, schemaOf, SNAPSHOT_TYPE } from './self-described';

export interface SnapshotFile {
  /** Dashed UUID. */
  snapshotId: string;
  snapshotMicros: Micros;
  /** The same moment with its logical counter, decimal. */
  hybridTime: string;
  formatVersion: number;
  /** After this many hours the cluster deletes it automatically; absent: no limit, or unknown. */
  retentionHours?: number;
  database: { id: string; name: string; colocated: boolean };
  tables: SnapshotTable[];
  /** The exact set of tablets that the snapshot covers, each one once. */
  tablets: SnapshotTablet[];
}

const READABLE_FORMATS = new Set([2, 3]);

const snapshotInfo = z.object({
  id: bytes.optional(),
  entry: z
    .object({
      snapshot_hybrid_time: z
        .string()
        .regex(/^\d{1,20}$/, 'no hybrid time')
        .optional(),
      retention_duration_hours: z.number().optional(),
    })
    .optional(),
  format_version: z.union([z.string(), z.number()]).optional(),
  backup_entries: z.array(backupRow).optional(),
});

const sysNamespace = z.object({ name: words.optional(), colocated: z.boolean().optional() });

/**
 * Parses a file written by `yb-admin export_snapshot`. The file contains its own schema, so fields of newer releases do
 * no harm. Fails with `SnapshotFileInvalid` for anything damaged or unknown.
 */
export function decodeSnapshotFile(content: Uint8Array): SnapshotFile {
  const { header, message } = readContainer(content);
  const root = schemaOf(header);
  const info = decode(root, SNAPSHOT_TYPE, snapshotInfo, message);
  const formatVersion = Number(info.format_version ?? 1);
  if (!READABLE_FORMATS.has(formatVersion))
    throw new SnapshotFileInvalid(`its format is ${formatVersion}, and only 2 and 3 are known`);
  const hybridTime = info.entry?.snapshot_hybrid_time;
  if (hybridTime === undefined || info.id?.length !== 16)
    throw new SnapshotFileInvalid('it names no snapshot or no time');

  const retentionHours = info.entry?.retention_duration_hours;
  const rows = info.backup_entries ?? [];
  const namespaces = rows.filter(({ entry }) => entry?.type === ROW.NAMESPACE);
  const [namespace] = namespaces;
  if (!namespace || namespaces.length > 1)
    throw new SnapshotFileInvalid(`it covers ${namespaces.length} databases instead of one`);
  const { name, colocated } = decode(root, 'yb.master.SysNamespaceEntryPB', sysNamespace, dataOf(namespace));
  return {
    snapshotId: dashed(info.id),
    snapshotMicros: microsOfHybridTime(BigInt(hybridTime)),
    hybridTime,
    formatVersion,
    ...(retentionHours !== undefined && retentionHours > 0 ? { retentionHours } : {}),
    database: { id: idOf(namespace), name: text(name), colocated: colocated ?? false },
    tables: uniqueById(rows.filter(({ entry }) => entry?.type === ROW.TABLE).map((row) => tableOf(root, row))),
    tablets: uniqueById(rows.filter(({ entry }) => entry?.type === ROW.TABLET).map((row) => tabletOf(root, row))),
  };
}

function dashed(id: Uint8Array): string {
  return Buffer.from(id)
    .toString('hex')
    .replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

/** Old masters repeated a colocation group's tablet for each of its tables. */
function uniqueById<T extends { id: string }>(rows: T[]): T[] {
  return [...new Map(rows.map((row) => [row.id, row])).values()];
}
