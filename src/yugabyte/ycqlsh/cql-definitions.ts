import { excerpt } from '../../redaction';
import { StatementRefused } from '../errors';
import {
  cqlStatements,
  inKeyspace,
  nameOf,
  tokensOf,
  whatIsMade,
  type CqlStatement,
  type Makes,
} from './cql-statements';
import { cqlText } from './quote-cql';

/** A statement that defines a part of a keyspace. */
export interface CqlDefinition {
  makes: Exclude<Makes, { kind: 'other' }>;
  /** Written anew from its words, for a keyspace of another name. */
  statementIn: (keyspace: string) => string;
}

/** Of a statement, in a message. */
const LONGEST_QUOTE = 120;
/** Of all definitions: more is no keyspace. */
const MOST_CHARACTERS = 4 * 1024 * 1024;
/** What stands between the words of a definition. */
const SIGNS = /^[(){}<>[\],:=.+-]$/;

/**
 * The definitions of one keyspace, as `DESC KEYSPACE` prints them: CREATE KEYSPACE, TYPE, TABLE and INDEX of this keyspace, and nothing else. What is sent
 * later is written from what was read here, never the text itself. Fails with `StatementRefused`.
 */
export function cqlDefinitions(text: string, keyspace: string): CqlDefinition[] {
  if (text.length > MOST_CHARACTERS)
    throw new StatementRefused(1, excerpt(text, LONGEST_QUOTE), `it is longer than ${MOST_CHARACTERS} characters`);
  return cqlStatements(text).map((statement) => {
    const refuse = (because: string): StatementRefused =>
      new StatementRefused(statement.from, excerpt(statement.text, LONGEST_QUOTE), because);
    const makes = whatIsMade(statement.text);
    if (makes.kind === 'other') throw refuse('a keyspace is defined by CREATE KEYSPACE, TYPE, TABLE and INDEX alone');
    const written = writtenAnew(statement);
    if (written === undefined) throw refuse('it holds what no definition of a keyspace holds');
    if (!liesIn(keyspace, statement, makes)) throw refuse('it is about another keyspace');
    return { makes, statementIn: (to) => inKeyspace(written, keyspace, to) };
  });
}

/** The same words with one space between them; undefined where something is no word of a definition. */
function writtenAnew({ text }: CqlStatement): string | undefined {
  const tokens = [...tokensOf(text)];
  if (tokens.at(-1)?.text === ';') tokens.pop();
  const words = tokens.map(({ kind, text: word }) => {
    if (kind === 'space') return ' ';
    if (kind === 'name') return word;
    if (kind === 'sign') return SIGNS.test(word) ? word : undefined;
    if (word.startsWith("'")) return cqlText(word.slice(1, -1).replaceAll("''", "'"));
    return /^\d[\w.]*$/.test(word) ? word : undefined;
  });
  const written = words.join('');
  return words.includes(undefined) || /--|\/[*/]/.test(written.replace(/'[^']*'|"[^"]*"/g, ''))
    ? undefined
    : `${written};`;
}

/** Every name with a dot behind it is the keyspace's, and what is made has one. */
function liesIn(keyspace: string, { text }: CqlStatement, makes: CqlDefinition['makes']): boolean {
  if (makes.kind === 'keyspace') return makes.name === keyspace;
  const words = [...tokensOf(text)].filter(({ kind }) => kind !== 'space');
  const dots = words.flatMap(({ text: word, kind }, at) => (kind === 'sign' && word === '.' ? [at] : []));
  return (
    dots.length > 0 &&
    dots.every((at) => words[at - 1]?.kind === 'name' && nameOf(words[at - 1]?.text ?? '') === keyspace)
  );
}
