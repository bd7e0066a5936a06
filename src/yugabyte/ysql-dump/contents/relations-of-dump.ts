import { scanSql, type Statement, type Token } from '../scan/scan-sql';
import { skipIfNotExists, findWords, isName, nameOf, qualifiedNameAt, sqlOnly, wordsAt } from '../scan/statement';

export interface DumpedRelation {
  schema: string;
  name: string;
  kind: 'table' | 'partitionedTable' | 'matview' | 'index' | 'partitionedIndex';
  /** The index of a primary key, which YugabyteDB stores in the table itself. */
  primaryKey: boolean;
}

/**
 * Relations with storage that a schema dump creates: tables, materialized views, indexes and the indexes of
 * constraints.
 */
export function relationsOfDump(dump: string): DumpedRelation[] {
  return relationsOfStatements(scanSql(dump));
}

/** The same for a part of a dump. */
export function relationsOfStatements(statements: readonly Statement[]): DumpedRelation[] {
  const found = new Map<string, DumpedRelation>();
  const add = (relation: DumpedRelation): void =>
    void found.set(JSON.stringify([relation.schema, relation.name]), relation);
  const isPartitioned = (table: { schema: string; name: string }): boolean =>
    found.get(JSON.stringify([table.schema, table.name]))?.kind === 'partitionedTable';

  for (const { tokens } of sqlOnly(statements)) {
    if (wordsAt(tokens, 0, 'CREATE')) {
      const relation = createdTable(tokens) ?? createdMatview(tokens) ?? createdIndex(tokens);
      if (relation) add(relation);
    } else if (wordsAt(tokens, 0, 'ALTER', 'TABLE')) {
      const constraint = addedConstraint(tokens);
      if (constraint)
        add({
          schema: constraint.schema,
          name: constraint.name,
          kind: isPartitioned(constraint.table) ? 'partitionedIndex' : 'index',
          primaryKey: constraint.primaryKey,
        });
      if (constraint?.usingIndex !== undefined && constraint.usingIndex !== constraint.name)
        found.delete(JSON.stringify([constraint.schema, constraint.usingIndex]));
    }
  }
  return [...found.values()];
}

/** CREATE [UNLOGGED] TABLE [IF NOT EXISTS] …; temporary and foreign tables have no storage in the cluster. */
function createdTable(tokens: Token[]): DumpedRelation | undefined {
  const at = wordsAt(tokens, 1, 'UNLOGGED') ? 2 : 1;
  if (!wordsAt(tokens, at, 'TABLE')) return undefined;
  const name = qualifiedNameAt(tokens, skipIfNotExists(tokens, at + 1));
  if (!name) return undefined;
  return {
    schema: name.schema,
    name: name.name,
    kind: findWords(tokens, name.next, 'PARTITION', 'BY') === -1 ? 'table' : 'partitionedTable',
    primaryKey: false,
  };
}

function createdMatview(tokens: Token[]): DumpedRelation | undefined {
  if (!wordsAt(tokens, 1, 'MATERIALIZED', 'VIEW')) return undefined;
  const name = qualifiedNameAt(tokens, skipIfNotExists(tokens, 3));
  return name && { schema: name.schema, name: name.name, kind: 'matview', primaryKey: false };
}

/**
 * CREATE [UNIQUE] INDEX [CONCURRENTLY | NONCONCURRENTLY] [IF NOT EXISTS] <name> ON [ONLY] <table> …: it belongs to the
 * table's schema.
 */
function createdIndex(tokens: Token[]): DumpedRelation | undefined {
  let at = wordsAt(tokens, 1, 'UNIQUE') ? 2 : 1;
  if (!wordsAt(tokens, at, 'INDEX')) return undefined;
  at += 1;
  if (wordsAt(tokens, at, 'CONCURRENTLY|NONCONCURRENTLY') && !wordsAt(tokens, at + 1, 'ON')) at += 1;
  at = skipIfNotExists(tokens, at);
  const name = qualifiedNameAt(tokens, at);
  if (!name || !wordsAt(tokens, name.next, 'ON')) return undefined;
  const only = wordsAt(tokens, name.next + 1, 'ONLY'); // how a dump writes the index of a partitioned table
  const table = qualifiedNameAt(tokens, name.next + (only ? 2 : 1));
  return (
    table && { schema: table.schema, name: name.name, kind: only ? 'partitionedIndex' : 'index', primaryKey: false }
  );
}

/** ALTER TABLE [IF EXISTS] [ONLY] <table> ADD CONSTRAINT <name> PRIMARY KEY | UNIQUE | EXCLUDE … */
function addedConstraint(tokens: Token[]) {
  let at = wordsAt(tokens, 2, 'IF', 'EXISTS') ? 4 : 2;
  if (wordsAt(tokens, at, 'ONLY')) at += 1;
  const table = qualifiedNameAt(tokens, at);
  if (!table || !wordsAt(tokens, table.next, 'ADD', 'CONSTRAINT')) return undefined;
  const name = tokens[table.next + 2];
  if (!isName(name) || !wordsAt(tokens, table.next + 3, 'PRIMARY|UNIQUE|EXCLUDE')) return undefined;
  const using = findWords(tokens, table.next + 3, 'USING', 'INDEX');
  const index = using === -1 || wordsAt(tokens, using + 2, 'TABLESPACE') ? undefined : tokens[using + 2];
  return {
    schema: table.schema,
    table,
    name: nameOf(name),
    primaryKey: wordsAt(tokens, table.next + 3, 'PRIMARY'),
    usingIndex: isName(index) ? nameOf(index) : undefined,
  };
}
