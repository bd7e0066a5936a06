import type { SnapshotTable, SnapshotTablet } from './rows';
import { addTo } from '../../objects/grouped';

export interface KeySpaceCheck {
  complete: boolean;
  /** One sentence for each table with wrong tablets. */
  problems: string[];
}

/**
 * Whether the tablets of every table cover its key space exactly once. A gap loses rows; a tablet beside those it was
 * split into duplicates them, and can't be restored.
 */
export function tilesKeySpace(tables: readonly SnapshotTable[], tablets: readonly SnapshotTablet[]): KeySpaceCheck {
  const byTable = new Map<string, SnapshotTablet[]>();
  for (const tablet of tablets) {
    for (const tableId of tablet.tableIds) {
      addTo(byTable, tableId, tablet);
    }
  }
  const known = new Set(tables.map(({ id }) => id));
  const parentHasTablet = tables.some(({ id, kind }) => kind === 'colocationParent' && byTable.has(id));
  const problems: string[] = [];
  for (const table of tables) {
    const own = byTable.get(table.id) ?? [];
    if (own.length === 0 && table.colocated && parentHasTablet) continue; // its rows are in the parent's tablet
    // It is copied with its table's tablets, which are checked themselves. They may or may not name it.
    const ofTable = own.length === 0 && table.vectorIndex === true;
    const problem = !ofTable
      ? problemOf(own)
      : known.has(table.indexedTableId ?? '')
        ? undefined
        : `it lies in the tablets of ${table.indexedTableId ?? 'a table'}, which is not in the snapshot`;
    if (problem !== undefined)
      problems.push(`${table.kind} "${table.schema}"."${table.name}" (${table.id}): ${problem}`);
  }
  for (const { id, tableIds } of tablets) {
    if (!tableIds.some((tableId) => known.has(tableId)))
      problems.push(`tablet ${id} belongs to no table of the snapshot`);
  }
  return { complete: problems.length === 0, problems };
}

function problemOf(tablets: SnapshotTablet[]): string | undefined {
  if (tablets.length === 0) return 'it has no tablet';
  // Hexadecimal in one case sorts like the bytes.
  const sorted = [...tablets].sort((a, b) => compare(a.partitionStart, b.partitionStart) || compare(a.id, b.id));
  let reached = '';
  for (const [i, { id, partitionStart, partitionEnd }] of sorted.entries()) {
    if (i > 0 && reached === '') return `tablet ${id} lies inside another one`;
    if (partitionStart > reached) return `no tablet covers the keys from "${reached}" to "${partitionStart}"`;
    if (partitionStart < reached) return `tablet ${id} overlaps the one before it`;
    if (partitionEnd !== '' && partitionEnd <= partitionStart) return `tablet ${id} ends before it begins`;
    reached = partitionEnd;
  }
  return reached === '' ? undefined : `no tablet covers the keys from "${reached}" on`;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
