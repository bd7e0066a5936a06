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
  /** What holds in its sessions beside our settings for all. */
  settings?: Readonly<Record<string, string>> | undefined;
}

/** Where to connect, as arguments; what is secret goes by environment. */
export function connectionArgs(config: YugabyteConfig): string[] {
  return ['-h', config.ysql.host, '-p', String(config.ysql.port), '-U', config.ysql.user];
}

/**
 * Password, TLS and what holds in our sessions, as libpq reads them; each `\\connect` of a script reads them again.
 * Without a password the tool must not ask for one: there is nobody to answer. Fails with `InsecureConnection`.
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

/** A connection string that names a database and nothing else. */
export const connectionStringOf = (database: string): string => `dbname='${database.replace(/[\\']/g, '\\$&')}'`;

/**
 * A database as the value of `-d`. libpq reads a value with `=` in it, or one like a URL, as a connection string; such
 * a name is given as one.
 */
export function databaseArg(name: string): string {
  if (!name.includes('=') && !/^postgres(?:ql)?:\/\//.test(name)) return name;
  return connectionStringOf(name);
}

/**
 * The same for a tool that may be silent for hours: libpq finds out within two minutes that the server's machine is
 * gone, not when the kernel first asks, after two hours.
 */
export function longLivedDatabaseArg(name: string): string {
  return `${connectionStringOf(name)} keepalives_idle=60 keepalives_interval=10 keepalives_count=6`;
}

type Streamed = 'input' | 'consume' | 'makes';

/** Runs a tool of the PostgreSQL family; any exit code but 0 fails with `ToolFailed`. */
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

/** The same with its standard input or output as a stream. */
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
/** A connection that was answered with a refusal: no use in trying again. */
const REFUSED = FINAL_TEXTS.ysql;
export const TRANSIENT_TEXTS =
  /canceling statement due to (?:statement|lock) timeout|too many (?:clients|connections)|remaining connection slots|Snapshot too old|kSnapshotTooOld|Timed out|Try again|could not serialize|deadlock detected|Restart read required|Catalog Version Mismatch|schema version mismatch/i;

/** What a tool of the PostgreSQL family says on standard error; DETAIL and CONTEXT are left out, they may hold rows. */
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
    // A script that stopped at an error has run up to it; without a connection nothing ran.
    outcome: mutates && !noConnection && !refused ? 'unknown' : 'refused',
    transient: noConnection || lost || (!refused && TRANSIENT_TEXTS.test(shown)),
    final: refused,
  });
}

/** Cuts DETAIL, CONTEXT, QUERY and STATEMENT with the lines that continue them. */
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
