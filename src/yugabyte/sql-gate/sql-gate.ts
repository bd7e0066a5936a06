import { createHash } from 'node:crypto';
import { isUtf8 } from 'node:buffer';
import { excerpt } from '../../redaction';
import type { Statement } from '../ysql-dump/scan/scan-sql';
import type { DumpPiece, SqlPiece } from '../ysql-dump/scan/split-dump';
import { isName, isSymbol, nameOf, wordsAt } from '../ysql-dump/scan/statement';
import { alter, create, describe, grant } from './definitions';
import { metaCommand, type MetaCommand } from './meta-commands';
import {
  catalogUpdate,
  copy,
  doBlock,
  drop,
  isRoleQuestion,
  refresh,
  reset,
  select,
  setting,
  truncate,
} from './session-statements';
import { shapeOf } from './shape';
import { refused, type GateContext, type GatedContent, type Rule, type Verdict } from './verdict';

/** A refused part of a text. */
export interface Refusal {
  /** From 1. */
  line: number;
  /**
   * The line; `<line>.2` for a second refused statement on it. A caller accepts a refusal by `<sha256 of the
   * text>:<at>`.
   */
  at: string;
  /** Its first words, without secrets. */
  statement: string;
  because: string;
}

/** A statement or a backslash command, and the verdict on it. */
export interface Judged {
  line: number;
  statement: Statement;
  text: string;
  verdict: Verdict;
  meta?: MetaCommand;
}

/** What a text contains. Lists are cut off at `LISTED`; counts are not. */
export interface GateReport {
  /** Of the whole text. */
  sha256: string;
  refused: number;
  refusals: Refusal[];
  /** How many of them no caller can accept: what can't be sent as a single SQL statement. */
  neverRun: number;
  /** What the caller has accepted, by `statementDigest`; these are not among the refused. */
  accepted: string[];
  /** Code that the cluster would run as its own, by name. */
  named: string[];
  /** The same for extensions that the text adds member by member: each with its functions in C. */
  members: string[];
  /** Statements that need more privileges than a database owner's. */
  needsMore: number;
  leftOut: string[];
}

/** Replaces bytes that are not UTF-8. */
const REPLACED = '\ufffd';
const LISTED = 20;
const MAX_QUOTE_LENGTH = 120;

/** What dumps of any release consist of, by first word; everything else is refused. */
const RULES: Readonly<Record<string, Rule>> = {
  set: setting,
  reset,
  select,
  do: doBlock,
  update: catalogUpdate,
  copy,
  drop,
  refresh,
  truncate,
  create,
  alter,
  grant,
  revoke: grant,
  comment: describe,
  security: describe,
};

/**
 * Checks a text as it streams by and says what may be run of it; runs nothing itself. A backslash outside of quotes is
 * accepted only in the few forms that dumps contain, and Kalpa itself carries these out: no line is ever read by a
 * shell.
 */
export class SqlGate {
  private readonly context: GateContext;
  private readonly hash = createHash('sha256');
  private line = 1;
  private open = 0;
  /** Something precedes on the same line. */
  private inLine = false;
  private question = false;
  private refusedSoFar = 0;
  private neverRun = 0;
  private readonly refusals: Refusal[] = [];
  /** Refusals that the caller accepts, if the text is the one it means. */
  private readonly acceptable = new Map<string, string>();
  private refusedInLine = { line: 0, count: 0 };
  private readonly named = new Set<string>();
  /** The last function in C, until the next statement shows whether it belongs to an extension. */
  private inC: { named: string; library: string } | undefined;
  /** Functions in C by extension and library. */
  private readonly members = new Map<string, { extension: string; library: string; functions: number }>();
  private readonly leftOut = new Set<string>();
  private needsMore = 0;

  constructor(
    of: { content: GatedContent; database: string; rowsInto?: GateContext['rowsInto'] },
    /** Refusals that the caller accepts, each as `<sha256>:<at>`. */
    private readonly accept: readonly string[] = [],
  ) {
    this.context = { ...of, connected: of.content === 'rows' };
  }

  /** The verdict on each statement of a piece; rows pass. */
  note(piece: DumpPiece): Judged[] {
    this.hash.update(piece.bytes);
    if (piece.kind === 'rows') {
      this.line += piece.rows + (piece.end ? 1 : 0);
      this.inLine = false;
      return [];
    }
    const judged = this.judged(piece);
    for (const one of judged) this.count(one);
    this.line += piece.text.split('\n').length - 1;
    return judged;
  }

  /** To be called at the end of the text. */
  end(): GateReport {
    this.nameFunctionInC();
    if (this.question || this.open > 0)
      this.refuse({ line: this.line, statement: '', because: 'the text ends inside of a condition' });
    const sha256 = this.hash.digest('hex');
    const accepted = [...this.acceptable].filter(([at]) => this.accept.includes(`${sha256}:${at}`));
    const places = new Set(accepted.map(([at]) => at));
    return {
      sha256,
      refused: this.refusedSoFar - accepted.length,
      refusals: this.refusals.filter(({ at }) => !places.has(at)).slice(0, LISTED),
      neverRun: this.neverRun,
      accepted: accepted.map(([, digest]) => digest),
      named: [...this.named].slice(0, LISTED),
      members: [...this.members.values()]
        .slice(0, LISTED)
        .map(({ extension, library, functions }) => `${extension} (${functions} in C, ${library})`),
      needsMore: this.needsMore,
      leftOut: [...this.leftOut],
    };
  }

  private judged(piece: SqlPiece): Judged[] {
    const { text, statements } = piece;
    const encoded = isUtf8(piece.bytes);
    let behind = 0;
    return statements.map((statement, i) => {
      const { start, end, line } = statement;
      const before = text.slice(behind, start);
      const newline = before.lastIndexOf('\n');
      const alone = newline === -1 ? !this.inLine && before.trim() === '' : before.slice(newline).trim() === '';
      this.inLine = true;
      behind = end;
      const own = text.slice(start, end);
      const at = { line: this.line + line - 1, statement, text: own };
      if (own.includes('\0') || (!encoded && own.includes(REPLACED)))
        return { ...at, verdict: refused('it is not written in UTF-8') };
      if (statement.kind === 'meta') return { ...at, ...this.metaVerdict(own, alone) };
      const last = piece.copies !== undefined && i === statements.length - 1;
      return { ...at, verdict: this.sqlVerdict(statement, own, last ? text.slice(end) : undefined) };
    });
  }

  private metaVerdict(line: string, alone: boolean): { verdict: Verdict; meta?: MetaCommand } {
    const meta = metaCommand(line);
    const question = this.question;
    this.question = false;
    if (!meta) return { verdict: refused('a dump has no such backslash command') };
    if (question !== (meta.kind === 'gset') || (meta.kind !== 'gset' && !alone))
      return { verdict: refused('a dump has such a backslash command in another place') };
    if (meta.kind === 'if') this.open += 1;
    if (meta.kind !== 'if' && this.open === 0 && /^(?:elif|else|endif)$/.test(meta.kind))
      return { verdict: refused('it ends a condition that was not begun') };
    if (meta.kind === 'endif') this.open -= 1;
    if (meta.kind !== 'connect') return { verdict: { kind: 'allowed' }, meta };
    const { content, database } = this.context;
    if (content !== 'database' || meta.database !== database)
      return { verdict: refused('it connects to another database') };
    if (this.open > 0) return { verdict: refused('a dump connects under no condition') };
    this.context.connected = true;
    return { verdict: { kind: 'allowed' }, meta };
  }

  private sqlVerdict(statement: Statement, text: string, restOfLine: string | undefined): Verdict {
    const { tokens } = statement;
    const { question } = this;
    this.question = false;
    if (question) return refused('a question of a dump ends with \\gset');
    if (hasUnicodeQuotes(statement, text)) return refused('a dump has no U&\'…\' and no U&"…"');
    if (statement.unended) {
      if (!isRoleQuestion(statement)) return refused('it has no end');
      this.question = true;
      return { kind: 'allowed' };
    }
    if (tokens.length === 0) return { kind: 'leftOut', because: 'it is empty' };
    const [first] = tokens;
    const rule = first?.kind === 'word' ? RULES[first.value.toLowerCase()] : undefined;
    if (!rule || (first?.kind === 'word' && !Object.hasOwn(RULES, first.value.toLowerCase())))
      return refused('a dump has no such statement');
    if (restOfLine !== undefined && (restOfLine !== '\n' || this.open > 0))
      return refused('rows follow in the line behind COPY, and under no condition');
    // Otherwise strings would be read one way here, and the other way by a server for which the condition is false.
    if (this.open > 0 && wordsAt(tokens, 0, 'SET', 'STANDARD_CONFORMING_STRINGS'))
      return refused('a dump says how its strings are read under no condition');
    if (shapeOf(tokens) === 'set yb_binary_restore = true') this.context.restoring = true;
    return rule(statement, this.context);
  }

  private count({ verdict, line, text, statement }: Judged): void {
    this.noteMember(statement);
    if (verdict.kind === 'refused')
      this.refuse(
        { line, statement: excerpt(text, MAX_QUOTE_LENGTH), because: verdict.because },
        isOneStatement(statement) ? { statement, text } : undefined,
      );
    else if (verdict.kind === 'leftOut') {
      if (this.leftOut.size < LISTED && text !== ';') this.leftOut.add(excerpt(text, MAX_QUOTE_LENGTH));
    } else {
      if (verdict.needsMore) this.needsMore += 1;
      if (verdict.named === undefined) return;
      const subject = excerpt(verdict.named, MAX_QUOTE_LENGTH);
      if (verdict.library === undefined) this.name(subject);
      else this.inC = { named: subject, library: excerpt(verdict.library, MAX_QUOTE_LENGTH) };
    }
  }

  /**
   * A dump with metadata creates each member of an extension and adds it in the next statement (pg_dump.c,
   * binary_upgrade_extension_member).
   */
  private noteMember({ tokens }: Statement): void {
    const name = tokens[2];
    if (!this.inC || !wordsAt(tokens, 0, 'ALTER', 'EXTENSION') || !isName(name) || !wordsAt(tokens, 3, 'ADD'))
      return this.nameFunctionInC();
    const { library } = this.inC;
    const extension = excerpt(nameOf(name), MAX_QUOTE_LENGTH);
    const key = `${extension}\0${library}`;
    const known = this.members.get(key) ?? { extension, library, functions: 0 };
    if (this.members.size <= LISTED) this.members.set(key, { ...known, functions: known.functions + 1 });
    this.inC = undefined;
  }

  private nameFunctionInC(): void {
    if (this.inC) this.name(this.inC.named);
    this.inC = undefined;
  }

  private name(subject: string): void {
    if (this.named.size <= LISTED) this.named.add(subject);
  }

  private refuse(refused: Omit<Refusal, 'at'>, own?: { statement: Statement; text: string }): void {
    const { line } = refused;
    this.refusedInLine = { line, count: this.refusedInLine.line === line ? this.refusedInLine.count + 1 : 1 };
    const { count } = this.refusedInLine;
    const refusal = { ...refused, at: count === 1 ? String(line) : `${line}.${count}` };
    this.refusedSoFar += 1;
    if (!own) this.neverRun += 1;
    else if (this.accept.some((name) => name.endsWith(`:${refusal.at}`)))
      this.acceptable.set(refusal.at, statementDigest(own, [this.context.database]));
    if (this.refusals.length < LISTED + this.accept.length) this.refusals.push(refusal);
  }
}

/**
 * Identifies a statement, whichever of `names` the database has in it: a dump is judged under its own name, and run
 * under another.
 */
export function statementDigest(
  { statement: { tokens, start }, text }: Pick<Judged, 'statement' | 'text'>,
  names: readonly string[],
): string {
  const hash = createHash('sha256');
  let behind = 0;
  for (const token of tokens) {
    if (!isName(token) || !names.includes(nameOf(token))) continue;
    hash.update(text.slice(behind, token.start - start)).update('\0'); // which no statement contains
    behind = token.end - start;
  }
  return hash.update(text.slice(behind)).digest('hex');
}

/** What can be sent to the server as one statement. */
export const isOneStatement = ({ kind, unended }: Statement): boolean => kind === 'sql' && unended !== true;

/** Names in these are not read as they are written. */
const hasUnicodeQuotes = ({ tokens, start }: Statement, text: string): boolean =>
  tokens.some(
    ({ kind, start: at }, i) =>
      (kind === 'string' && /^u&/i.test(text.slice(at - start, at - start + 2))) ||
      (wordsAt(tokens, i, 'U') && isSymbol(tokens[i + 1], '&') && tokens[i + 2]?.kind === 'identifier'),
  );
