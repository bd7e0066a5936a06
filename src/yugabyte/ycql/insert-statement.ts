import { StatementRefused } from '../errors';
import { cqlText, quoteCql } from './quote-cql';

/** A column as listed in `system_schema.columns`. */
export interface CqlColumn {
  name: string;
  /** `text`, `frozen<list<int>>`. */
  type: string;
  kind: 'partition_key' | 'clustering' | 'static' | 'regular';
}

const QUOTED = /^(?:text|varchar|ascii|jsonb|date|time|inet)$/;

const TERM_WORDS = /'[^']*(?:''[^']*)*'|"[^"]*(?:""[^"]*)*"|-?\w+(?:[.+-]\w+)*|[[\]{}(),:]|\s+/y;

/** Whether this is exactly one CQL value: words, strings and balanced brackets. */
function isTerm(value: string): boolean {
  const open: string[] = [];
  let words = 0;
  TERM_WORDS.lastIndex = 0;
  for (let at = 0; at < value.length; at = TERM_WORDS.lastIndex) {
    TERM_WORDS.lastIndex = at;
    const word = TERM_WORDS.exec(value)?.[0];
    if (word === undefined) return false;
    const closed = { '[': ']', '{': '}', '(': ')' }[word];
    if (closed !== undefined) open.push(closed);
    else if (/^[\]})]$/.test(word) && open.pop() !== word) return false;
    // only one word may be outside of brackets
    if (open.length === 0 && word.trim() !== '') words += 1;
    if (open.length === 0 && (words > 1 || /^[,:]$/.test(word))) return false;
  }
  return open.length === 0 && words === 1;
}

const FIELD =
  /'[^']*(?:''[^']*)*'|"[^"]*(?:""[^"]*)*"|(?<![\w.+-])(?!(?:true|false|nan|infinity)\b)([A-Za-z_]\w*)(?=\s*:)/gi;

/** COPY prints names of fields without quotes, and CQL would read `Zip` as `zip`. */
const withQuotedFields = (value: string): string =>
  value.replace(FIELD, (text, field?: string) => (field === undefined ? text : `"${field}"`));

/** `undefined`: null. */
function literalOf(type: string, value: string): string {
  if (QUOTED.test(type)) return cqlText(value);
  // COPY prints more fractional digits of a second than CQL accepts; the number of milliseconds is equivalent. Years
  // over 9999 are printed as such a number.
  if (type === 'timestamp') return /^-?\d+$/.test(value) ? value : String(Date.parse(value.replace(' ', 'T')));
  if (isTerm(value)) return withQuotedFields(value); // numbers, uuids, blobs; collections and user-defined types, whose texts are quoted already
  throw new StatementRefused(undefined, '', `a field of a column of type ${type} is no such value`);
}

/**
 * A row that `COPY FROM` can't load, as a statement. Null columns are left out, so that a partition with only static
 * columns can be created, too. `values`: of `columns`, in their order; undefined for null.
 */
export function insertStatement(
  table: { keyspace: string; name: string },
  columns: readonly CqlColumn[],
  values: readonly (string | undefined)[],
): string {
  const set = columns.flatMap((column, i) => {
    const value = values[i];
    return value === undefined ? [] : [{ column, literal: literalOf(column.type, value) }];
  });
  const name = `${quoteCql(table.keyspace)}.${quoteCql(table.name)}`;
  if (columns.some(({ type }) => type === 'counter')) {
    const isKey = ({ kind }: CqlColumn): boolean => kind === 'partition_key' || kind === 'clustering';
    const counters = set
      .filter(({ column }) => !isKey(column))
      .map(({ column, literal }) => `${quoteCql(column.name)} = ${quoteCql(column.name)} + ${literal}`);
    const key = set
      .filter(({ column }) => isKey(column))
      .map(({ column, literal }) => `${quoteCql(column.name)} = ${literal}`);
    return `UPDATE ${name} SET ${counters.join(', ')} WHERE ${key.join(' AND ')};`;
  }
  const names = set.map(({ column }) => quoteCql(column.name)).join(', ');
  return `INSERT INTO ${name} (${names}) VALUES (${set.map(({ literal }) => literal).join(', ')});`;
}
