import type { ColumnState, TableState, TabletState } from '../state';

/**
 * A line of a tablet file:
 * - `['h', micros]`: hybrid time of the lines behind it, one transaction;
 * - `['c', columns]`: columns that the rows behind it have, `[number, name, missing]` each;
 * - `['i', values]`, `['d', values]`: a row that came, a row that went;
 * - `['t']`: the table was emptied.
 * - `['n', rows]`: so many rows of an index's table changed (indexes hold nothing to replay).
 */
export type Row = (string | null)[];
export type Layout = [number: number, name: string, missing: string | null][];
export type TabletRecord = ['h', string] | ['c', Layout] | ['i', Row] | ['d', Row] | ['t'] | ['n', number];

export const layoutOf = (columns: readonly ColumnState[]): Layout =>
  columns.map(({ number, name, missing }) => [number, name, missing]);

/** Hash ranges of a new table with so many tablets, as even as two bytes allow. */
export function hashRanges(tablets: number): { start: string; end: string }[] {
  const bound = (i: number): string =>
    i === 0 || i === tablets
      ? ''
      : Math.floor((0x10000 * i) / tablets)
          .toString(16)
          .toUpperCase()
          .padStart(4, '0');
  return Array.from({ length: tablets }, (_, i) => ({ start: bound(i), end: bound(i + 1) }));
}

/** The tablet of a row: hash of its primary key's values, or of all values where it has none. */
export function tabletOf(table: TableState, row: Row): TabletState {
  const [only, ...others] = table.tablets;
  if (!only) throw new Error(`Table ${table.schema}.${table.name} has no tablets.`);
  if (others.length === 0) return only;
  const hash = hash16(keyText(table, row));
  return table.tablets.find(({ start, end }) => start <= hash && (end === '' || hash < end)) ?? only;
}

function keyText(table: TableState, row: Row): string {
  const at = table.key
    .map((number) => table.columns.findIndex((column) => column.number === number))
    .filter((i) => i !== -1);
  return (at.length > 0 ? at.map((i) => row[i] ?? '') : row.map((value) => value ?? '')).join('\0');
}

/** FNV-1a folded to two bytes, as upper-case hex. */
function hash16(text: string): string {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i += 1) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  hash ^= hash >>> 15;
  return ((hash >>> 16) ^ (hash & 0xffff)).toString(16).toUpperCase().padStart(4, '0');
}
