import { rolesNamed } from './roles-named';
import { scanSql, type Statement, type Token } from '../scan/scan-sql';
import { sqlOnly, skipIfNotExists, isName, isSymbol, nameOf, wordsAt } from '../scan/statement';
import { tablespacesNamed } from './tablespaces-named';

export interface DumpNeeds {
  /** Roles that must exist, by name; not PUBLIC. */
  roles: string[];
  /** Those of them that can't be left out: `'x'::regrole` is resolved when the object is created. */
  roleConstants?: string[];
  /** Tablespaces that must exist, without `pg_default` and `pg_global`. */
  tablespaces: string[];
  /** Extensions that the target must be able to install. */
  extensions: string[];
}

/** What a schema dump requires of the cluster it is loaded into. */
export function needsOfDump(dump: string): DumpNeeds {
  return needsOfStatements(scanSql(dump));
}

/** The same for a part of a dump. */
export function needsOfStatements(statements: readonly Statement[]): DumpNeeds {
  const roles = new Set<string>();
  const constants = new Set<string>();
  const tablespaces = new Set<string>();
  const extensions = new Set<string>();
  for (const { tokens } of sqlOnly(statements)) {
    const named = rolesNamed(tokens);
    for (const role of named?.roles ?? []) roles.add(role);
    if (named && named.part !== 'statement') for (const role of named.constants) constants.add(role);
    for (const tablespace of tablespacesNamed(tokens)?.tablespaces ?? []) tablespaces.add(tablespace);
    const extension = extensionMadeBy(tokens);
    if (extension !== undefined) extensions.add(extension);
  }
  const roleConstants = constants.size > 0 ? { roleConstants: [...constants].sort() } : {};
  return {
    roles: [...roles].sort(),
    ...roleConstants,
    tablespaces: [...tablespaces].sort(),
    extensions: [...extensions].sort(),
  };
}

/**
 * The extension that a statement creates: `CREATE EXTENSION x`, or, with YugabyteDB's metadata from 2.8 on, `SELECT
 * pg_catalog.binary_upgrade_create_empty_extension('x', …)`, which is followed by its members one by one.
 */
export function extensionMadeBy(tokens: readonly Token[]): string | undefined {
  if (wordsAt(tokens, 0, 'CREATE', 'EXTENSION')) {
    const name = tokens[skipIfNotExists(tokens, 2)];
    return isName(name) ? nameOf(name) : undefined;
  }
  const called = wordsAt(tokens, 0, 'SELECT', 'PG_CATALOG') && isSymbol(tokens[2], '.');
  if (!called || !wordsAt(tokens, 3, 'BINARY_UPGRADE_CREATE_EMPTY_EXTENSION') || !isSymbol(tokens[4], '('))
    return undefined;
  const [name] = tokens.slice(5);
  return name?.kind === 'string' && !name.escapes ? name.value : undefined;
}
