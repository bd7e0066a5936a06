import { BadContainer } from '../protobuf-container';
import {
  decodeSnapshotFile,
  encodeSnapshotFile,
  type ExportedSnapshot,
  type ExportedTable,
} from '../snapshots/snapshot-file';
import { tableIdOf } from '../journal/journal';
import type { Cluster } from '../cluster';
import { withDatabase } from '../postgres/connect';
import { hexId, type DatabaseState, type SnapshotState, type TableState } from '../state';
import { importKeyspace, namesOf, type NewNames } from './import-keyspace';
import {
  can,
  lines,
  MASTER,
  shownName,
  snapshotOf,
  StatusError,
  wrongArguments,
  type Call,
  type Command,
} from './command';
import { row, uuidCell } from './texts';

/** The catalog table that schemas of tables are read from. */
const PG_CLASS = 1259;

export const exportSnapshot: Command = {
  usage: '<snapshot_id> <file_name>',
  count: [2, 2],
  run: async ({ cluster, args: [id = '', path = ''] }) => {
    const known = await exportable(cluster, snapshotOf(cluster, id));
    const snapshot = cluster.faults.strike('snapshot-holds-split-parent') ? withSplitChild(known) : known;
    const words = can(cluster, 'metadataOneWord') ? 'metadata' : 'meta data';
    const answer = lines(
      `Exporting snapshot ${id} (${snapshot.state}) to file ${path}`,
      `Snapshot ${words} was saved into file: ${path}`,
    );
    return { ...answer, file: encodeSnapshotFile(snapshot, cluster.options.dialect) };
  },
};

/**
 * The tables of a snapshot that can be exported: the master asks the YSQL catalog for the schema of each table
 * (`RepackSnapshotsForBackup`, catalog_manager_ext.cc). That of a dropped database is gone, whatever the release.
 */
async function exportable(cluster: Cluster, snapshot: SnapshotState): Promise<SnapshotState> {
  if (snapshot.ycql) return snapshot;
  await cluster.databases.refresh();
  const database = cluster.state.databases.find(({ oid }) => oid === snapshot.databaseOid);
  if (!database)
    throw new StatusError(
      'Not found',
      'yb/tablet/tablet_metadata.cc:150',
      `Table <unknown_table_name> (${tableIdOf(snapshot.databaseOid, PG_CLASS)}) not found in Raft group ${'0'.repeat(32)}`,
    );
  if (can(cluster, 'exportsAsOfSnapshot')) return snapshot;
  const oids = snapshot.tables.filter(({ kind }) => kind !== 'g').map(({ oid }) => oid);
  const there = await withDatabase(cluster.options.postgres, database.name, async (client) => {
    const { rows } = await client.query<{ oid: string }>('SELECT oid::text FROM pg_class WHERE oid = ANY ($1::oid[])', [
      oids,
    ]);
    return new Set(rows.map(({ oid }) => Number(oid)));
  });
  const dropped = oids.find((oid) => !there.has(oid));
  if (dropped === undefined) return snapshot;
  if (!can(cluster, 'exportSkipsDropped'))
    throw new StatusError(
      'Not found',
      'yb/master/catalog_manager.cc:5790',
      `Not found or invalid relnamespace oid for table oid ${dropped}`,
    );
  return { ...snapshot, tables: snapshot.tables.filter(({ kind, oid }) => kind === 'g' || there.has(oid)) };
}

/** The first tablet of its first table is listed together with one of the tablets that it was split into. */
function withSplitChild(snapshot: SnapshotState): SnapshotState {
  const tables = structuredClone(snapshot.tables);
  const [parent] = tables[0]?.tablets ?? [];
  if (parent) tables[0]?.tablets.push({ ...parent, id: hexId(), end: '0100' });
  return { ...snapshot, tables };
}

export const importSnapshot: Command = {
  usage: '<file_name> [<namespace> <table_name> [<table_name>]...]',
  count: [1, 99],
  run: async (call) => {
    const [, namespace, ...names] = call.args;
    return await importExported(call, readExported(call), { namespace, names });
  },
};

/** The named tables with their indexes, under their own names. */
export const importSnapshotSelective: Command = {
  usage: '<file_name> [<namespace> <table_name> [<table_name>]...]',
  count: [1, 99],
  run: async (call) => {
    const exported = readExported(call);
    const [, namespace, ...names] = call.args;
    if (!exported.ycql) throw wrongArguments('Selective restore is supported only for YCQL keyspaces');
    const missing = names.find((name) => !exported.tables.some((table) => table.name === name));
    if (missing !== undefined)
      throw new StatusError(
        'Invalid argument',
        'yb/master/catalog_manager_ext.cc:1755',
        `Table ${missing} not found in backup`,
      );
    const chosen = exported.tables.filter(({ name }) => names.length === 0 || names.includes(name));
    const ids = new Set(chosen.map(({ id }) => id));
    const tables = exported.tables.filter(
      ({ id, indexedTableId }) => ids.has(id) || (indexedTableId !== undefined && ids.has(indexedTableId)),
    );
    return await importExported(call, { ...exported, tables }, { namespace, names: [] });
  },
};

async function importExported(
  call: Call,
  exported: ExportedSnapshot,
  { namespace, names }: { namespace: string | undefined; names: string[] },
) {
  if (names.length > 0 && !exported.ycql)
    throw wrongArguments('There is no name for table (including indexes) number: 1');
  const { databases } = call.cluster;
  const newNames = namesOf(exported, names);
  const keyspace = (namespace ?? exported.databaseName).replace(/^(?:ysql|ycql)\./, '');
  const target = exported.ycql
    ? await importKeyspace(call.cluster, exported, { keyspace, names: newNames })
    : await targetOf(call, exported, namespace);
  const pairs = await databases.atMoment(target.oid, async ({ tables }) => {
    const matched = match(exported, tables, newNames, target);
    const retiled = await databases.retile(target.oid, new Map(matched.map(({ from, to }) => [to.id, from.tablets])));
    return matched.map(({ from, to }) => ({ from, to: retiled.find(({ id }) => id === to.id) ?? to }));
  });
  const importedTablets = Object.fromEntries(
    pairs.flatMap(({ from, to }) => from.tablets.map((tablet, i) => [to.tablets[i]?.id ?? '', tablet.id])),
  );
  const snapshot = call.cluster.addImported(target, {
    micros: exported.micros,
    tables: pairs.map(({ to }) => to),
    importedTablets,
  });
  return lines(
    `Read snapshot meta file ${call.args[0]}`,
    `Importing snapshot ${exported.id} (${exported.state})`,
    ...announcements(call, exported, namespace === undefined ? undefined : shownName(target)),
    'Successfully applied snapshot.',
    ...idMap(call, exported, { databaseId: target.id, pairs, snapshotId: snapshot.id }),
  );
}

function readExported({ file = Buffer.alloc(0) }: Call): ExportedSnapshot {
  try {
    const exported = decodeSnapshotFile(file);
    if (exported.formatVersion !== 2 && exported.formatVersion !== 3) {
      throw new StatusError(
        'Invalid argument',
        'yb/master/catalog_manager_ext.cc:1700',
        `Expected snapshot data in format > 2: ${exported.formatVersion}`,
      );
    }
    return exported;
  } catch (error) {
    if (error instanceof StatusError) throw error;
    throw new StatusError(
      'Corruption',
      'yb/util/pb_util.cc:430',
      error instanceof BadContainer ? error.message : 'Unable to parse protobuf from container',
    );
  }
}

async function targetOf(
  { cluster }: Call,
  exported: ExportedSnapshot,
  namespace: string | undefined,
): Promise<DatabaseState> {
  const name = (namespace ?? exported.databaseName).replace(/^(?:ysql|ycql)\./, '');
  const known = await cluster.databases.named(name);
  if (known) return known;
  throw new StatusError(
    'Invalid argument',
    'yb/master/catalog_manager_ext.cc:1810',
    `YSQL database must exist: ${name}: NAMESPACE_NOT_FOUND`,
    MASTER.NAMESPACE_NOT_FOUND,
  );
}

interface Pair {
  from: ExportedTable;
  to: TableState;
}

/** Tables are found again by schema and name within the target. */
function match(
  exported: ExportedSnapshot,
  tables: readonly TableState[],
  names: NewNames,
  target: DatabaseState,
): Pair[] {
  return exported.tables.flatMap((from): Pair | [] => {
    if (isParent(from)) {
      // The database is colocated in the old way and has no colocated table: in the new way there would be no parent
      // table in that case (ImportSnapshotPreprocess).
      if (
        from.id.endsWith('.colocated.parent.uuid') &&
        target.colocated !== 'legacy' &&
        !exported.tables.some((one) => one.colocated && !isParent(one))
      )
        return [];
      return { from, to: parentFor(from, tables, target) };
    }
    const to = tables.find(({ schema, name }) => schema === from.schema && name === (names.get(from) ?? from.name));
    if (to?.colocated && from.tablets.length > 0)
      throw new StatusError(
        'Illegal state',
        'yb/master/catalog_manager_ext.cc:1940',
        `Cannot repartition colocated table ${to.id} as the table ${from.id} of the snapshot, which is not colocated`,
      );
    if (to) return { from, to };
    throw new StatusError(
      'Invalid argument',
      'yb/master/catalog_manager_ext.cc:2084',
      `YSQL table not found: ${from.name}: OBJECT_NOT_FOUND`,
      MASTER.OBJECT_NOT_FOUND,
    );
  });
}

const isParent = ({ id }: ExportedTable): boolean => id.endsWith('.parent.uuid');

/**
 * A parent table can't be found by name: its new id is derived from that of the database and the oid of its tablegroup,
 * which the schema dump preserves (ImportTableEntry, catalog_manager_ext.cc). A database that is not colocated has
 * none.
 */
function parentFor({ id }: ExportedTable, tables: readonly TableState[], target: DatabaseState): TableState {
  const kind = id.split('.')[1] ?? '';
  const group = tables.find((table) => table.kind === 'g');
  const newId =
    kind !== 'colocated'
      ? `${tableIdOf(target.oid, parseInt(id.slice(24, 32), 16))}.${kind}.parent.uuid`
      : target.colocated === 'colocation' && group
        ? group.id
        : `${target.id}.colocated.parent.uuid`;
  const found = tables.find((table) => table.id === newId);
  if (found) return found;
  throw new StatusError(
    'Internal error',
    'yb/master/catalog_manager_ext.cc:2190',
    `Created table not found: ${newId}: OBJECT_NOT_FOUND`,
    MASTER.OBJECT_NOT_FOUND,
  );
}

function announcements({ cluster }: Call, exported: ExportedSnapshot, target: string | undefined): string[] {
  const kind = exported.ycql ? 'YCQL keyspace' : 'YSQL database';
  const database = !can(cluster, 'importNamesNamespace')
    ? []
    : [
        ...(target === undefined ? [] : [`Target imported ${kind} name: ${target}`]),
        `${kind} being imported: ${exported.databaseName}`,
      ];
  return [
    ...database,
    ...exported.tables.flatMap((table) => {
      const { name, indexedTableId } = table;
      const colocated = table.colocated && can(cluster, 'importNamesColocated') ? 'colocated ' : '';
      const kind = isParent(table)
        ? 'parent table'
        : indexedTableId === undefined
          ? 'table'
          : `index (attaching to the old table id ${indexedTableId})`;
      return [
        `Table type: ${colocated}${kind}`,
        ...(target === undefined || isParent(table)
          ? []
          : [`Target imported ${colocated}table name: ${target}.${name}`]),
        `${colocated === '' ? 'Table' : 'Colocated table'} being imported: ${exported.databaseName}.${name}`,
      ];
    }),
  ];
}

const word = (text: string): string => text.padEnd(16);

/** Old and new ids; tables in the order of their old ids. */
function idMap(
  { cluster }: Call,
  exported: ExportedSnapshot,
  { databaseId, pairs, snapshotId }: { databaseId: string; pairs: readonly Pair[]; snapshotId: string },
): string[] {
  const kindOf = (from: ExportedTable): string =>
    !from.colocated || !can(cluster, 'importNamesColocated')
      ? 'Table'
      : isParent(from)
        ? 'ParentColocatedTable'
        : 'ColocatedTable';
  const ordered = [...pairs].sort((one, other) => (one.from.id < other.from.id ? -1 : 1));
  return [
    row(word('Object'), uuidCell('Old ID'), uuidCell('New ID')),
    ...ordered.flatMap(({ from, to }) => [
      row(word('Keyspace'), exported.databaseId, databaseId),
      row(word(kindOf(from)), from.id, to.id),
      ...from.tablets.map((tablet, i) => row(word(`Tablet ${i}`), tablet.id, to.tablets[i]?.id ?? '')),
    ]),
    row(word('Snapshot'), exported.id, snapshotId),
  ];
}
