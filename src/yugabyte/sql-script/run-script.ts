import type { YugabyteConfig } from '../config';
import { excerpt } from '../../redaction';
import { SqlFailed, StatementFailed, StatementRefused } from '../errors';
import { isOneStatement, SqlGate, type GatedContent, type Judged } from '../sql-gate';
import type { SqlConnection, SqlOptions } from '../sql/sql-connection';
import { SqlSession } from '../sql/sql-session';
import type { DumpPiece } from '../ysql-dump/split-dump';
import { splitDump } from '../ysql-dump/split-dump';
import { TRANSIENT_TEXTS } from '../process/pg-tool';
import { Conditions } from './conditions';
import type { CopyIn } from './copy-in';

export interface RunScriptInput extends SqlOptions {
  /** SQL as dumps have it, as it is made. */
  script: AsyncIterable<Buffer>;
  content: GatedContent;
  /** The database to connect to first. */
  database: string;
  /** The one that the script makes and connects to; of rows alone the one they go into. */
  makes?: string;
  /** Variables that dumps with YugabyteDB's metadata test in `\if` blocks. */
  variables?: Readonly<Record<string, string>>;
  /** The caller has accepted what the gate refuses of it; what no dump can say in SQL stays refused. */
  accepted?: boolean;
  /** Of rows alone: one transaction, with our own statements around them. */
  transaction?: { before: readonly string[]; after: readonly string[] };
  /** Asked when the script has ended, before a transaction does: whether it was what it should be. */
  confirm?: () => void | Promise<void>;
}

/** Of a statement, in a message. */
const LONGEST_QUOTE = 160;

/**
 * Runs a script statement by statement, each in one message that can hold no second one, while it is still being made, and stops at the first error.
 * No shell reads it: the backslash commands of a dump are carried out here, and every statement passes the gate once more before it is
 * sent. Fails with `StatementFailed`, `StatementRefused`, `SqlFailed` where a part is away, or with what making the script threw.
 */
export async function runScript(
  config: YugabyteConfig,
  connection: SqlConnection,
  input: RunScriptInput,
): Promise<void> {
  const { script, database, transaction, confirm } = input;
  const timeoutMs = input.timeoutMs ?? config.timeouts.commandMs;
  const signal = AbortSignal.any([...(input.signal ? [input.signal] : []), AbortSignal.timeout(timeoutMs)]);
  const run = new ScriptRun(input, (to) =>
    SqlSession.open(connection, to, { signal, timeoutMs, settings: { standard_conforming_strings: 'on' } }),
  );
  try {
    await run.connect(database);
    if (transaction) for (const text of ['BEGIN', ...transaction.before]) await run.own(text);
    for await (const piece of splitDump(script)) await run.piece(piece);
    await confirm?.();
    if (transaction) for (const text of [...transaction.after, 'COMMIT']) await run.own(text);
  } finally {
    await run.close();
  }
}

class ScriptRun {
  private session: SqlSession | undefined;
  private rows: CopyIn | undefined;
  private readonly gate: SqlGate;
  private readonly conditions: Conditions;
  private line: number | undefined;
  private statement = '';

  constructor(
    private readonly input: RunScriptInput,
    private readonly open: (database: string) => Promise<SqlSession>,
  ) {
    this.gate = new SqlGate({ content: input.content, database: input.makes ?? input.database });
    this.conditions = new Conditions(input.variables ?? {});
  }

  async connect(database: string): Promise<void> {
    await this.session?.close();
    this.session = await this.open(database);
  }

  async close(): Promise<void> {
    await this.session?.close();
  }

  /** A statement of ours. */
  async own(text: string): Promise<void> {
    this.line = undefined;
    await this.told(async () => await this.session?.run(text));
  }

  async piece(piece: DumpPiece): Promise<void> {
    const judged = this.gate.note(piece);
    if (piece.kind === 'rows') {
      const bytes = piece.end ? piece.bytes.subarray(0, -END_OF_ROWS) : piece.bytes;
      await this.told(async () => {
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
    const runs = verdict.kind === 'allowed' || (this.input.accepted === true && isOneStatement(one.statement));
    if (!runs) throw new StatementRefused(line, excerpt(text, LONGEST_QUOTE), verdict.because);
    if (meta?.kind === 'connect') await this.connect(meta.database);
    else if (meta) this.conditions.apply(meta);
    if (one.statement.kind === 'meta' || !this.conditions.active) return;
    await this.told(async () => {
      if (copies) this.rows = this.session?.copy(text);
      else this.answer((await this.session?.run(text)) ?? []);
    });
  }

  /** Of a question that `\gset` follows. */
  private answer(rows: Record<string, unknown>[]): void {
    const [row] = rows;
    for (const name of ['role_exists', 'tablespace_exists'])
      if (typeof row?.[name] === 'boolean') this.conditions.set(name, String(row[name]));
  }

  private async told(work: () => Promise<void> | Promise<unknown>): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (!(error instanceof SqlFailed) || error.transient || error.outcome === 'unknown') throw error;
      if (TRANSIENT_TEXTS.test(error.reason)) throw error;
      throw new StatementFailed(this.line, excerpt(this.statement, LONGEST_QUOTE), error.reason);
    }
  }
}

/** `\.` and the end of its line. */
const END_OF_ROWS = 3;
