import { escapeLiteral } from 'pg';
import { DumpRefused } from '../../errors';
import { quoteIdentifier } from '../../ysql/session/quote';
import { connectTarget, connectCommand } from './connect-command';
import type { Edit } from './edits';
import { catalogRow, containsAsConstant, namesElsewhere, placeOfName } from './mentions-of-database';
import type { Statement, Token } from '../scan/scan-sql';
import { findWords, isName, isSymbol, nameOf, subjectOf, wordsAt } from '../scan/statement';

/**
 * Changes the database's name in a dump made with `--create`: in top-level CREATE / ALTER / COMMENT ON / GRANT / REVOKE
 * / SECURITY LABEL … DATABASE, in ALTER ROLE … IN DATABASE, in its row of the catalog and in `\connect`. Function
 * bodies, constants and comments are not changed.
 *
 * Fails with `DumpRefused` if something else at top level names the database, if a statement names another database, or
 * if the dump does not itself create the database and connect to it (it would be loaded into whatever was connected
 * first).
 *
 * The dump may arrive in pieces: what was seen in one of them holds for later ones.
 */
export class DatabaseRenaming {
  private created = false;
  private connected = false;
  /** What contains the old name as a constant, and keeps it: `VIEW public.v`. */
  readonly constants: string[] = [];

  constructor(
    private readonly from: string,
    private readonly to: string,
  ) {}

  /** The changes to a piece; `linesBefore` counts the lines of earlier pieces. Fails with `DumpRefused`. */
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
        if (place === undefined) edits.push(...this.elsewhere(statement));
        else edits.push(...nameEdits(statement, place, from, to));
        this.created ||= place !== undefined && wordsAt(statement.tokens, 0, 'CREATE', 'DATABASE');
        if (!this.connected && createsInDatabase(statement.tokens))
          throw new DumpRefused(statement.line, 'it creates objects before connecting to the new database');
      }
    }
    return edits;
  }

  /** The name in a statement that is not known to name the database. */
  private elsewhere({ tokens, line }: Statement): Edit[] {
    const { from, to } = this;
    const row = catalogRow(tokens, from);
    if (row === 'unclear' || namesElsewhere(tokens, from))
      throw new DumpRefused(
        line,
        `a ${tokens
          .slice(0, 2)
          .map(({ value }) => value)
          .join(' ')} statement names database "${from}" where a new name cannot be set safely`,
      );
    if (row) return [{ start: row.start, end: row.end, text: escapeLiteral(to) }];
    if (containsAsConstant(tokens, from)) this.constants.push(subjectOf(tokens));
    return [];
  }

  /** Whether the dump creates and connects to the database. Fails with `DumpRefused`. */
  end(): void {
    if (this.created && this.connected) return;
    throw new DumpRefused(
      1,
      `it does not ${this.created ? 'connect to' : 'create'} database "${this.from}" (a dump made without --create)`,
    );
  }
}

function nameEdits(statement: Statement, place: number, from: string, to: string): Edit[] {
  const edits: Edit[] = [];
  for (let i = place; ; i += 2) {
    const token = statement.tokens[i];
    if (!isName(token)) throw new DumpRefused(statement.line, 'it has no database name where one is expected');
    if (nameOf(token) !== from)
      throw new DumpRefused(statement.line, `it names database "${nameOf(token)}" instead of "${from}"`);
    edits.push({ start: token.start, end: token.end, text: quoteIdentifier(to) });
    if (!isSymbol(statement.tokens[i + 1], ',')) break; // GRANT … ON DATABASE a, b
  }
  // ALTER DATABASE … RENAME TO … would rename the database during the restore.
  if (findWords(statement.tokens, place, 'RENAME', 'TO') !== -1)
    throw new DumpRefused(statement.line, 'it renames the database itself');
  return edits;
}

function connectEdit(dump: string, statement: Statement, from: string, to: string): Edit | undefined {
  const text = dump.slice(statement.start, statement.end);
  const target = connectTarget(text);
  if (target === undefined) return undefined;
  if (target === null) throw new DumpRefused(statement.line, `"${text.trim()}" is an unknown form of \\connect`);
  if (target !== from)
    throw new DumpRefused(statement.line, `it connects to database "${target}" instead of "${from}"`);
  return { start: statement.start, end: statement.start + text.trimEnd().length, text: connectCommand(to) };
}

/** Anything except settings and statements about the database itself. */
function createsInDatabase(tokens: Token[]): boolean {
  return wordsAt(tokens, 0, 'CREATE|INSERT|COPY') && !wordsAt(tokens, 1, 'DATABASE|ROLE|USER|TABLESPACE');
}
