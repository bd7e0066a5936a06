import type { Statement } from '../ysql-dump/scan/scan-sql';
import { isSymbol, qualifiedNameAt, wordsAt } from '../ysql-dump/scan/statement';
import { kindOf } from '../sql-gate';

export interface LeakproofFunction {
  schema: string;
  name: string;
  /** The statement without LEAKPROOF. */
  text: string;
}

/**
 * A `CREATE FUNCTION … LEAKPROOF`: only a superuser may create one, but the rest of the statement (defaults, a body in
 * standard SQL) must not be parsed as one. So the owner creates the function, and the configured role adds LEAKPROOF
 * once nothing of the dump can run any more.
 */
export function leakproofFunction(statement: Statement, text: string): LeakproofFunction | undefined {
  const { tokens, start } = statement;
  if (kindOf(statement) !== 'CREATE FUNCTION') return undefined;
  const name = qualifiedNameAt(tokens, wordsAt(tokens, 1, 'OR', 'REPLACE') ? 4 : 2);
  if (!name) return undefined;
  const at = tokens.findIndex(
    (token, i) =>
      i >= name.next && token.depth === 0 && wordsAt(tokens, i, 'LEAKPROOF') && !isSymbol(tokens[i - 1], '.'),
  );
  const word = tokens[at];
  if (!word || wordsAt(tokens, at - 1, 'NOT|RETURNS|SETOF|TO')) return undefined;
  return {
    schema: name.schema,
    name: name.name,
    text: text.slice(0, word.start - start) + text.slice(word.end - start),
  };
}

const literal = (value: string): string => `'${value.replaceAll("'", "''")}'`;

/** The functions of a name, and for each the statement that makes it LEAKPROOF. */
export const functionsNamed = ({ schema, name }: LeakproofFunction): string => `
  SELECT p.oid::text AS oid, pg_catalog.format('ALTER FUNCTION %s LEAKPROOF', p.oid::pg_catalog.regprocedure) AS alter
    FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
   WHERE n.nspname = ${literal(schema)} AND p.proname = ${literal(name)}`;
