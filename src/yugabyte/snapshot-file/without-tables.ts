import protobuf from 'protobufjs';
import { SnapshotFileInvalid } from '../errors';
import { readContainer, writeContainer } from './container';
import { ROW, schemaOf, SNAPSHOT_TYPE, tabletOf, type BackupRow } from './decode-snapshot-file';

const LENGTH_DELIMITED = 2;

/**
 * An exported snapshot file without the rows of these tables (ids) and of their tablets. Every other byte of the message stays as the
 * master wrote it, fields of newer releases too. The tablet of a colocation group stays with the group.
 * Fails with `SnapshotFileInvalid`.
 */
export function withoutTables(bytes: Uint8Array, ids: ReadonlySet<string>): Buffer {
  const { header, message } = readContainer(bytes);
  const root = schemaOf(header);
  const rows = root.lookupType(SNAPSHOT_TYPE).fields['backup_entries']?.resolve();
  if (!(rows?.resolvedType instanceof protobuf.Type)) throw new SnapshotFileInvalid('its schema has no rows');
  const { id, resolvedType } = rows;
  const kept: Uint8Array[] = [];
  const reader = protobuf.Reader.create(message);
  while (reader.pos < reader.len) {
    const start = reader.pos;
    const tag = reader.uint32();
    if (tag >>> 3 === id && (tag & 7) === LENGTH_DELIMITED) {
      const row = resolvedType.toObject(resolvedType.decode(reader.bytes()), { longs: String }) as BackupRow;
      if (belongsTo(root, row, ids)) continue;
    } else reader.skipType(tag & 7);
    kept.push(message.subarray(start, reader.pos));
  }
  return writeContainer({ header, message: Buffer.concat(kept) });
}

function belongsTo(root: protobuf.Root, row: BackupRow, ids: ReadonlySet<string>): boolean {
  if (row.entry?.type === ROW.TABLE) return ids.has(row.entry.id ?? '');
  if (row.entry?.type !== ROW.TABLET) return false;
  return tabletOf(root, row).tableIds.every((table) => ids.has(table));
}
