import type { Command } from 'commander';
import type { KalpaClient, KalpaClientOptions } from '../../client';
import type { ResolvedConfig } from '../../config';
import type { CliIo } from './cli-io';
import type { CommonOptions } from './define-command';
import { fitText, widthOf } from './fit-text';
import type { CliDependencies } from './cli-dependencies';
import { indentContinuation } from './sanitized-output';

/** What each command is given besides its own arguments. */
export interface CommandContext {
  io: CliIo;
  parts: CliDependencies;
  /** Sets the exit code without an error. */
  exit(code: number): void;
}

/** One command being run: its options, its configuration, its output. */
export class Session {
  readonly options: CommonOptions;

  constructor(
    readonly context: CommandContext,
    command: Command,
  ) {
    this.options = command.optsWithGlobals<CommonOptions>();
  }

  get io(): CliIo {
    return this.context.io;
  }

  get json(): boolean {
    return this.options.json ?? false;
  }

  /** Throws `ConfigurationError`. */
  config(): ResolvedConfig {
    return this.context.parts.loadConfig(this.options.config);
  }

  /**
   * Connects, does the work, and closes the connection however the work ends. Unless it only reads, nothing is started
   * if the control worker that would take the run belongs to another cluster.
   */
  async withClient<T>(
    work: (client: KalpaClient, resolved: ResolvedConfig) => Promise<T>,
    { onlyReads = false, ...more }: Pick<KalpaClientOptions, 'scheduleRecords'> & { onlyReads?: boolean } = {},
  ): Promise<T> {
    const resolved = this.config();
    const client = await this.context.parts.connect(resolved, more);
    try {
      if (!onlyReads) await this.context.parts.refuseForeignWorkers(resolved, client);
      return await work(client, resolved);
    } finally {
      await client.close();
    }
  }

  /** A line of a table, unwrapped; nothing with `--json`. */
  line(line: string): void {
    if (!this.json) this.io.stdout.write(`${line}\n`);
  }

  /** A sentence for people, wrapped to the terminal; nothing with `--json`. */
  printText(text: string): void {
    this.line(fitText(text, widthOf(this.io.stdout)));
  }

  /** A remark that is not part of the result. */
  remark(text: string): void {
    if (!this.json) this.io.stderr.write(`${fitText(indentContinuation(text), widthOf(this.io.stderr))}\n`);
  }

  /** The result: one JSON document with `--json`, otherwise the text, wrapped to the terminal. */
  print(document: object, text: () => string): void {
    const out = this.json ? `${JSON.stringify(document, null, 2)}\n` : fitText(text(), widthOf(this.io.stdout), 2);
    this.io.stdout.write(out.endsWith('\n') ? out : `${out}\n`);
  }
}
