import { namesAt } from './names-at';
import { scanSql, type Statement, type Token } from '../scan/scan-sql';
import { findWords, isName, nameOf, sqlOnly, wordsAt } from '../scan/statement';

export interface RolesToCreate {
  sql: string;
  /** Differences from the source. */
  warnings: string[];
}

/**
 * The part of a dump of roles that creates the missing ones: their CREATE, ALTER and COMMENT statements, and their
 * memberships in each other and in existing roles, and existing profiles. Existing roles are never changed: if one
 * should become a member of a new role, that is reported instead.
 */
export function rolesToCreate(
  dump: string,
  {
    missing,
    there,
    profiles = [],
  }: { missing: readonly string[]; there: readonly string[]; profiles?: readonly string[] },
): RolesToCreate {
  const [wanted, present] = [new Set(missing), new Set(there)];
  const sql: string[] = [];
  const warnings: string[] = [];
  const powerful = new Set<string>();
  for (const statement of sqlOnly(scanSql(dump))) {
    const { tokens, start, end } = statement;
    const text = dump.slice(start, end);
    const membership = membershipOf(tokens);
    if (membership) {
      const found = granted(membership, text, { wanted, present });
      if (found.sql !== undefined) sql.push(found.sql);
      if (found.warning !== undefined) warnings.push(found.warning);
    } else {
      const role = ownRole(tokens);
      // One that exists by now was created by an earlier attempt.
      const made = wordsAt(tokens, 0, 'CREATE') && role !== undefined && present.has(role);
      if (role === undefined || !wanted.has(role) || made) continue;
      const profile = profileOf(tokens);
      if (profile !== undefined && !profiles.includes(profile)) {
        warnings.push(
          `${role} has the login profile ${profile} in the backup and was not given it: there is no such profile here, and a backup contains none. To give it one: CREATE PROFILE, then ${text}`,
        );
        continue;
      }
      sql.push(withoutPassword(text, statement));
      if (wordsAt(tokens, 0, 'CREATE|ALTER') && findWords(tokens, 3, 'SUPERUSER') !== -1) powerful.add(role);
    }
  }
  if (powerful.size > 0)
    warnings.push(
      `Now superusers, as in the backup: ${[...powerful].join(', ')}. Revoke that where it is not wanted (ALTER ROLE … NOSUPERUSER).`,
    );
  return { sql: sql.map((text) => `${text}\n`).join(''), warnings };
}

/** Credentials are never restored, whoever wrote them there. */
function withoutPassword(text: string, { tokens, start }: Statement): string {
  const at = findWords(tokens, 3, 'PASSWORD');
  const [first, value] = [tokens[at], tokens[at + 1]];
  if (at === -1 || !first || (value?.kind !== 'string' && !wordsAt(tokens, at + 1, 'NULL'))) return text;
  const from = wordsAt(tokens, at - 1, 'ENCRYPTED') ? (tokens[at - 1] ?? first) : first;
  return text.slice(0, from.start - start).trimEnd() + text.slice((value?.end ?? 0) - start);
}

/** `ALTER ROLE x [WITH] PROFILE p`, as in role dumps of releases with login profiles. */
function profileOf(tokens: readonly Token[]): string | undefined {
  const at = wordsAt(tokens, 3, 'WITH') ? 4 : 3;
  const name = tokens[at + 1];
  return wordsAt(tokens, 0, 'ALTER', 'ROLE|USER') && wordsAt(tokens, at, 'PROFILE') && isName(name)
    ? nameOf(name)
    : undefined;
}

/** The role that a CREATE, ALTER or COMMENT applies to. */
function ownRole(tokens: readonly Token[]): string | undefined {
  if (findWords(tokens, 3, 'IN', 'DATABASE') !== -1) return undefined;
  const at = wordsAt(tokens, 0, 'CREATE|ALTER', 'ROLE|USER|GROUP')
    ? 2
    : wordsAt(tokens, 0, 'COMMENT', 'ON', 'ROLE')
      ? 3
      : undefined;
  const name = at === undefined ? undefined : tokens[at];
  return isName(name) ? nameOf(name) : undefined;
}

interface Membership {
  groups: string[];
  members: string[];
  grantor?: { name: string; start: number; end: number };
}

/** `GRANT a TO b [WITH …] [GRANTED BY c]`; `start` and `end` are positions in the statement. */
function membershipOf(tokens: readonly Token[]): Membership | undefined {
  if (!wordsAt(tokens, 0, 'GRANT') || findWords(tokens, 1, 'ON') !== -1) return undefined;
  const { names: groups, next } = namesAt(tokens, 1);
  if (!wordsAt(tokens, next, 'TO')) return undefined;
  const members = namesAt(tokens, next + 1).names;
  const by = findWords(tokens, next + 1, 'GRANTED', 'BY');
  const [grantor, first, last] = [tokens[by + 2], tokens[by], tokens[0]];
  if (by === -1 || !isName(grantor) || !first || !last) return { groups, members };
  return {
    groups,
    members,
    grantor: { name: nameOf(grantor), start: first.start - last.start, end: grantor.end - last.start },
  };
}

function granted(
  { groups, members, grantor }: Membership,
  text: string,
  { wanted, present }: { wanted: ReadonlySet<string>; present: ReadonlySet<string> },
): { sql?: string; warning?: string } {
  const isNew = (role: string): boolean => wanted.has(role);
  const exists = (role: string): boolean => wanted.has(role) || present.has(role);
  const concerns = members.some(isNew) || (groups.some(isNew) && members.some(exists));
  if (!concerns) return {};
  const [group, member] = [groups.join(', '), members.join(', ')];
  if (!groups.every(exists) || !members.every(exists)) {
    const lacking = [...groups, ...members].filter((role) => !exists(role)).join(', ');
    return {
      warning: `${member} is a member of ${group} in the backup and was not made one: there is no role ${lacking} here.`,
    };
  }
  if (!members.every(isNew))
    return {
      warning: `${member} existed before and was not changed; in the backup it is a member of ${group}. To make it one: ${text}`,
    };
  if (!grantor || exists(grantor.name)) return { sql: text };
  return {
    sql: `${text.slice(0, grantor.start).trimEnd()}${text.slice(grantor.end)}`,
    warning: `The membership of ${member} in ${group} was granted by ${grantor.name}, which does not exist here; now it is granted by the restoring user.`,
  };
}
