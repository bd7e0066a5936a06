import type { SnapshotTable } from '../../snapshot-file';
import type { QualifiedName } from '../../ysql/session/quote';
import type { DumpedRelation } from './relations-of-dump';

export interface DumpComparison {
  equal: boolean;
  /** In the snapshot, not in the dump: their data could not be restored. */
  missingInDump: QualifiedName[];
  /** In the dump, not in the snapshot: they would come back empty. */
  missingInSnapshot: QualifiedName[];
}

/**
 * Whether a schema dump and a snapshot contain the same relations. A plain CREATE TABLE between the two does not change
 * the catalog version, so only this comparison detects it. Relations that may be in only one of them: indexes of
 * primary keys (YugabyteDB keeps them in the table), partitioned parents and their indexes (they have no rows),
 * colocation parents, hidden tables, and objects of extensions (a dump of 2.6 has only `CREATE EXTENSION`; from 2.8 on
 * the members are in the dump too).
 */
export function compareDumpWithSnapshot(
  dumped: readonly DumpedRelation[],
  tables: readonly SnapshotTable[],
  ofExtensions: readonly QualifiedName[] = [],
): DumpComparison {
  const optional = new Set(
    [
      ...dumped.filter((one) => one.primaryKey || one.kind === 'partitionedTable' || one.kind === 'partitionedIndex'),
      ...ofExtensions,
    ].map(keyOf),
  );
  const inSnapshot = new Map(
    tables.filter(({ kind, hidden }) => kind !== 'colocationParent' && !hidden).map((table) => [keyOf(table), table]),
  );
  const inDump = new Map(dumped.map((relation) => [keyOf(relation), relation]));
  const missingInDump = [...inSnapshot]
    .filter(([key]) => !inDump.has(key) && !optional.has(key))
    .map(([, { schema, name }]) => ({ schema, name }));
  const missingInSnapshot = [...inDump]
    .filter(([key]) => !inSnapshot.has(key) && !optional.has(key))
    .map(([, { schema, name }]) => ({ schema, name }));
  return { equal: missingInDump.length === 0 && missingInSnapshot.length === 0, missingInDump, missingInSnapshot };
}

function keyOf({ schema, name }: QualifiedName): string {
  return JSON.stringify([schema, name]);
}
