import type { YugabyteConfig } from '../config';
import { excerpt } from '../../redaction';
import { SqlFailed, StatementFailed, StatementRefused } from '../errors';
import {
  foreignTableOf,
  isOneStatement,
  kindOf,
  runsAs,
  setByBlock,
  SqlGate,
  statementDigest,
  tablespaceOf,
  type GatedContent,
  type Judged,
} from '../sql-gate';
import type { SqlConnection, SqlOptions } from '../ysql/session/sql-connection';
import { SqlSession } from '../ysql/session/sql-session';
import type { DumpPiece } from '../ysql-dump/scan/split-dump';
import { splitDump } from '../ysql-dump/scan/split-dump';
import { TRANSIENT_TEXTS } from '../process/pg-tool';
import { wordsAt } from '../ysql-dump/scan/statement';
import { Conditions } from './conditions';
import type { CopyIn } from './copy-in';
import { dropLoadRole, makeLoadRole, asLoginFailure } from './load-role';
import { harmlessFailure } from './harmless-failures';
import { functionsNamed, leakproofFunction, type LeakproofFunction } from './leakproof';
import { LoadSessions, type SessionKind } from './load-sessions';

export interface RunScriptInput extends SqlOptions {
  /** SQL as dumps contain it, as it is produced. */
  script: AsyncIterable<Buffer>;
  content: GatedContent;
  /** The database to connect to first. */
  database: string;
  /** The database that the script creates and connects to; for rows alone, the one they go into. */
  makes?: string;
  /** Variables that dumps with YugabyteDB's metadata test in `\if` blocks. */
  variables?: Readonly<Record<string, string>>;
  /** The name of `makes` in the dump. */
  from?: string;
  /** Nothing from `makes` may run as the configured role: it is loaded as a role that owns only that database. */
  confined?: boolean;
  /**
   * What the gate refuses and the caller has accepted, by `statementDigest`. What is not a single SQL statement remains
   * refused.
   */
  accepted?: readonly string[];
  /** For rows alone: one transaction, with our own statements around them. */
  transaction?: { before: readonly string[]; after: readonly string[] };
  /** Called when the script has ended, before a transaction commits: throws if the script was not the expected one. */
  confirm?: () => void | Promise<void>;
}

/** What a script needed beyond the privileges of a database owner. */
export interface ScriptResult {
  /** Statements that the configured role ran, by kind; only for a confined script. */
  byServer: Record<string, number>;
  /** Failed statements that were left out, and why nothing is lost: sentences for a result's warnings. */
  harmless: string[];
}

/** Limit for statements kept until the end; no dump has more. */
const MAX_BUFFERED_BYTES = 128 * 1024 * 1024;

/** Of a statement, in a message. */
const MAX_QUOTE_LENGTH = 160;

/**
 * Runs a script statement by statement while it is still being produced, each in a message that can contain only one,
 * and stops at the first error. No shell reads it: the backslash commands of a dump are carried out here, and every
 * statement passes the gate once more before it is sent. Fails with `StatementFailed`, with `StatementRefused`, with
 * `SqlFailed` if a server can't be reached, or with the error of whatever produces the script.
 */
export async function runScript(
  config: YugabyteConfig,
  connection: SqlConnection,
  input: RunScriptInput,
): Promise<ScriptResult> {
  const { script, database, transaction, confirm, makes, confined = false } = input;
  const timeoutMs = input.timeoutMs ?? config.timeouts.commandMs;
  const signal = AbortSignal.any([...(input.signal ? [input.signal] : []), AbortSignal.timeout(timeoutMs)]);
  const options = { signal, timeoutMs };
  const role = confined && makes !== undefined ? await makeLoadRole(connection, makes, options) : undefined;
  const open = async (to: string, who: SessionKind): Promise<SqlSession> => {
    const quiet = who === 'quiet' ? { session_replication_role: 'replica' } : {};
    const settings = { standard_conforming_strings: 'on', ...quiet };
    if (who !== 'owner' || !role) return await SqlSession.open(connection, to, { ...options, settings });
    const own = connection.as({ user: role.name, password: role.password });
    return await SqlSession.open(own, to, { ...options, settings }).catch((error: unknown) => {
      throw asLoginFailure(error, role);
    });
  };
  const run = new ScriptRun(input, new LoadSessions(open, role, makes ?? database));
  try {
    await run.connect(database);
    if (transaction) for (const text of ['BEGIN', ...transaction.before]) await run.own(text);
    for await (const piece of splitDump(script)) await run.piece(piece);
    await confirm?.();
    await run.last();
    if (transaction) for (const text of [...transaction.after, 'COMMIT']) await run.own(text);
  } finally {
    await run.close();
  }
  if (role && makes !== undefined) await dropLoadRole(connection, makes, options);
  return run.result;
}

type Kept = Pick<Judged, 'statement' | 'line' | 'text'>;

class ScriptRun {
  readonly result: ScriptResult = { byServer: {}, harmless: [] };
  private rows: CopyIn | undefined;
  /** Run once nothing of the script can run any more, in this order. */
  private readonly kept: Record<'last' | 'events', Kept[]> = { last: [], events: [] };
  private keptCharacters = 0;
  private readonly gate: SqlGate;
  private readonly conditions: Conditions;
  private line: number | undefined;
  private statement = '';

  constructor(
    private readonly input: RunScriptInput,
    private readonly sessions: LoadSessions,
  ) {
    this.gate = new SqlGate({ content: input.content, database: input.makes ?? input.database });
    this.conditions = new Conditions(input.variables ?? {});
  }

  async connect(database: string): Promise<void> {
    await this.sessions.connect(database);
  }

  async close(): Promise<void> {
    await this.sessions.close();
  }

  /** Runs a statement of our own. */
  async own(text: string): Promise<void> {
    this.line = undefined;
    await this.withFailure(async () => await (await this.sessions.of('server')).run(text));
  }

  async piece(piece: DumpPiece): Promise<void> {
    const judged = this.gate.note(piece);
    if (piece.kind === 'rows') {
      const bytes = piece.end ? piece.bytes.subarray(0, -END_OF_ROWS) : piece.bytes;
      await this.withFailure(async () => {
        if (bytes.length > 0) await this.rows?.write(bytes);
        if (piece.end) await this.rows?.end();
      });
      return;
    }
    for (const one of judged) await this.judged(one, piece.copies !== undefined && one === judged.at(-1));
  }

  private async judged(one: Judged, copies: boolean): Promise<void> {
    const { verdict, meta, line, text } = one;
    [this.line, this.statement] = [line, text];
    if (verdict.kind === 'leftOut') return;
    const runs = verdict.kind === 'allowed' || this.isAccepted(one);
    if (!runs) throw new StatementRefused(line, excerpt(text, MAX_QUOTE_LENGTH), verdict.because);
    if (meta?.kind === 'connect') await this.connect(meta.database);
    else if (meta) this.conditions.apply(meta);
    if (one.statement.kind === 'meta' || !this.conditions.active) return;
    if (!this.sessions.confined) {
      await this.withFailure(async () => {
        const session = await this.sessions.of('server');
        if (copies) this.rows = session.copy(text);
        else this.answer(await session.run(text));
      }, one.statement);
      return;
    }
    const as =
      verdict.kind === 'refused' ? 'server' : runsAs(one.statement, { untrusted: verdict.named !== undefined });
    if (as === 'last' || as === 'events') this.keep(as, one);
    else await this.withFailure(async () => await this.runAs(as, one, copies), one.statement);
  }

  private async runAs(
    as: 'owner' | 'session' | 'serverSession' | 'server',
    one: Judged,
    copies: boolean,
  ): Promise<void> {
    const { statement, text } = one;
    const tablespace = tablespaceOf(statement);
    if (tablespace !== undefined) await this.sessions.giveTablespace(tablespace);
    if (as === 'session' || as === 'serverSession') {
      await this.sessions.set(settingOf(statement), text, as === 'serverSession');
      return;
    }
    const session = await this.sessions.of(as);
    const leakproof = as === 'owner' ? leakproofFunction(statement, text) : undefined;
    if (copies) this.rows = session.copy(text);
    else if (leakproof) await this.makeFunction(session, leakproof, one);
    else this.answer(await session.run(text));
    if (as !== 'server') return;
    this.count(statement);
    if (/EXTENSION$|DATA WRAPPER$/.test(kindOf(statement))) await this.sessions.giveRights();
    const foreign = foreignTableOf(statement, text);
    if (foreign !== undefined) await this.sessions.giveForeignTable(foreign);
  }

  /** The function is the one of this name that did not exist before. */
  private async makeFunction(session: SqlSession, made: LeakproofFunction, { statement, line }: Judged): Promise<void> {
    const before = new Set((await session.run(functionsNamed(made))).map(({ oid }) => oid));
    await session.run(made.text);
    for (const { oid, alter } of await session.run(functionsNamed(made)))
      if (!before.has(oid) && typeof alter === 'string') this.keep('last', { statement, line, text: alter });
  }

  private keep(as: 'last' | 'events', { statement, line, text }: Kept): void {
    this.keptCharacters += text.length;
    if (this.keptCharacters > MAX_BUFFERED_BYTES)
      throw new StatementRefused(line, excerpt(text, MAX_QUOTE_LENGTH), 'owners, privileges and comments are too long');
    this.kept[as].push({ statement, line, text });
    this.count(statement);
  }

  private count(statement: Judged['statement']): void {
    const kind = kindOf(statement);
    this.result.byServer[kind] = (this.result.byServer[kind] ?? 0) + 1;
  }

  /**
   * What the configured role does once nothing of the dump can run any more: owners, privileges, comments, and finally
   * whatever runs by itself.
   */
  async last(): Promise<void> {
    if (!this.sessions.confined) return;
    const run = async (kept: readonly Kept[]): Promise<void> => {
      for (const { statement, line, text } of kept) {
        [this.line, this.statement] = [line, text];
        await this.withFailure(async () => await (await this.sessions.of('quiet')).run(text), statement);
      }
    };
    await run(this.kept.last);
    this.line = undefined;
    await this.withFailure(async () => {
      await this.sessions.disown();
    });
    await run(this.kept.events);
  }

  private isAccepted(one: Judged): boolean {
    const { accepted = [], makes, database, from } = this.input;
    if (accepted.length === 0 || !isOneStatement(one.statement)) return false;
    return accepted.includes(statementDigest(one, [makes ?? database, ...(from === undefined ? [] : [from])]));
  }

  /** The result of a query that `\gset` follows. */
  private answer(rows: Record<string, unknown>[]): void {
    const [row] = rows;
    for (const name of ['role_exists', 'tablespace_exists'])
      if (typeof row?.[name] === 'boolean') this.conditions.set(name, String(row[name]));
  }

  /**
   * Reports a failure as `StatementFailed`. `statement`: one of the dump, which may be among those that fail
   * harmlessly.
   */
  private async withFailure(
    work: () => Promise<void> | Promise<unknown>,
    statement?: Judged['statement'],
  ): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (!(error instanceof SqlFailed) || error.transient || error.outcome === 'unknown') throw error;
      if (TRANSIENT_TEXTS.test(error.reason)) throw error;
      const harmless = statement && !this.input.transaction ? harmlessFailure(statement, error.code) : undefined;
      if (harmless !== undefined) {
        this.result.harmless.push(
          `Line ${this.line ?? 0} of the dump was left out, ${excerpt(this.statement, MAX_QUOTE_LENGTH)}: ${error.reason}. Nothing is lost: ${harmless}.`,
        );
        return;
      }
      throw new StatementFailed(this.line, excerpt(this.statement, MAX_QUOTE_LENGTH), error.reason);
    }
  }
}

/** The name of the setting in a SET, a `set_config` or a DO with a SET in it. */
const settingOf = ({ tokens }: Judged['statement']): string =>
  (wordsAt(tokens, 0, 'SET') ? tokens[1]?.value : (setByBlock(tokens) ?? 'search_path'))?.toLowerCase() ?? '';

/** `\.` and the end of its line. */
const END_OF_ROWS = 3;
