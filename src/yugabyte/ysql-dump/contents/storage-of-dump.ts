import type { SnapshotTable } from '../../snapshot-file';
import type { QualifiedName } from '../../ysql/session/quote';
import { relationsOfStatements } from './relations-of-dump';
import { scanSql, type Statement, type Token } from '../scan/scan-sql';
import {
  skipIfNotExists,
  findWords,
  isName,
  isSymbol,
  nameOf,
  qualifiedNameAt,
  sqlOnly,
  wordsAt,
} from '../scan/statement';

/** The name that a dump with YugabyteDB's metadata gives to a dropped column, which it creates and drops again. */
const DROPPED = /^\.{8}pg\.dropped\.\d+\.{8}$/;
/** Columns that YugabyteDB itself adds to tables without a primary key. */
const OWN = new Set(['ybrowid']);
/** First words of entries between the columns that are not columns; a column of such a name is quoted. */
const NO_COLUMN = 'CONSTRAINT|PRIMARY|UNIQUE|CHECK|FOREIGN|LIKE';

/**
 * Tables and indexes of a snapshot that can't be proved to be the same as the dump's: those that the snapshot contains
 * twice, those that are stored under another number than the dump gives to the relation of that name (a rewrite) or
 * under none that it gives, and tables with other columns. They show that DDL was in progress at the snapshot's moment:
 * the cluster's storage is ahead of the catalog until it is committed.
 *
 * From 2.23 on a dump contains the number (`binary_upgrade_set_next_heap_relfilenode`), and a table's id ends with it.
 */
export function unprovedStorage(dump: string, tables: readonly SnapshotTable[]): QualifiedName[] {
  const dumped = storageOf(sqlOnly(scanSql(dump)));
  const seen = new Set<string>();
  return tables
    .filter(({ kind, hidden }) => kind !== 'colocationParent' && !hidden)
    .filter(({ id, schema, name, kind, columns }) => {
      const key = keyOf({ schema, name });
      const twice = seen.has(key);
      seen.add(key);
      const relation = dumped.get(key);
      if (twice || relation?.fileNode === undefined) return true;
      if (parseInt(id.slice(-8), 16) !== relation.fileNode) return true;
      const stored = columns.map((column) => column.name).filter((column) => !OWN.has(column));
      return kind === 'table' && relation.columns !== undefined && sorted(stored) !== sorted(relation.columns);
    })
    .map(({ schema, name }) => ({ schema, name }));
}

interface DumpedStorage {
  fileNode?: number;
  columns?: string[];
}

function storageOf(statements: readonly Statement[]): Map<string, DumpedStorage> {
  const found = new Map<string, DumpedStorage>();
  let next: { heap?: number; index?: number } = {};
  for (const statement of statements) {
    const { tokens } = statement;
    const numbered = fileNodeIn(tokens);
    if (numbered) next = { ...next, ...numbered };
    if (wordsAt(tokens, 0, 'SELECT')) continue;
    for (const { schema, name, kind, primaryKey } of relationsOfStatements([statement])) {
      const index = kind === 'index' || kind === 'partitionedIndex';
      const fileNode = primaryKey ? undefined : index ? next.index : next.heap;
      // `ADD CONSTRAINT … USING INDEX` refers to an existing index.
      const known = found.get(keyOf({ schema, name }));
      if (known && fileNode === undefined) continue;
      const columns = kind === 'table' ? columnsOf(tokens) : undefined;
      found.set(keyOf({ schema, name }), {
        ...(fileNode === undefined ? {} : { fileNode }),
        ...(columns ? { columns } : {}),
      });
    }
    next = {};
  }
  return found;
}

/** `SELECT pg_catalog.binary_upgrade_set_next_heap_relfilenode('16416'::pg_catalog.oid)` */
function fileNodeIn(tokens: readonly Token[]): { heap?: number; index?: number } | undefined {
  const [, kind] = /^binary_upgrade_set_next_(heap|index)_relfilenode$/.exec(tokens[3]?.value ?? '') ?? [];
  const number = Number(tokens[5]?.value);
  if (kind === undefined || !wordsAt(tokens, 0, 'SELECT') || !Number.isSafeInteger(number)) return undefined;
  return kind === 'heap' ? { heap: number } : { index: number };
}

function columnsOf(tokens: readonly Token[]): string[] | undefined {
  const at = wordsAt(tokens, 1, 'UNLOGGED') ? 2 : 1;
  const name = qualifiedNameAt(tokens, skipIfNotExists(tokens, at + 1));
  if (!name || !isSymbol(tokens[name.next], '(') || findWords(tokens, name.next, 'INHERITS') !== -1) return undefined;
  return columnsBehind(tokens, name.next);
}

/** The first names of the comma-separated entries between the brackets. */
function columnsBehind(tokens: readonly Token[], open: number): string[] {
  const inside = (tokens[open]?.depth ?? 0) + 1;
  const columns: string[] = [];
  let begins = true;
  for (let i = open + 1; i < tokens.length; i += 1) {
    const token = tokens[i];
    if (!token || token.depth < inside) break;
    if (begins && isName(token) && !wordsAt(tokens, i, NO_COLUMN) && !DROPPED.test(nameOf(token)))
      columns.push(nameOf(token));
    begins = token.depth === inside && isSymbol(token, ',');
  }
  return columns;
}

const keyOf = ({ schema, name }: QualifiedName): string => JSON.stringify([schema, name]);
const sorted = (names: string[]): string => JSON.stringify([...names].sort());
