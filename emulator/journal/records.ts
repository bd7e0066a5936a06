import type { ColumnState, TableState, TabletState } from '../state';
import { partsOf } from '../ysql/yb-syntax';

/**
 * A line of a tablet file:
 * - `['h', micros]`: hybrid time of the following lines, one transaction;
 * - `['c', columns]`: columns of the following rows, `[number, name, missing]` each;
 * - `['i', values]`, `['d', values]`: a row was inserted or deleted;
 * - `['t']`: the table was truncated;
 * - `['o', id]`: the following lines belong to the colocated table of that number;
 * - `['n', rows]`: so many rows of an index's table changed (indexes hold nothing to replay).
 */
export type Row = (string | null)[];
export type Layout = [number: number, name: string, missing: string | null][];
export type TabletRecord =
  ['h', string] | ['c', Layout] | ['i', Row] | ['d', Row] | ['t'] | ['n', number] | ['o', number];

export const layoutOf = (columns: readonly ColumnState[]): Layout =>
  columns.map(({ number, name, missing }) => [number, name, missing]);

/** Hash ranges of a new table with this many tablets, as even as two bytes allow. */
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

/**
 * The tablets that hold a table: its own, that of its colocation parent, or, for a vector index, those of its table.
 */
export function tabletsHolding(
  table: TableState,
  tables: readonly TableState[],
): { holder: TableState; tablets: TabletState[] } {
  if (table.vector && !table.colocated) {
    const indexed = tables.find(({ id }) => id === table.indexedTableId);
    if (indexed) return tabletsHolding(indexed, tables);
  }
  const holder = table.colocated ? tables.find(({ id }) => id === table.colocated?.parentId) : table;
  if (!holder)
    throw new Error(`${table.schema}.${table.name} is colocated in ${table.colocated?.parentId}, which is not there.`);
  return { holder, tablets: holder.tablets };
}

/**
 * The tablet of a row: by the hash of its primary key, or of all values if it has none; or by the key itself if the
 * table is range-sharded.
 */
export function tabletOf(table: TableState, tablets: readonly TabletState[], row: Row): TabletState {
  const [only, ...others] = tablets;
  if (!only) throw new Error(`Table ${table.schema}.${table.name} has no tablets.`);
  if (others.length === 0) return only;
  if (table.ordered) {
    const values = table.key.map(
      (number) => row[table.columns.findIndex((column) => column.number === number)] ?? null,
    );
    const key = `${values.map(rangeKey).join('')}${TYPE.end}`;
    return tablets.findLast(({ start }) => start <= key) ?? only;
  }
  const hash = hash16(keyText(table, row));
  return tablets.find(({ start, end }) => start <= hash && (end === '' || hash < end)) ?? only;
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

/** `kInt32`, `kString`, `kGroupEnd`, `kLowest` and `kHighest` of dockv/key_entry_value.h and value_type.h. */
const TYPE = { int32: '48', int64: '49', text: '53', end: '21', lowest: '00', highest: '7E' } as const;

/**
 * A value of a range key as DocDB encodes it: whole numbers with the sign bit flipped, texts terminated by two zero
 * bytes. Other types are treated as texts.
 */
function rangeKey(value: string | null): string {
  if (value === null) return '24';
  if (/^-?\d{1,18}$/.test(value)) {
    const number = BigInt(value);
    const wide = number < -(2n ** 31n) || number >= 2n ** 31n;
    const bits = wide ? 64n : 32n;
    const turned = (number + 2n ** (bits - 1n)).toString(16).toUpperCase();
    return `${wide ? TYPE.int64 : TYPE.int32}${turned.padStart(Number(bits) / 4, '0')}`;
  }
  return `${TYPE.text}${Buffer.from(value).toString('hex').toUpperCase()}0000`;
}

/** Ranges of a table that is split at values: `((50), (100, 'n'))`. */
export function rangesAt(splitAt: string): { start: string; end: string }[] {
  const points = partsOf(splitAt.trim().slice(1, -1)).map((point) => {
    const values = partsOf(point.trim().slice(1, -1)).map((value) => {
      const text = value.trim();
      if (/^minvalue$/i.test(text)) return TYPE.lowest;
      if (/^maxvalue$/i.test(text)) return TYPE.highest;
      return rangeKey(text.startsWith("'") ? text.slice(1, -1).replaceAll("''", "'") : text);
    });
    return `${values.join('')}${TYPE.end}`;
  });
  points.sort(); // a descending key has inverted bytes, which the emulator does not support
  return [...points, ''].map((end, i) => ({ start: points[i - 1] ?? '', end }));
}
