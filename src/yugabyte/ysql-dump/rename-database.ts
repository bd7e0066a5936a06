import { DumpRefused } from '../errors';
import { quoteIdentifier } from '../sql/quote';
import { connectTarget, connectCommand } from './connect-command';
import { scanSql, UnfinishedSql, type Statement, type Token } from './scan-sql';
import { findWords, isName, isSymbol, nameOf, wordsAt } from './statement';

export interface RenamedDump {
  dump: string;
  /** Statements in which the name was set. */
  changed: number;
}

/**
 * Sets another database name in a dump made with `--create`: in top-level CREATE / ALTER / COMMENT ON / GRANT / REVOKE / SECURITY LABEL …
 * DATABASE, in ALTER ROLE … IN DATABASE and in `\connect`. Function bodies, strings and comments stay as they are.
 *
 * Fails with `DumpRefused` when something else at top level names the database, when a statement names a foreign one, or when the dump
 * does not itself create the database and connect to it (it would be loaded into whatever was connected first).
 */
export function renameDatabase(dump: string, from: string, to: string): RenamedDump {
  const renaming = new DatabaseRenaming(from, to);
  const edits = renaming.edits(dump, scanned(dump));
  renaming.end();
  return { dump: applied(dump, edits), changed: edits.length };
}

/** A change of the text of a dump. */
export interface Edit {
  start: number;
  end: number;
  text: string;
}

/** The same for a dump that arrives in pieces; what was seen in one of them holds for the next ones. */
export class DatabaseRenaming {
  private created = false;
  private connected = false;

  constructor(
    private readonly from: string,
    private readonly to: string,
  ) {}

  /** What to change in a piece; `linesBefore` are those of the pieces before it. Fails with `DumpRefused`. */
  edits(text: string, statements: readonly Statement[], linesBefore = 0): Edit[] {
    const { from, to } = this;
    const edits: Edit[] = [];
    for (const found of statements) {
      const statement = { ...found, line: found.line + linesBefore };
      if (statement.kind === 'meta') {
        const edit = connectEdit(text, statement, from, to);
        if (edit) {
          if (!this.created) throw new DumpRefused(statement.line, 'it connects to the database before creating it');
          this.connected = true;
          edits.push(edit);
        }
      } else if (statement.kind === 'sql') {
        const place = placeOfName(statement.tokens);
        if (place === undefined) refuseOtherMentions(statement, from);
        else edits.push(...nameEdits(statement, place, from, to));
        this.created ||= place !== undefined && wordsAt(statement.tokens, 0, 'CREATE', 'DATABASE');
        if (!this.connected && createsInDatabase(statement.tokens))
          throw new DumpRefused(statement.line, 'it creates objects before connecting to the new database');
      }
    }
    return edits;
  }

  /** Whether the dump goes where it was meant to. Fails with `DumpRefused`. */
  end(): void {
    if (this.created && this.connected) return;
    throw new DumpRefused(
      1,
      `it does not ${this.created ? 'connect to' : 'create'} database "${this.from}" (a dump made without --create)`,
    );
  }
}

function scanned(dump: string): Statement[] {
  try {
    return scanSql(dump);
  } catch (error) {
    if (error instanceof UnfinishedSql)
      throw new DumpRefused(
        error.line,
        `${error.message.slice(0, 1).toLowerCase()}${error.message.slice(1, -1)}; the dump is cut short`,
      );
    throw error;
  }
}

/** Where the database's name stands in a statement that is known to name one. */
function placeOfName(tokens: Token[]): number | undefined {
  if (wordsAt(tokens, 0, 'CREATE|ALTER', 'DATABASE')) return 2;
  if (wordsAt(tokens, 0, 'COMMENT', 'ON', 'DATABASE')) return 3;
  const behind = (at: number, words: number): number | undefined => (at === -1 ? undefined : at + words);
  if (wordsAt(tokens, 0, 'GRANT|REVOKE')) return behind(findWords(tokens, 1, 'ON', 'DATABASE'), 2);
  if (wordsAt(tokens, 0, 'SECURITY', 'LABEL')) return behind(findWords(tokens, 2, 'ON', 'DATABASE'), 2);
  if (wordsAt(tokens, 0, 'ALTER', 'ROLE|USER')) return behind(findWords(tokens, 2, 'IN', 'DATABASE'), 2);
  return undefined;
}

function nameEdits(statement: Statement, place: number, from: string, to: string): Edit[] {
  const edits: Edit[] = [];
  for (let i = place; ; i += 2) {
    const token = statement.tokens[i];
    if (!isName(token)) throw new DumpRefused(statement.line, 'no database name stands where one is expected');
    if (nameOf(token) !== from)
      throw new DumpRefused(statement.line, `it names database "${nameOf(token)}" instead of "${from}"`);
    edits.push({ start: token.start, end: token.end, text: quoteIdentifier(to) });
    if (!isSymbol(statement.tokens[i + 1], ',')) break; // GRANT … ON DATABASE a, b
  }
  // ALTER DATABASE … RENAME TO … would move the database away from under the restore.
  if (findWords(statement.tokens, place, 'RENAME', 'TO') !== -1)
    throw new DumpRefused(statement.line, 'it renames the database itself');
  return edits;
}

function connectEdit(dump: string, statement: Statement, from: string, to: string): Edit | undefined {
  const text = dump.slice(statement.start, statement.end);
  const target = connectTarget(text);
  if (target === undefined) return undefined;
  if (target === null)
    throw new DumpRefused(statement.line, `"${text.trim()}" is a form of \\connect that is not known`);
  if (target !== from)
    throw new DumpRefused(statement.line, `it connects to database "${target}" instead of "${from}"`);
  return { start: statement.start, end: statement.start + text.trimEnd().length, text: connectCommand(to) };
}

/** A mention elsewhere at top level: `DATABASE <name>` as words, the name as a value beside `pg_database`, or either inside a DO block. */
function refuseOtherMentions({ tokens, line }: Statement, from: string): void {
  const asWords = tokens.some((token, i) => {
    const [next, after] = [tokens[i + 1], tokens[i + 2]];
    return (
      token.depth === 0 &&
      wordsAt(tokens, i, 'DATABASE') &&
      isName(next) &&
      nameOf(next) === from &&
      !isSymbol(after, '.')
    );
  });
  const catalog = tokens.some(
    (token) => isName(token) && /^(?:pg_database|datname|pg_shdescription|pg_db_role_setting)$/.test(nameOf(token)),
  );
  const asValue = catalog && tokens.some((token) => token.kind === 'string' && token.value === from);
  const inBlock =
    wordsAt(tokens, 0, 'DO') &&
    tokens.some((token) => (token.kind === 'dollar' || token.kind === 'string') && mentionsDatabase(token.value, from));
  if (asWords || asValue || inBlock)
    throw new DumpRefused(
      line,
      `a ${tokens
        .slice(0, 2)
        .map(({ value }) => value)
        .join(' ')} statement names database "${from}" where a new name cannot be set safely`,
    );
}

function mentionsDatabase(body: string, name: string): boolean {
  const forms = [name, quoteIdentifier(name)].map((form) => form.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`\\bDATABASE\\s+(?:${forms.join('|')})(?![\\w$])`, 'i').test(body);
}

/** Anything but settings and statements about the database itself. */
function createsInDatabase(tokens: Token[]): boolean {
  return wordsAt(tokens, 0, 'CREATE|INSERT|COPY') && !wordsAt(tokens, 1, 'DATABASE|ROLE|USER|TABLESPACE');
}

/** The text with its changes, which stand in order and apart. */
export function applied(dump: string, edits: readonly Edit[]): string {
  let result = '';
  let at = 0;
  for (const { start, end, text } of edits) {
    result += dump.slice(at, start) + text;
    at = end;
  }
  return result + dump.slice(at);
}
