import { namesAt, namesAfter, settingAt, valueAt } from './names-at';
import type { Token } from '../scan/scan-sql';
import { findWords, isSymbol, nameOf, subjectOf, wordsAt } from '../scan/statement';
import { given } from '../../../objects/given';

/** What must be removed from a statement so that it names no roles: all of it, or the text between two positions. */
export type Part = 'statement' | { start: number; end: number };

export interface RolesNamed {
  /** Without PUBLIC, CURRENT_USER and their like. */
  roles: string[];
  /** Those that appear as constants in a definition. */
  constants: string[];
  /** Absent if nothing can be removed: a constant within a definition. */
  part?: Part;
  /** What is lost with it, if that is more than an owner or a privilege. */
  loses?: string;
}

/**
 * Every place in a dump where a statement names roles: the only list for both finding them and leaving them out.
 * Undefined for a statement that names none.
 */
export function rolesNamed(tokens: readonly Token[]): RolesNamed | undefined {
  const named = byStatement(tokens) ?? byClause(tokens);
  const constants = roleConstants(tokens);
  const roles = [...new Set([...(named?.roles ?? []), ...constants])];
  if (roles.length === 0) return undefined;
  return { ...(named && named.roles.length > 0 ? named : {}), roles, constants };
}

type NamedOutside = Omit<RolesNamed, 'constants'>;

/** Statements that are meaningless without the role. */
function byStatement(tokens: readonly Token[]): NamedOutside | undefined {
  const whole = (roles: string[], loses?: string): NamedOutside => ({
    roles,
    part: 'statement',
    ...given({ loses }),
  });
  const behind = (...words: string[]): string[] => namesAfter(tokens, 1, ...words);
  if (wordsAt(tokens, 0, 'ALTER', 'DEFAULT', 'PRIVILEGES'))
    return whole([...behind('FOR', 'ROLE|USER'), ...behind('TO'), ...behind('FROM')]);
  if (wordsAt(tokens, 0, 'GRANT|REVOKE')) {
    const first = wordsAt(tokens, 2, 'OPTION', 'FOR') ? 4 : 1;
    const granted = findWords(tokens, 1, 'ON') === -1 ? namesAt(tokens, first).names : []; // roles, not privileges
    return whole([...granted, ...behind('TO'), ...behind('FROM'), ...behind('GRANTED', 'BY')]);
  }
  if (wordsAt(tokens, 0, 'CREATE|ALTER|DROP', 'USER', 'MAPPING')) {
    const roles = behind('FOR');
    return whole(roles, `USER MAPPING FOR ${roles.join(', ')}`);
  }
  if (wordsAt(tokens, 0, 'ALTER|CREATE|DROP', 'ROLE|USER|GROUP')) {
    const roles = namesAt(tokens, 2).names;
    return whole(roles, `settings of role ${roles.join(', ')}`);
  }
  if (wordsAt(tokens, 0, 'CREATE|ALTER', 'POLICY')) return whole(behind('TO'), subjectOf(tokens));
  if (wordsAt(tokens, 0, 'ALTER', 'DATABASE')) {
    const set = settingOfRole(tokens, 0, tokens.length);
    if (set) return whole(set.roles, `the setting of a role in ${subjectOf(tokens)}`);
  }
  if (wordsAt(tokens, 0, 'ALTER')) return whole(behind('OWNER', 'TO'));
  if (wordsAt(tokens, 0, 'SET')) return whole(settingOfRole(tokens, 0, tokens.length)?.roles ?? []);
  if (wordsAt(tokens, 0, 'COMMENT', 'ON', 'ROLE')) return whole(namesAt(tokens, 3).names);
  if (wordsAt(tokens, 0, 'SECURITY', 'LABEL')) return whole(behind('ON', 'ROLE'));
  return undefined;
}

/** Statements that work without the role. */
function byClause(tokens: readonly Token[]): NamedOutside | undefined {
  const cut = (at: number, next: number): Part => ({
    start: tokens[at]?.start ?? 0,
    end: tokens[next - 1]?.end ?? 0,
  });
  if (wordsAt(tokens, 0, 'CREATE', 'SCHEMA')) {
    const at = findWords(tokens, 2, 'AUTHORIZATION');
    if (at === -1) return undefined;
    const { names, next } = namesAt(tokens, at + 1);
    // CREATE SCHEMA AUTHORIZATION x creates a schema x
    const nameless = at === 2 || (at === 5 && wordsAt(tokens, 2, 'IF', 'NOT', 'EXISTS'));
    return { roles: names, part: cut(at, nameless ? at + 1 : next) };
  }
  if (wordsAt(tokens, 0, 'CREATE', 'DATABASE|TABLESPACE')) {
    const at = findWords(tokens, 3, 'OWNER');
    if (at === -1) return undefined;
    const { names, next } = settingAt(tokens, at + 1);
    return { roles: names, part: cut(at, next) };
  }
  if (wordsAt(tokens, 0, 'CREATE') && /^(?:FUNCTION|PROCEDURE) /.test(subjectOf(tokens))) {
    const body = tokens.findIndex(
      (token, i) => token.depth === 0 && wordsAt(tokens, i, 'AS|BEGIN|RETURN') && !isSymbol(tokens[i - 1], '.'),
    );
    const set = settingOfRole(tokens, 2, body === -1 ? tokens.length : body);
    return set && { roles: set.roles, part: cut(set.at, set.next), loses: `SET role of ${subjectOf(tokens)}` };
  }
  return undefined;
}

/** `SET [SESSION|LOCAL] ROLE x`, `SET SESSION AUTHORIZATION x`, `… SET role TO 'x'`. */
function settingOfRole(
  tokens: readonly Token[],
  from: number,
  to: number,
): { roles: string[]; at: number; next: number } | undefined {
  for (let at = from; at < to; at += 1) {
    if (tokens[at]?.depth !== 0 || !wordsAt(tokens, at, 'SET')) continue;
    const scope = wordsAt(tokens, at + 1, 'SESSION|LOCAL') && !wordsAt(tokens, at + 1, 'SESSION', 'AUTHORIZATION');
    const setting = scope ? at + 2 : at + 1;
    if (wordsAt(tokens, setting, 'SESSION', 'AUTHORIZATION')) {
      const { names, next } = valueAt(tokens, setting + 2);
      return { roles: names, at, next };
    }
    if (wordsAt(tokens, setting, 'ROLE|SESSION_AUTHORIZATION')) {
      const { names, next } = settingAt(tokens, setting + 1);
      return { roles: names.filter((name) => name !== 'none'), at, next };
    }
  }
  return undefined;
}

/** `'x'::regrole`, as in a view or default: resolved when the object is created. */
function roleConstants(tokens: readonly Token[]): string[] {
  return tokens.flatMap((token, i) => {
    if (token.kind !== 'string' || !isSymbol(tokens[i + 1], ':') || !isSymbol(tokens[i + 2], ':')) return [];
    const type = wordsAt(tokens, i + 3, 'PG_CATALOG') && isSymbol(tokens[i + 4], '.') ? i + 5 : i + 3;
    if (!wordsAt(tokens, type, 'REGROLE')) return [];
    const list = isSymbol(tokens[type + 1], '[') ? /^{(.*)}$/s.exec(token.value)?.[1] : undefined;
    return (list === undefined ? [token.value] : elementsOf(list)).flatMap((name) => {
      if (/^(?:-|[0-9]+|NULL|)$/.test(name)) return [];
      const quoted = /^"(.*)"$/s.exec(name)?.[1];
      return [quoted === undefined ? nameOf({ ...token, kind: 'word', value: name }) : quoted.replaceAll('""', '"')];
    });
  });
}

/** The elements of an array literal: `a,"\\"B c\\""`. */
const elementsOf = (list: string): string[] =>
  [...list.matchAll(/"((?:[^"\\]|\\.)*)"|([^",{}]+)/gs)].map(
    ([, quoted, plain = '']) => quoted?.replace(/\\(.)/gs, '$1') ?? plain.trim(),
  );
