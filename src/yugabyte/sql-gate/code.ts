import type { Token } from '../ysql-dump/scan/scan-sql';
import { skipIfNotExists, findWords, isName, isSymbol, nameOf, subjectOf, wordsAt } from '../ysql-dump/scan/statement';
import { NAME, plainString, shape, shapeOf } from './shape';
import { ALLOWED, named, NEEDS_MORE, refused, type Rule, type Verdict } from './verdict';

/** Languages whose functions can do no more than their caller. */
const TRUSTED = new Set(['sql', 'plpgsql', 'plperl', 'pltcl', 'plv8', 'plcoffee', 'plls', 'pllua']);
/** The library of an extension, in the server's own folder. */
const OWN_LIBRARY = /^\$libdir\/[\w.+-]+$/;
/** Extensions that create a language whose functions can do anything that the server's system user can. */
const UNTRUSTED_EXTENSIONS = /^(?:pl\w+u|plsh|plr|hstore_pl\w+u|jsonb_pl\w+u|ltree_pl\w+u|bool_plperlu)$/;
/** Extensions that give SQL access to the server's files and programs. */
const OUTREACHING_EXTENSIONS = /^(?:file_fdw|adminpack|dblink|lo|pg_read_binary_file|pg_cron)$/;

/**
 * The languages that a CREATE FUNCTION | PROCEDURE may name: the word is also a valid name elsewhere. A body in
 * standard SQL needs none.
 */
function languagesOf(tokens: readonly Token[]): string[] {
  return tokens.flatMap((token, at) => {
    const next = tokens[at + 1];
    if (token.depth !== 0 || !wordsAt(tokens, at, 'LANGUAGE') || isSymbol(next, '(')) return [];
    if (next?.kind === 'string') return [next.escapes ? '' : next.value];
    return isName(next) ? [nameOf(next)] : [''];
  });
}

export const routine: Rule = ({ tokens }) => {
  const languages = languagesOf(tokens).filter((one) => !TRUSTED.has(one));
  const language = languages.includes('c') ? 'c' : languages[0];
  if (language === undefined) return ALLOWED;
  const subject = `${subjectOf(tokens)} (language ${language})`;
  if (language !== 'c') return named(subject);
  const body = findWords(tokens, 3, 'AS');
  const library = body === -1 ? undefined : plainString(tokens[body + 1]);
  if (library === undefined || !OWN_LIBRARY.test(library))
    return refused('its code lies in a file that is no library of an extension');
  return { ...named(`${subject.slice(0, -1)}, ${library})`), library };
};

/** Called by the server itself with the rights of whoever creates an object of this kind. */
function callsForeignCode(tokens: readonly Token[]): boolean {
  return tokens.some(
    ({ depth }, at) =>
      depth === 0 &&
      wordsAt(tokens, at, 'HANDLER|INLINE|VALIDATOR') &&
      !wordsAt(tokens, at - 1, 'NO') &&
      !(isName(tokens[at + 1]) && nameOf(tokens[at + 1] as Token) === 'pg_catalog' && isSymbol(tokens[at + 2], '.')),
  );
}

export const foreignDataWrapper: Rule = ({ tokens }) =>
  callsForeignCode(tokens)
    ? refused('its functions would be called with the rights of the configured user, and no extension brings them')
    : NEEDS_MORE;

export const language: Rule = ({ tokens }) =>
  callsForeignCode(tokens)
    ? refused('its functions would be called with the rights of the configured user, and no extension brings them')
    : isTrusted(tokens)
      ? { ...ALLOWED, needsMore: true }
      : named(`the untrusted ${languageOf(tokens)}`);

/** The name alone is no proof: without a handler the server uses the extension of that name, whatever it is. */
const isTrusted = (tokens: readonly Token[]): boolean => {
  const at = findWords(tokens, 1, 'TRUSTED');
  const name = tokens[wordsAt(tokens, at + 1, 'PROCEDURAL') ? at + 3 : at + 2];
  return (at === 1 || at === 3) && isName(name) && TRUSTED.has(nameOf(name));
};

const languageOf = (tokens: readonly Token[]): string => {
  const name = tokens[findWords(tokens, 1, 'LANGUAGE') + 1];
  return `LANGUAGE ${isName(name) ? nameOf(name) : ''}`;
};

/**
 * A cast by a function between two of the server's own types affects everyone in that database who converts such a
 * value, including Kalpa's own comparison of rows. Dumps schema-qualify every other type.
 */
export const cast: Rule = ({ tokens }) => {
  const [open, as] = [3, tokens.findIndex((token, at) => at > 3 && token.depth === 1 && wordsAt(tokens, at, 'AS'))];
  const close = tokens.findIndex((token, at) => at > as && token.depth === 1 && isSymbol(token, ')'));
  const types = [tokens.slice(open, as), tokens.slice(as + 1, close)];
  const isOwn = (type: readonly Token[]): boolean => {
    const dot = type.findIndex((token) => isSymbol(token, '.'));
    return dot === -1 || nameOf(type[dot - 1] as Token) === 'pg_catalog';
  };
  if (!wordsAt(tokens, close + 1, 'WITH', 'FUNCTION') || !types.every(isOwn)) return NEEDS_MORE;
  const [from = '', to = ''] = types.map((type) => type.map(nameOf).join(' '));
  return named(`CAST (${from} AS ${to}) by a function, which everybody calls who converts such a value`);
};

export const extension: Rule = ({ tokens }) => {
  const known = `create extension (?:if not exists )?${NAME}(?: with)?(?: schema ${NAME})?(?: version (?:'|${NAME}))?`;
  const token = tokens[skipIfNotExists(tokens, 2)];
  if (!shape(known).test(shapeOf(tokens)) || !isName(token))
    return refused('a dump creates an extension by name alone');
  return extensionOf(nameOf(token)) ?? ALLOWED;
};

/** What an operator must know of an extension by its name; undefined: nothing. */
export function extensionOf(name: string): Verdict | undefined {
  if (UNTRUSTED_EXTENSIONS.test(name)) return named(`the extension ${name}, an untrusted language`);
  if (OUTREACHING_EXTENSIONS.test(name)) return named(`the extension ${name}, which reaches beyond the database`);
  return undefined;
}
