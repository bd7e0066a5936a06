import type { YugabyteConfig } from '../config';
import type { Micros } from '../micros';
import { LIMITS } from '../process/limits';
import { runTool } from '../process/run-tool';
import { databaseArg, longLivedDatabaseArg, runPgTool, type PgToolOptions } from '../process/pg-tool';

export interface DumpSchemaInput extends PgToolOptions {
  database: string;
  /** Where to write, on this host. */
  file: string;
  /**
   * The schema as of this moment, if `ysql_dump` has `--read-time` (`SET yb_read_time`). A moment outside history
   * retention fails with "Snapshot too old".
   */
  readTimeMicros?: Micros | undefined;
  noTablespaces?: boolean;
}

/**
 * The documented dump for a snapshot backup: with YugabyteDB's object ids, so that `import_snapshot` finds the tables
 * again, and with CREATE DATABASE. It contains no rows and no sequence values.
 */
export async function dumpSchema(config: YugabyteConfig, input: DumpSchemaInput): Promise<void> {
  if (input.readTimeMicros !== undefined && !/^\d{16}$/.test(input.readTimeMicros))
    throw new RangeError(`--read-time takes 16 digits of microseconds, not "${input.readTimeMicros}"`);
  const args = [
    `--masters=${config.masters.join(',')}`, // older builds need it
    '--include-yb-metadata',
    '--serializable-deferrable',
    '--create',
    '--schema-only',
    ...(input.noTablespaces ? ['--no-tablespaces'] : []),
    ...(input.readTimeMicros === undefined ? [] : [`--read-time=${input.readTimeMicros}`]),
    lockWaitArg(config),
    `--dbname=${longLivedDatabaseArg(input.database)}`,
    `--file=${input.file}`,
  ];
  await runPgTool(config, { tool: 'ysql_dump', args, mutates: false, makes: made(input) }, input);
}

/** A dump locks every table before it reads anything; a lock that someone else holds is no reason to wait for hours. */
export const lockWaitArg = ({ timeouts }: YugabyteConfig): string => `--lock-wait-timeout=${timeouts.commandMs}`;

/**
 * Whether `ysql_dump` offers to dump as of a moment. The flag is older (07016b690c, 2023), but was left out of `--help`
 * until backups during DDL were supported: its presence there is YugabyteDB's own sign for that (release notes of
 * 2.29.0.0-b79, #20480; #28763).
 */
export async function hasReadTime(config: YugabyteConfig, options: PgToolOptions = {}): Promise<boolean> {
  const { stdout } = await runTool({
    folder: config.tools,
    tool: 'ysql_dump',
    args: ['--help'],
    timeoutMs: options.timeoutMs ?? config.timeouts.commandMs,
    signal: options.signal,
    mutates: false,
  });
  return /--read-time\b/.test(stdout);
}

export interface DumpClusterObjectsInput extends PgToolOptions {
  file: string;
}

/** All roles and their memberships; password hashes only on request. */
export async function dumpRoles(
  config: YugabyteConfig,
  input: DumpClusterObjectsInput & { passwords?: boolean },
): Promise<void> {
  await dumpAll(config, ['--roles-only', ...(input.passwords ? [] : ['--no-role-passwords'])], input);
}

/** All tablespaces. */
export async function dumpTablespaces(config: YugabyteConfig, input: DumpClusterObjectsInput): Promise<void> {
  await dumpAll(config, ['--tablespaces-only'], input);
}

async function dumpAll(config: YugabyteConfig, content: string[], input: DumpClusterObjectsInput): Promise<void> {
  const args = [...content, `--database=${databaseArg(config.ysql.database)}`, `--file=${input.file}`];
  await runPgTool(config, { tool: 'ysql_dumpall', args, mutates: false, makes: made(input) }, input);
}

const made = ({ file }: { file: string }) => ({ file, maxBytes: LIMITS.fileBytes });
