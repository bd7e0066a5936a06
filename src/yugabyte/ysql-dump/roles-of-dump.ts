import { scanSql, type Token } from './scan-sql';
import { isName, nameOf, sqlOnly, wordsAt } from './statement';

/** Names that a dump of roles (`ysql_dumpall --roles-only`) creates, sorted. */
export function createdRoles(dump: string): string[] {
  return createdNames(dump, 'ROLE|USER');
}

/** Names that a dump of tablespaces (`ysql_dumpall --tablespaces-only`) creates, sorted. */
export function createdTablespaces(dump: string): string[] {
  return createdNames(dump, 'TABLESPACE');
}

/**
 * The part of a dump of roles that concerns some of them: their own CREATE, ALTER and COMMENT, and memberships between them. What a
 * restore creates must not touch roles that exist already.
 */
export function dumpOfRoles(dump: string, roles: readonly string[]): string {
  const wanted = new Set(roles);
  const chosen = sqlOnly(scanSql(dump)).filter(({ tokens }) => {
    const named = rolesNamed(tokens);
    return named !== undefined && named.length > 0 && named.every((role) => wanted.has(role));
  });
  return chosen.map(({ start, end }) => `${dump.slice(start, end)}\n`).join('');
}

/** Roles that a statement is about; undefined for statements about anything else. */
function rolesNamed(tokens: Token[]): string[] | undefined {
  const at = wordsAt(tokens, 0, 'CREATE|ALTER', 'ROLE|USER')
    ? 2
    : wordsAt(tokens, 0, 'COMMENT', 'ON', 'ROLE')
      ? 3
      : undefined;
  if (at !== undefined) return isName(tokens[at]) ? [nameOf(tokens[at])] : [];
  // GRANT a TO b …
  if (wordsAt(tokens, 0, 'GRANT') && isName(tokens[1]) && wordsAt(tokens, 2, 'TO') && isName(tokens[3]))
    return [nameOf(tokens[1]), nameOf(tokens[3])];
  return undefined;
}

function createdNames(dump: string, kind: string): string[] {
  const found = new Set<string>();
  for (const { tokens } of sqlOnly(scanSql(dump)))
    if (wordsAt(tokens, 0, 'CREATE', kind) && isName(tokens[2])) found.add(nameOf(tokens[2]));
  return [...found].sort();
}
