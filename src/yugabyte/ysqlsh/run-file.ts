import { readFile } from 'node:fs/promises';
import type { YugabyteConfig } from '../config';
import { ToolFailed } from '../errors';
import { StatementLog } from '../ysql-dump/statement-log';
import { databaseArg, runPgTool, type PgToolOptions } from './pg-tool';

export interface RunFileInput extends PgToolOptions {
  /** SQL with psql's meta-commands, on this host. */
  file: string;
  /** The database to connect to first. A dump made with --create is run while connected to another one. */
  database: string;
  /** psql variables, such as `use_roles`, that dumps with YugabyteDB's metadata test in `\if` blocks. */
  variables?: Readonly<Record<string, string>>;
}

/** `psql:<file>:<line>: ERROR:  <message>`; standard input is `<stdin>`. */
export const AT_LINE = /^[^\n]*?:(\d+): (?:ERROR|FATAL|PANIC|error): +(.*)$/m;

/**
 * Runs a file with ysqlsh and stops at its first error. Fails with `ToolFailed`, whose reason names the line and begins with the
 * statement there; what stood before it has taken effect.
 */
export async function runFile(config: YugabyteConfig, input: RunFileInput): Promise<void> {
  const variables = Object.entries(input.variables ?? {}).flatMap(([name, value]) => ['-v', `${name}=${value}`]);
  const args = [
    '-X',
    '-q',
    '-v',
    'ON_ERROR_STOP=1',
    '-v',
    'VERBOSITY=terse',
    ...variables,
    '-d',
    databaseArg(input.database),
    '-f',
    input.file,
  ];
  try {
    await runPgTool(config, { tool: 'ysqlsh', args, mutates: true }, input);
  } catch (error) {
    if (!(error instanceof ToolFailed)) throw error;
    const [, line, message = ''] = AT_LINE.exec(error.stderrTail) ?? [];
    if (line === undefined) throw error;
    const statement = await statementAt(input.file, Number(line));
    throw new ToolFailed({
      ...fieldsOf(error),
      reason: `line ${line} of ${input.file}: ${message}${statement === '' ? '' : ` (${statement})`}`,
    });
  }
}

/** The statement that psql reports: it names the line of the error or of the statement's end. */
async function statementAt(file: string, line: number): Promise<string> {
  try {
    const log = new StatementLog();
    log.text(await readFile(file, 'utf8'));
    return log.at(line);
  } catch {
    return ''; // the file went away, or ends inside a quote; the message itself is enough
  }
}

export function fieldsOf(error: ToolFailed) {
  const {
    tool,
    command,
    exitCode,
    timedOutAfterMs,
    cancelled,
    statusCode,
    masterError,
    stderrTail,
    outcome,
    transient,
    final,
  } = error;
  return {
    tool,
    command,
    exitCode,
    timedOutAfterMs,
    cancelled,
    statusCode,
    masterError,
    stderrTail,
    outcome,
    transient,
    final,
  };
}
