import { createHash } from 'node:crypto';
import { excerpt } from '../../redaction';
import {
  cqlStatements,
  inKeyspace,
  nameOf,
  tokensOf,
  createdObject,
  type CqlStatement,
  type CreatedObject,
} from './cql-statements';
import { cqlText } from './quote-cql';

/** A statement that defines a part of a keyspace, or another one that the caller has accepted (`other`). */
export interface CqlDefinition {
  makes: CreatedObject;
  /** Composed from its parsed words, for a keyspace of another name. */
  statementIn: (keyspace: string) => string;
}

/** What a text of definitions contains. */
export interface CqlReport {
  /** Of the whole text. */
  sha256: string;
  /** In order, without what is refused. */
  definitions: CqlDefinition[];
  refused: number;
  /** The first refusals. A caller accepts one by `<sha256 of the text>:<at>`. */
  refusals: { line: number; at: string; statement: string; because: string }[];
  /** How many of them no caller can accept: what can't be sent as a single CQL statement. */
  neverRun: number;
}

/** Of a statement, in a message. */
const MAX_QUOTE_LENGTH = 120;
/** For all definitions: no keyspace has more. */
const MAX_CHARACTERS = 4 * 1024 * 1024;
/** Refusals that are listed one by one. */
const LISTED = 20;
/** What the server itself runs, by its first word: anything else may be a command of the shell. */
const STATEMENTS = /^(?:create|alter|drop|grant|revoke|insert|update|delete|truncate)\s/i;
/** The tokens between the words of a definition. */
const SIGNS = /^[(){}<>[\],:=.+-]$/;

/**
 * The definitions of one keyspace, as `DESC KEYSPACE` prints them: CREATE KEYSPACE, TYPE, TABLE and INDEX of this
 * keyspace, and nothing else except what the caller accepts by name. What is sent later is composed from what was
 * parsed here; the text itself is never sent.
 */
export function readCql(text: string, keyspace: string, accept: readonly string[] = []): CqlReport {
  const report: CqlReport = {
    ...{ sha256: createHash('sha256').update(text).digest('hex'), definitions: [] },
    ...{ refused: 0, refusals: [], neverRun: 0 },
  };
  const inLine = new Map<number, number>();
  const refuse = (line: number, statement: string, because: string, written?: string): void => {
    const count = (inLine.get(line) ?? 0) + 1;
    inLine.set(line, count);
    const at = count === 1 ? String(line) : `${line}.${count}`;
    if (written !== undefined && accept.includes(`${report.sha256}:${at}`)) {
      report.definitions.push({ makes: { kind: 'other' }, statementIn: (to) => inKeyspace(written, keyspace, to) });
      return;
    }
    report.refused += 1;
    if (written === undefined) report.neverRun += 1;
    if (report.refusals.length < LISTED)
      report.refusals.push({ line, at, statement: excerpt(statement, MAX_QUOTE_LENGTH), because });
  };
  if (text.length > MAX_CHARACTERS) {
    refuse(1, text.slice(0, 10 * MAX_QUOTE_LENGTH), `it is longer than ${MAX_CHARACTERS} characters`);
    return report;
  }
  for (const statement of cqlStatements(text)) {
    const makes = createdObject(statement.text);
    const written = writtenAnew(statement);
    const acceptable = written !== undefined && STATEMENTS.test(written) ? written : undefined;
    const no = (because: string): void => {
      refuse(statement.from, statement.text, because, acceptable);
    };
    if (makes.kind === 'other') no('a keyspace is defined by CREATE KEYSPACE, TYPE, TABLE and INDEX alone');
    else if (written === undefined) no('it holds what no definition of a keyspace holds');
    else if (!liesIn(keyspace, statement, makes)) no('it is about another keyspace');
    else report.definitions.push({ makes, statementIn: (to) => inKeyspace(written, keyspace, to) });
  }
  return report;
}

/** The same words, separated by single spaces; undefined if something can't be part of a definition. */
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

/** Every name that is followed by a dot is the keyspace's, and the created object is qualified. */
function liesIn(keyspace: string, { text }: CqlStatement, makes: Exclude<CreatedObject, { kind: 'other' }>): boolean {
  if (makes.kind === 'keyspace') return makes.name === keyspace;
  const words = [...tokensOf(text)].filter(({ kind }) => kind !== 'space');
  const dots = words.flatMap(({ text: word, kind }, at) => (kind === 'sign' && word === '.' ? [at] : []));
  return (
    dots.length > 0 &&
    dots.every((at) => words[at - 1]?.kind === 'name' && nameOf(words[at - 1]?.text ?? '') === keyspace)
  );
}
