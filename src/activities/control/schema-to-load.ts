import { renameDatabaseInDump, scanSql, type Token } from '../../yugabyte';

export interface SchemaChoices {
  roles: 'require' | 'create' | 'skip';
  tablespaces: 'require' | 'skip';
}

/** A schema dump as it is loaded: under its new name, and without what the caller leaves out. */
export function schemaToLoad(dump: string, names: { from: string; to: string }, choices: SchemaChoices): string {
  const { dump: renamed } = renameDatabaseInDump(dump, names.from, names.to);
  const left = scanSql(renamed).filter(
    ({ kind, tokens }) =>
      kind === 'sql' &&
      ((choices.roles === 'skip' && givesRights(tokens)) || (choices.tablespaces === 'skip' && setsTablespace(tokens))),
  );
  return left.reduceRight((text, { start, end }) => text.slice(0, start) + text.slice(end), renamed);
}

/** Variables that dumps with YugabyteDB's metadata test in `\if` blocks (yugabyte facts: official restore). */
export function schemaVariables({ roles, tablespaces }: SchemaChoices): Record<string, string> {
  return {
    use_roles: String(roles !== 'skip'),
    use_tablespaces: String(tablespaces !== 'skip'),
    ignore_existing_roles: 'true',
    ignore_existing_tablespaces: 'true',
  };
}

const words = (tokens: readonly Token[]): string[] =>
  tokens.map(({ kind, value }) => (kind === 'word' ? value.toUpperCase() : ''));

/** Ownership and grants: what names a role that may be missing. */
export function givesRights(tokens: readonly Token[]): boolean {
  const [first = '', second = '', ...rest] = words(tokens);
  if (first === 'GRANT' || first === 'REVOKE') return true;
  if (first !== 'ALTER') return false;
  return (
    (second === 'DEFAULT' && rest[0] === 'PRIVILEGES') ||
    rest.some((word, i) => word === 'OWNER' && rest[i + 1] === 'TO')
  );
}

function setsTablespace(tokens: readonly Token[]): boolean {
  const [first = '', second = ''] = words(tokens);
  return first === 'SET' && second === 'DEFAULT_TABLESPACE';
}
