import type { CqlTable } from '../cql/catalog/definition';
import type { UserType } from '../cql/values/types';
import type { SnapshotState, TableState } from '../state';
import { readContainer, writeContainer } from '../protobuf-container';
import { has, type Release } from '../releases';
import { SCHEMA_ROOT, SNAPSHOT_INFO } from './snapshot-schema';

const ROW = { TABLE: 1, TABLET: 2, NAMESPACE: 4, UDTYPE: 5 } as const;
const STATE = { CREATING: 1, COMPLETE: 2, DELETING: 3, DELETED: 4, FAILED: 5 } as const;
const RUNNING = { table: 2, tablet: 2, namespace: 3 } as const;
const PGSQL = { database: 3, table: 4, hashSchema: 3 } as const;
const YCQL = { database: 2, table: 2, hashSchema: 1 } as const;
const apiOf = ({ ycql }: Pick<SnapshotState, 'ycql'>): typeof PGSQL | typeof YCQL => (ycql ? YCQL : PGSQL);
/** `DataType` for columns whose exact type is never read: STRING. */
const TEXT = 5;
/** Before the first user table, as PostgreSQL counts. */
const FIRST_USER_OID = 16384;

const encode = (type: string, value: object): Uint8Array => {
  const found = SCHEMA_ROOT.lookupType(`yb.master.${type}`);
  return found.encode(found.create(value)).finish();
};
const decode = (type: string, bytes: Uint8Array): Record<string, unknown> => {
  const found = SCHEMA_ROOT.lookupType(`yb.master.${type}`);
  return found.toObject(found.decode(bytes), { longs: String, bytes: Buffer });
};
const textOf = (value: unknown): string => (value instanceof Uint8Array ? Buffer.from(value).toString('utf8') : '');
const hexOf = (value: unknown): string =>
  value instanceof Uint8Array ? Buffer.from(value).toString('hex').toUpperCase() : '';

/** The file that `export_snapshot` writes, format 2: the namespace, then each table followed by its tablets. */
export function encodeSnapshotFile(snapshot: SnapshotState, release: Release): Buffer {
  const mapped = has(release, 'parentTableId');
  const { databaseId, databaseName } = snapshot;
  const rows = [
    {
      entry: {
        type: ROW.NAMESPACE,
        id: databaseId,
        data: encode('SysNamespaceEntryPB', {
          name: Buffer.from(databaseName),
          database_type: apiOf(snapshot).database,
          ...(snapshot.ycql ? {} : { next_normal_pg_oid: FIRST_USER_OID }),
          colocated: snapshot.colocated ?? false,
          state: RUNNING.namespace,
        }),
      },
    },
    ...typesOf(snapshot).map(({ name, fields }) => ({
      entry: {
        type: ROW.UDTYPE,
        id: hexOf(Buffer.from(`${databaseId}/${name}`))
          .toLowerCase()
          .padEnd(32, '0')
          .slice(-32),
        data: encode('SysUDTypeEntryPB', {
          namespace_id: Buffer.from(databaseId),
          name: Buffer.from(name),
          field_names: fields.map((field) => Buffer.from(field.name)),
          field_types: fields.map(() => ({ main: TEXT })),
        }),
      },
    })),
    ...parentsFirst(snapshot.tables).flatMap((table) => [
      {
        entry: { type: ROW.TABLE, id: table.id, data: tableRow(snapshot, table, mapped) },
        ...(snapshot.ycql || table.kind === 'g' ? {} : { pg_schema_name: Buffer.from(table.schema) }),
      },
      ...table.tablets.map(({ id, start, end }) => ({
        entry: {
          type: ROW.TABLET,
          id,
          data: encode('SysTabletsEntryPB', {
            state: RUNNING.tablet,
            table_id: Buffer.from(table.id),
            partition: { partition_key_start: Buffer.from(start, 'hex'), partition_key_end: Buffer.from(end, 'hex') },
            ...(mapped
              ? { hosted_tables_mapped_by_parent_id: true }
              : { table_ids: tablesIn(table, snapshot).map((id) => Buffer.from(id)) }),
            colocated: table.kind === 'g',
          }),
        },
      })),
    ]),
  ];
  return writeContainer(SCHEMA_ROOT, SNAPSHOT_INFO, {
    id: Buffer.from(snapshot.id.replaceAll('-', ''), 'hex'),
    entry: {
      state: STATE[snapshot.state],
      snapshot_hybrid_time: hybridTime(snapshot.micros),
      version: 1,
      ...(snapshot.retentionHours === undefined ? {} : { retention_duration_hours: snapshot.retentionHours }),
      imported: snapshot.imported,
    },
    format_version: 2,
    backup_entries: rows,
  });
}

const parentsFirst = (tables: readonly TableState[]): TableState[] => [
  ...tables.filter(({ kind }) => kind === 'g'),
  ...tables.filter(({ kind }) => kind !== 'g'),
];

/** Ids of the tables in a table's tablets: its own, and those that are colocated in it. */
const tablesIn = ({ id }: TableState, { tables }: SnapshotState): string[] => [
  id,
  ...tables.filter(({ colocated }) => colocated?.parentId === id).map((table) => table.id),
];

/** User-defined types that the tables need, each once. */
function typesOf({ tables }: SnapshotState): UserType[] {
  return [...new Map(tables.flatMap(({ cql }) => cql?.types ?? []).map((type) => [type.name, type])).values()];
}

function tableRow(snapshot: SnapshotState, table: TableState, namesParent: boolean): Uint8Array {
  const { databaseId, databaseName } = snapshot;
  const api = apiOf(snapshot);
  const columns = table.columns.map(({ number, name }) => ({
    id: 9 + number,
    name,
    type: { main: TEXT },
    is_key: table.key.includes(number),
    is_nullable: !table.key.includes(number),
  }));
  return encode('SysTablesEntryPB', {
    name: Buffer.from(table.name),
    version: 0,
    schema: { columns, ...(table.colocated ? { colocated_table_id: { colocation_id: table.colocated.id } } : {}) },
    state: RUNNING.table,
    next_column_id: 10 + Math.max(0, ...table.columns.map(({ number }) => number)),
    partition_schema: table.ordered || table.kind === 'g' || table.colocated ? {} : { hash_schema: api.hashSchema },
    table_type: api.table,
    namespace_id: Buffer.from(databaseId),
    namespace_name: Buffer.from(databaseName),
    colocated: table.kind === 'g' || table.colocated !== undefined,
    ...(table.colocated && namesParent ? { parent_table_id: Buffer.from(table.colocated.parentId) } : {}),
    hide_state: 0,
    is_matview: table.kind === 'm',
    ...(table.indexedTableId === undefined ? {} : { indexed_table_id: Buffer.from(table.indexedTableId) }),
    ...(table.vector
      ? {
          index_info: {
            table_id: Buffer.from(table.id),
            indexed_table_id: Buffer.from(table.indexedTableId ?? ''),
            vector_idx_options: {
              dist_type: 1,
              idx_type: 1,
              dimensions: 3,
              column_id: 11,
              id: Buffer.from(String(table.oid)),
            },
          },
        }
      : {}),
    ...(table.cql ? { emulator_definition: Buffer.from(JSON.stringify(table.cql)) } : {}),
  });
}

/** Physical microseconds in the upper 52 bits. */
function hybridTime(micros: string): { low: number; high: number; unsigned: boolean } {
  const value = BigInt(micros === '' ? 0 : micros) << 12n;
  return { low: Number(BigInt.asIntN(32, value)), high: Number(BigInt.asIntN(32, value >> 32n)), unsigned: true };
}

export interface ExportedTable {
  id: string;
  schema: string;
  name: string;
  indexedTableId?: string;
  /** Colocated, or a parent of colocated tables. */
  colocated: boolean;
  tablets: { id: string; start: string; end: string }[];
  /** Of a YCQL table. */
  definition?: CqlTable;
}

export interface ExportedSnapshot {
  id: string;
  state: string;
  micros: string;
  formatVersion: number;
  databaseId: string;
  databaseName: string;
  ycql: boolean;
  tables: ExportedTable[];
}

/** Reads an exported file. Throws `BadContainer`. */
export function decodeSnapshotFile(bytes: Buffer): ExportedSnapshot {
  const type = SCHEMA_ROOT.lookupType(SNAPSHOT_INFO);
  const info = type.toObject(readContainer(bytes, SCHEMA_ROOT, SNAPSHOT_INFO), {
    longs: String,
    bytes: Buffer,
    enums: String,
  }) as {
    id: Buffer;
    entry?: { state?: string; snapshot_hybrid_time?: string };
    format_version?: string;
    backup_entries?: { entry: { type: string; id: string; data: Buffer }; pg_schema_name?: Buffer }[];
  };
  const exported: ExportedSnapshot = {
    id: info.id.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5'),
    state: info.entry?.state ?? 'UNKNOWN',
    micros: String(BigInt(info.entry?.snapshot_hybrid_time ?? 0) >> 12n),
    formatVersion: Number(info.format_version ?? 1),
    databaseId: '',
    databaseName: '',
    ycql: false,
    tables: [],
  };
  const seen = new Set<string>();
  for (const { entry, pg_schema_name: schema } of info.backup_entries ?? []) {
    if (entry.type === 'NAMESPACE')
      Object.assign(exported, {
        databaseId: entry.id,
        databaseName: textOf(decode('SysNamespaceEntryPB', entry.data)['name']),
        ycql: decode('SysNamespaceEntryPB', entry.data)['database_type'] === YCQL.database,
      });
    if (entry.type === 'TABLE') {
      const row = decode('SysTablesEntryPB', entry.data);
      const indexed = textOf(row['indexed_table_id']);
      exported.tables.push({
        id: entry.id,
        schema: exported.ycql ? 'public' : textOf(schema),
        name: textOf(row['name']),
        ...(indexed === '' ? {} : { indexedTableId: indexed }),
        colocated: row['colocated'] === true,
        ...(row['emulator_definition'] === undefined
          ? {}
          : { definition: JSON.parse(textOf(row['emulator_definition'])) as CqlTable }),
        tablets: [],
      });
    }
    if (entry.type === 'TABLET' && !seen.has(entry.id)) {
      seen.add(entry.id);
      const row = decode('SysTabletsEntryPB', entry.data) as { table_id?: Buffer; partition?: Record<string, unknown> };
      const table = exported.tables.find(({ id }) => id === textOf(row.table_id)) ?? exported.tables.at(-1);
      table?.tablets.push({
        id: entry.id,
        start: hexOf(row.partition?.['partition_key_start']),
        end: hexOf(row.partition?.['partition_key_end']),
      });
    }
  }
  return exported;
}
