import type { TableContent } from '../snapshots/restore-rows';
import type { HiddenTable, SnapshotState, TableState } from '../state';

/** All tables that a snapshot has files of, including those dropped before its moment. */
export const withHidden = (snapshot: SnapshotState): SnapshotState => ({
  ...snapshot,
  tables: [...snapshot.tables, ...(snapshot.hidden ?? [])],
});

/** What existed at a moment, under the names of that moment. */
export function standingAt(contents: readonly TableContent[], micros: bigint): TableContent[] {
  return contents
    .filter(({ table }) => BigInt(table.sinceMicros ?? 0) <= micros && micros < droppedOf(table))
    .map((content) => ({ ...content, table: { ...content.table, ...nameAt(content.table, micros) } }));
}

const droppedOf = (table: TableState | HiddenTable): bigint =>
  'droppedMicros' in table ? BigInt(table.droppedMicros) : 2n ** 62n;

function nameAt({ schema, name, renames = [] }: TableState, micros: bigint): { schema: string; name: string } {
  const then = renames.find(({ untilMicros }) => micros < BigInt(untilMicros));
  return then ? { schema: then.schema, name: then.name } : { schema, name };
}
