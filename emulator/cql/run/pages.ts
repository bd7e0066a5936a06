import { CqlError } from '../errors';
import type { CqlRows } from './result';
import type { Stored } from '../values/values';

/** A page that a client requests. */
export interface Page {
  /** At most so many rows. */
  rows: number;
  /** Where the page before it ended; absent: the first one. */
  state?: Buffer;
}

/**
 * The content of a paging state: the position of the last row, and what is left of LIMIT. Rows that are inserted or
 * deleted meanwhile do not shift it.
 */
interface Place {
  position: string[];
  left?: number;
}

/**
 * How the rows after a page are found. `position`: expressions that a page needs with each row. `after`: a condition,
 * its values given to `add`.
 */
export function pagedBy(
  order: readonly { sql: string; order: 'ASC' | 'DESC' }[],
  { state }: Page,
): { position: string[]; left?: number; after?: (add: (value: string) => string) => string } {
  const position = order.map(({ sql }) => `(${sql})::text`);
  if (!state) return { position };
  const place = placeOf(state);
  if (place.position.length !== order.length) throw invalidState();
  const after = (add: (value: string) => string): string =>
    order.reduceRight((behind, { sql, order: way }, i) => {
      const value = add(place.position[i] ?? '');
      const beyond = `${sql} ${way === 'ASC' ? '>' : '<'} ${value}`;
      return behind === '' ? beyond : `(${beyond} OR (${sql} = ${value} AND ${behind}))`;
    }, '');
  return { position, after, ...(place.left === undefined ? {} : { left: place.left }) };
}

/** One page of rows, of which one more was read than fits, with their positions after the first `columns`. */
export function pageOf(
  found: CqlRows,
  { page, left, columns }: { page: Page; left: number | undefined; columns: number },
): CqlRows {
  const rows = found.rows.slice(0, page.rows);
  const last = found.rows.length > page.rows ? rows.at(-1) : undefined;
  const place: Place | undefined = last && {
    position: last.slice(columns).map(String),
    ...(left === undefined ? {} : { left: left - rows.length }),
  };
  return {
    ...found,
    columns: found.columns.slice(0, columns),
    rows: rows.map((row): Stored[] => row.slice(0, columns)),
    ...(place ? { next: Buffer.from(JSON.stringify(place)) } : {}),
  };
}

/** One page of rows that are all in memory: of a system table, whose rows do not move. */
export function pageOfAll(all: CqlRows, page: Page | undefined): CqlRows {
  if (!page) return all;
  const from = page.state ? Number(placeOf(page.state).position[0]) : 0;
  const to = from + page.rows;
  const place: Place = { position: [String(to)] };
  return {
    ...all,
    rows: all.rows.slice(from, to),
    ...(to < all.rows.length ? { next: Buffer.from(JSON.stringify(place)) } : {}),
  };
}

const invalidState = (): CqlError => new CqlError('ServerError', 'Corruption. Invalid paging state');

function placeOf(state: Buffer): Place {
  try {
    return JSON.parse(state.toString('utf8')) as Place;
  } catch {
    throw invalidState();
  }
}
