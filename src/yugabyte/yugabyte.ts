import type { YugabyteConfig } from './config';
import type { DatabaseApi } from './database-api';
import { databaseApi } from './languages';
import { capabilitiesOf, type Capabilities } from './releases';
import { WebPages } from './http/web-pages';
import { SqlConnection, Ysql } from './ysql';
import { readToolVersions, type ToolVersion } from './tool-versions';
import { joinTservers, type Tserver } from './tservers';
import type { Command } from './yb-admin/command';
import { listAllTabletServers } from './yb-admin/universe/list-all-tablet-servers';
import { printedVersion, runCommand, type RunOptions } from './yb-admin/run-yb-admin';
import { releaseOf } from './yb-admin/version';
import {
  dumpRoles,
  dumpSchema,
  dumpTablespaces,
  hasReadTime,
  type DumpClusterObjectsInput,
  type DumpSchemaInput,
} from './ysql-dump/dump';
import { streamDump, streamGlobals, type StreamDumpInput, type StreamGlobalsInput } from './ysql-dump/stream-dump';
import type { PgToolOptions } from './process/pg-tool';
import { Ycql } from './ycql/ycql';
import { runScript, type RunScriptInput, type ScriptResult } from './sql-script/run-script';

/** One cluster through its own tools. Holds no connection and no process between calls. */
export class Yugabyte {
  readonly sql: Ysql;
  readonly cql: Ycql;
  readonly http: WebPages;
  /** `ysql_dump` and `ysql_dumpall`. */
  readonly dump = {
    schema: async (input: DumpSchemaInput): Promise<void> => {
      await dumpSchema(this.config, await this.inOurSessions(input));
    },
    roles: async (input: DumpClusterObjectsInput & { passwords?: boolean }): Promise<void> => {
      await dumpRoles(this.config, await this.inOurSessions(input));
    },
    tablespaces: async (input: DumpClusterObjectsInput): Promise<void> => {
      await dumpTablespaces(this.config, await this.inOurSessions(input));
    },
    stream: async (input: StreamDumpInput): Promise<void> => {
      await streamDump(this.config, await this.inOurSessions(input));
    },
    streamGlobals: async (input: StreamGlobalsInput): Promise<void> => {
      await streamGlobals(this.config, await this.inOurSessions(input));
    },
    hasReadTime: (options?: PgToolOptions): Promise<boolean> => hasReadTime(this.config, options),
  };
  private known: { release: string; capabilities: Capabilities } | undefined;

  private readonly connection: SqlConnection;

  constructor(private readonly config: YugabyteConfig) {
    this.connection = new SqlConnection(config.ysql, config.timeouts.commandMs);
    this.sql = new Ysql(this.connection);
    this.cql = new Ycql(config);
    this.http = new WebPages(config);
  }

  /** The API for the language of a database, `ysql.orders`; or for a language, `ysql`. */
  api(database: string): DatabaseApi {
    return databaseApi(this, database);
  }

  /** Release of the client tools, `2025.1.1.0`. Fails with `ToolMissing`, `UnknownVersion`. */
  async release(signal?: AbortSignal): Promise<string> {
    return (await this.version(signal)).release;
  }

  /** What this release's yb-admin accepts and prints. Fails with `ToolMissing`, `UnknownVersion`. */
  async capabilities(signal?: AbortSignal): Promise<Capabilities> {
    return (await this.version(signal)).capabilities;
  }

  /** The version of every tool that Kalpa calls, or why it can't be used; for preflight and `kalpa doctor`. */
  async toolVersions(signal?: AbortSignal): Promise<ToolVersion[]> {
    return await readToolVersions(this.config, signal);
  }

  /** Runs a yb-admin command. Fails with `ToolFailed`, `ToolMissing`, `UnexpectedOutput`, `UnknownVersion`. */
  async run<I, O>(command: Command<I, O>, input: I, options?: RunOptions): Promise<O> {
    return await runCommand(this.config, await this.capabilities(options?.signal), command, input, options);
  }

  /**
   * Runs a dump's statements while it is still being produced, each checked by the gate, and stops at the first error.
   */
  async runScript(input: RunScriptInput): Promise<ScriptResult> {
    return await runScript(this.config, this.connection, input);
  }

  /** Every tserver that the masters know, with its RPC and its web address. */
  async tservers(signal?: AbortSignal): Promise<Tserver[]> {
    const options = signal ? { signal } : {};
    const [listed, web] = await Promise.all([
      this.run(listAllTabletServers, {}, options),
      this.http.tabletServers(signal),
    ]);
    return joinTservers(this.config, listed, web);
  }

  /**
   * With those of our settings that this server knows; it is asked each time, since it may have been upgraded
   * meanwhile.
   */
  private async inOurSessions<I extends PgToolOptions>(input: I): Promise<I> {
    return { ...input, settings: await this.sql.knownSettings({ signal: input.signal }) };
  }

  private async version(signal?: AbortSignal): Promise<{ release: string; capabilities: Capabilities }> {
    if (!this.known) {
      const release = releaseOf(await printedVersion(this.config, signal));
      this.known = { release, capabilities: capabilitiesOf(release) };
    }
    return this.known;
  }
}

export function openYugabyte(config: YugabyteConfig): Yugabyte {
  return new Yugabyte(config);
}
