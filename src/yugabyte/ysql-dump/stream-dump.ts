import type { YugabyteConfig } from '../config';
import { PRINTED_ALIKE } from '../ysql/session/session-settings';
import { databaseArg, longLivedDatabaseArg, streamPgTool, type PgToolOptions } from '../process/pg-tool';
import { lockWaitArg } from './dump';

export interface StreamDumpInput extends PgToolOptions {
  database: string;
  /** `all`: with CREATE DATABASE and rows; `schema`: without rows; `data`: only rows and sequence values. */
  content: 'all' | 'schema' | 'data';
  /** Patterns of relations to leave out (`relationPatterns`). */
  without?: readonly string[];
  /** Reads the text; it ends only after the tool has succeeded. */
  consume: (text: AsyncIterable<Buffer>) => Promise<void>;
}

/** A plain `ysql_dump`, as SQL text: portable, without YugabyteDB's object ids. Contains the rows of one moment. */
export async function streamDump(config: YugabyteConfig, input: StreamDumpInput): Promise<void> {
  const args = [
    `--masters=${config.masters.join(',')}`, // older builds need it
    ...{ all: ['--create'], schema: ['--create', '--schema-only'], data: ['--data-only'] }[input.content],
    ...(input.without ?? []).map((pattern) => `--exclude-table=${pattern}`),
    lockWaitArg(config),
    `--dbname=${longLivedDatabaseArg(input.database)}`,
  ];
  const settings = { ...PRINTED_ALIKE, ...input.settings };
  await streamPgTool(config, { tool: 'ysql_dump', args, mutates: false }, { ...input, settings });
}

export interface StreamGlobalsInput extends PgToolOptions {
  /** `globals`: roles and tablespaces. */
  content: 'roles' | 'globals';
  consume: (text: AsyncIterable<Buffer>) => Promise<void>;
}

/** The output of `ysql_dumpall` about the cluster, without its databases. Roles are dumped without their passwords. */
export async function streamGlobals(config: YugabyteConfig, input: StreamGlobalsInput): Promise<void> {
  const args = [
    input.content === 'roles' ? '--roles-only' : '--globals-only',
    '--no-role-passwords',
    `--database=${databaseArg(config.ysql.database)}`,
  ];
  await streamPgTool(config, { tool: 'ysql_dumpall', args, mutates: false }, input);
}
