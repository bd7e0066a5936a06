import { UnexpectedOutput } from '../../errors';
import type { Command } from '../command';
import { notSupported } from '../failure';
import { cellsOf, linesOf } from '../read-output';
import { given } from '../../../objects/given';

export interface ImportSnapshotInput {
  /** The exported file, on the host that runs yb-admin. */
  file: string;
  /**
   * What to import into: `ysql.orders`, an existing database with its tables, from the schema dump; or `ycql.shop`, a
   * keyspace that is created with any types, tables and indexes that it lacks.
   */
  database: string;
  /** For a keyspace: only these tables and their indexes. Since 2.19. */
  tables?: readonly string[];
  /** For a keyspace: a name for every table and index of the file, in its order. */
  newNames?: readonly string[];
}

export interface IdPair {
  oldId: string;
  newId: string;
}

export interface ImportedTable extends IdPair {
  /** Only the parent of a colocation group has the group's tablet. */
  kind: 'table' | 'colocated' | 'colocationParent';
  tablets: IdPair[];
}

export interface ImportedSnapshot {
  /** The imported snapshot: files are placed under its new id, and it is what is restored. */
  snapshot: IdPair;
  database?: IdPair;
  tables: ImportedTable[];
}

const TABLE_KINDS: Readonly<Record<string, ImportedTable['kind']>> = {
  Table: 'table',
  ColocatedTable: 'colocated',
  ParentColocatedTable: 'colocationParent',
};

/**
 * Creates the tablets of an exported snapshot and prints the new id for each old one. Synchronous: it may take minutes,
 * with an RPC time-out of `timeout_ms` for each table. A second call imports a second time.
 *
 * Exit code 0 with a `Snapshot` row is success; the tool prints most of its map before it can still fail.
 */
export const importSnapshot: Command<ImportSnapshotInput, ImportedSnapshot> = {
  name: 'import_snapshot',
  mutates: true,
  lists: true,
  severalSteps: true,
  argv({ file, database, tables, newNames = [] }, release) {
    if (!tables) return ['import_snapshot', file, database, ...newNames];
    if (!release.importsSelectively) throw notSupported('import_snapshot_selective', release);
    return ['import_snapshot_selective', file, database, ...tables];
  },
  parse(stdout) {
    const all = linesOf(stdout);
    const start = all.findIndex((line) => line.startsWith('Successfully applied snapshot.'));
    if (start === -1) throw unexpected('line "Successfully applied snapshot."', stdout);
    const tables: ImportedTable[] = [];
    let database: IdPair | undefined;
    let snapshot: IdPair | undefined;
    for (const [word = '', oldId = '', newId = '', ...rest] of all.slice(start + 1).map(cellsOf)) {
      if (oldId === '' || newId === '' || rest.length > 0 || word === 'Object') continue;
      const kind = TABLE_KINDS[word];
      if (kind) tables.push({ kind, oldId, newId, tablets: [] });
      else if (/^Tablet \d+$/.test(word)) tabletsOf(tables, stdout).push({ oldId, newId });
      else if (word === 'Keyspace')
        database = { oldId, newId }; // repeated for every table
      else if (word === 'Snapshot') snapshot = { oldId, newId };
      else if (word !== 'UDType') throw unexpected(`known kind of object in the row "${word}"`, stdout);
    }
    if (!snapshot) throw unexpected('row of the imported snapshot', stdout);
    return { snapshot, tables, ...given({ database }) };
  },
};

/** Types come between a table and its tablets; tablets belong to the last table. */
function tabletsOf(tables: ImportedTable[], stdout: string): IdPair[] {
  const table = tables.at(-1);
  if (!table) throw unexpected('table before its tablets', stdout);
  return table.tablets;
}

function unexpected(wanted: string, stdout: string): UnexpectedOutput {
  return new UnexpectedOutput(wanted, stdout.slice(-300), 'yb-admin import_snapshot');
}
