import type { YugabyteConfig } from '../config';
import { FINAL_TEXTS } from '../verdicts';
import { excerptOf, ToolFailed } from '../errors';
import { sessionOptions } from '../ysql/session/session-settings';
import { libpqTls } from '../tls/ysql-tls';
import { runTool, type ToolResult, type ToolRun } from './run-tool';
import { given } from '../../objects/given';

export interface PgToolOptions {
  signal?: AbortSignal | undefined;
  /** Default `timeouts.commandMs`. */
  timeoutMs?: number | undefined;
  /** Settings for its sessions, in addition to our general ones. */
  settings?: Readonly<Record<string, string>> | undefined;
}

/** Where to connect, as arguments; secrets are passed in the environment. */
export function connectionArgs(config: YugabyteConfig): string[] {
  return ['-h', config.ysql.host, '-p', String(config.ysql.port), '-U', config.ysql.user];
}

/**
 * Password, TLS and session settings, as libpq reads them; each `\\connect` of a script reads them again. Without a
 * password the tool must not prompt for one: no one would answer. Fails with `InsecureConnection`.
 */
export function connectionEnvironment(
  config: YugabyteConfig,
  settings?: PgToolOptions['settings'],
): Record<string, string> {
  const { password } = config.ysql;
  return {
    ...libpqTls(config.ysql),
    ...given({ PGPASSWORD: password }),
    PGCONNECT_TIMEOUT: '30',
    PGOPTIONS: sessionOptions(settings),
  };
}

/** A connection string that names only a database. */
export const connectionStringOf = (database: string): string => `dbname='${database.replace(/[\\']/g, '\\$&')}'`;

/**
 * A database as the value of `-d`. libpq parses a value that contains `=` or looks like a URL as a connection string;
 * such a name is passed in one.
 */
export function databaseArg(name: string): string {
  if (!name.includes('=') && !/^postgres(?:ql)?:\/\//.test(name)) return name;
  return connectionStringOf(name);
}

/**
 * The same for a tool that may be silent for hours: libpq notices within two minutes that the server's machine is gone,
 * not only when the kernel first probes, after two hours.
 */
export function longLivedDatabaseArg(name: string): string {
  return `${connectionStringOf(name)} keepalives_idle=60 keepalives_interval=10 keepalives_count=6`;
}

type Streamed = 'input' | 'consume' | 'makes';

/** Runs a PostgreSQL tool; any exit code other than 0 fails with `ToolFailed`. */
export async function runPgTool(
  config: YugabyteConfig,
  run: Pick<ToolRun, 'tool' | 'mutates' | Streamed> & { args: string[] },
  options: PgToolOptions,
): Promise<ToolResult> {
  const result = await runTool({
    folder: config.tools,
    ...run,
    args: [...connectionArgs(config), '-w', ...run.args],
    env: connectionEnvironment(config, options.settings),
    timeoutMs: options.timeoutMs ?? config.timeouts.commandMs,
    signal: options.signal,
  });
  if (result.exitCode !== 0) throw pgFailure(run.tool, result, run.mutates);
  return result;
}

/** The same, with its standard input or output as a stream. */
export async function streamPgTool(
  config: YugabyteConfig,
  run: { tool: string; args: string[]; mutates: boolean },
  options: PgToolOptions & Pick<ToolRun, Streamed>,
): Promise<void> {
  const { input, consume } = options;
  await runPgTool(config, { ...run, ...given({ input, consume }) }, options);
}

const NO_CONNECTION =
  /could not connect|connection to server .* failed|Connection refused|timeout expired|the database system is (?:starting up|shutting down|in recovery)/;
const LOST_CONNECTION =
  /server closed the connection unexpectedly|connection to server was lost|SSL SYSCALL error|could not receive data from server/;
/** A connection that was refused: retrying is useless. */
const REFUSED = FINAL_TEXTS.ysql;
export const TRANSIENT_TEXTS =
  /canceling statement due to (?:statement|lock) timeout|too many (?:clients|connections)|remaining connection slots|Snapshot too old|kSnapshotTooOld|Timed out|Try again|could not serialize|deadlock detected|Restart read required|Catalog Version Mismatch|schema version mismatch/i;

/** A failure from a PostgreSQL tool's standard error; DETAIL and CONTEXT are left out, since they may contain rows. */
export function pgFailure(tool: string, { exitCode, stderr }: ToolResult, mutates: boolean): ToolFailed {
  const shown = withoutRows(stderr);
  const error =
    shown.split('\n').find((line) => /\b(?:ERROR|FATAL|PANIC|error|fatal):/.test(line)) ??
    shown.split('\n').find((line) => line.trim() !== '') ??
    '';
  const refused = REFUSED.test(error);
  const noConnection = !refused && NO_CONNECTION.test(shown);
  const lost = LOST_CONNECTION.test(shown);
  return new ToolFailed({
    tool,
    command: tool,
    exitCode,
    reason: excerptOf(error),
    stderrTail: shown,
    // A script that stopped at an error has run up to it; without a connection nothing was run.
    outcome: mutates && !noConnection && !refused ? 'unknown' : 'refused',
    transient: noConnection || lost || (!refused && TRANSIENT_TEXTS.test(shown)),
    final: refused,
  });
}

/** Removes DETAIL, CONTEXT, QUERY and STATEMENT with their continuation lines. */
export function withoutRows(stderr: string): string {
  const kept: string[] = [];
  let cutting = false;
  for (const line of stderr.split('\n')) {
    if (/^(?:\S.*?: )?(?:DETAIL|CONTEXT|QUERY|STATEMENT|WHERE): /.test(line)) cutting = true;
    else if (
      /^(?:\S.*?: )?(?:ERROR|FATAL|PANIC|WARNING|NOTICE|INFO|LOG|HINT|LINE \d+|error|fatal|warning)\b ?:?/.test(line)
    )
      cutting = false;
    if (!cutting) kept.push(line);
  }
  return kept.join('\n');
}
