import protobuf from 'protobufjs';
import { SnapshotFileInvalid } from '../errors';
import { readContainer, writeContainer } from './container';
import { backupRow, ROW, tabletOf, text, type BackupRow } from './rows';
import { decode, schemaOf, SNAPSHOT_TYPE } from './self-described';

const LENGTH_DELIMITED = 2;

/**
 * An exported snapshot file without the rows of the given tables (ids) and their tablets. Every other byte of the
 * message stays as the master wrote it, including fields of newer releases. The tablet of a colocation group is kept
 * with the group. Fails with `SnapshotFileInvalid`.
 */
export function withoutTables(bytes: Uint8Array, ids: ReadonlySet<string>): Buffer {
  const { header, message } = readContainer(bytes);
  const root = schemaOf(header);
  const kept = fieldsOf(root, message).filter(({ row }) => row === undefined || !belongsTo(root, row, ids));
  return writeContainer({ header, message: Buffer.concat(kept.map(({ field }) => field)) });
}

/** The fields of the message in their order, those of `backup_entries` with their parsed contents. */
function fieldsOf(root: protobuf.Root, message: Uint8Array): { field: Uint8Array; row?: BackupRow }[] {
  const entries = root.lookupType(SNAPSHOT_TYPE).fields['backup_entries'];
  if (!entries?.resolvedType) throw new SnapshotFileInvalid('its schema has no rows');
  const type = entries.resolvedType.fullName;
  const reader = protobuf.Reader.create(message);
  const fields = [];
  while (reader.pos < reader.len) {
    const start = reader.pos;
    try {
      const tag = reader.uint32();
      const bytes = tag === ((entries.id << 3) | LENGTH_DELIMITED) ? reader.bytes() : undefined;
      if (!bytes) reader.skipType(tag & 7);
      const field = message.subarray(start, reader.pos);
      fields.push(bytes ? { field, row: decode(root, type, backupRow, bytes) } : { field });
    } catch (error) {
      if (error instanceof SnapshotFileInvalid) throw error;
      throw new SnapshotFileInvalid(`its message ends inside the field at byte ${start}`);
    }
  }
  return fields;
}

function belongsTo(root: protobuf.Root, row: BackupRow, ids: ReadonlySet<string>): boolean {
  if (row.entry?.type === ROW.TABLE) return ids.has(text(row.entry.id));
  if (row.entry?.type !== ROW.TABLET) return false;
  return tabletOf(root, row).tableIds.every((table) => ids.has(table));
}
