import type { YugabyteConfig } from '../config';
import { ToolFailed } from '../errors';
import type { StatementLog } from '../ysql-dump/statement-log';
import { databaseArg, streamPgTool, type PgToolOptions } from './pg-tool';
import { AT_LINE, fieldsOf } from './run-file';

export interface RunScriptInput extends PgToolOptions {
  /** SQL with psql's meta-commands, as it is made. */
  script: AsyncIterable<Buffer>;
  /** What was sent, for messages. */
  log: StatementLog;
  /** The database to connect to first. */
  database: string;
}

/**
 * Runs a script with ysqlsh while it is still being made, and stops at its first error. Fails with `ToolFailed`, whose reason names the line
 * and begins with the statement there, or with what making the script threw.
 */
export async function runScript(config: YugabyteConfig, input: RunScriptInput): Promise<void> {
  const args = [
    ...['-X', '-q', '-v', 'ON_ERROR_STOP=1', '-v', 'VERBOSITY=terse'],
    ...['-d', databaseArg(input.database)],
    ...['-f', '-'], // standard input with line numbers in its messages
  ];
  try {
    await streamPgTool(
      config,
      { tool: 'ysqlsh', args, mutates: true },
      {
        ...input,
        input: input.script,
        // setval prints its value for each sequence; nobody reads it
        consume: async (output) => {
          for await (const _ of output);
        },
      },
    );
  } catch (error) {
    if (!(error instanceof ToolFailed)) throw error;
    const [, line, message = ''] = AT_LINE.exec(error.stderrTail) ?? [];
    if (line === undefined) throw error;
    const statement = input.log.at(Number(line));
    throw new ToolFailed({
      ...fieldsOf(error),
      reason: `line ${line}: ${message}${statement === '' ? '' : ` (${statement})`}`,
    });
  }
}
