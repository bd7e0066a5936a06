import { createServer, connect as connectTo, type Server, type Socket } from 'node:net';
import { once } from 'node:events';
import type { Cluster } from '../cluster';
import { readsThePast } from '../options';
import { keptSetting } from './binary-restore';
import { ensureColocatedTemplate } from './colocated-template';
import { readAt, SnapshotTooOld } from './read-at';
import { schemaOfMoment } from '../time-travel/schema-of-snapshot';
import { refusedForSchedule } from './schedule-refusals';
import { aboutProfiles } from './profiles';
import { createTablespace, newTablespace } from './tablespaces';
import { translate } from './yb-syntax';

/** Codes of packets that begin no session. */
const NO_SESSION = new Set([80877102, 80877103, 80877104]); // cancel, SSL, GSSAPI
const NOTICE =
  'yb_read_time should only be set for read-only queries. Write-DML or DDL queries are not allowed when yb_read_time is set.';
/** The emulator's ysql_dump calls it for a dump as of a moment. */
const DUMPED = 'pg_yb_emulator.dumped()';
/** Default of `timestamp_syscatalog_history_retention_interval_sec`. */
const CATALOG_KEPT = 4 * 3600;
const WRITES = 'Write DML operation can not be performed while yb_read_time is set to nonzero.';

/**
 * The YSQL port: passes everything to PostgreSQL, translating YSQL's own clauses (yb-syntax.ts). In releases that can
 * read the past it supports `yb_read_time`: a session that has set it reads tables as of that moment, from their files.
 * Only `FROM ONLY "schema"."table"` is supported there; other reads are refused. So are statements that a snapshot
 * schedule forbids. The settings at the beginning of a dump with metadata are kept.
 */
export function ysqlServer(cluster: Cluster): Server & { closeAllConnections(): void } {
  const open = new Set<Socket>();
  const server = createServer((client) => {
    open.add(client);
    client.once('close', () => open.delete(client));
    void serve(cluster, client);
  });
  return Object.assign(server, {
    closeAllConnections: () => {
      for (const client of open) client.destroy();
    },
  });
}

async function serve(cluster: Cluster, client: Socket): Promise<void> {
  const { host, port } = cluster.options.postgres;
  const server = connectTo({ host, port });
  const session = new Session(cluster);
  client.setNoDelay(true);
  server.setNoDelay(true);
  server.on('error', () => client.destroy());
  client.on('error', () => server.destroy());
  client.once('close', () => server.destroy());
  server.pipe(client);
  try {
    let pending: Buffer = Buffer.alloc(0);
    for await (const chunk of client as AsyncIterable<Buffer>) {
      pending = pending.length === 0 ? chunk : Buffer.concat([pending, chunk]);
      const ready: Buffer[] = [];
      for (;;) {
        const packet = session.next(pending);
        if (!packet) break;
        pending = pending.subarray(packet.length);
        ready.push(await session.translated(packet));
      }
      if (ready.length > 0 && !server.write(Buffer.concat(ready)))
        await Promise.race([once(server, 'drain'), once(server, 'close')]);
    }
    server.end();
  } catch {
    server.destroy(); // the client or PostgreSQL closed the connection
  }
}

class Session {
  private begun = false;
  private database = '';
  private readMicros: bigint | undefined;
  /** A transaction is open. */
  private inTransaction = false;

  constructor(private readonly cluster: Cluster) {}

  /** The first complete packet of the received bytes. */
  next(bytes: Buffer): Buffer | undefined {
    const head = this.begun ? 1 : 0;
    if (bytes.length < head + 4) return undefined;
    const length = head + bytes.readUInt32BE(head);
    return bytes.length < length ? undefined : bytes.subarray(0, length);
  }

  async translated(packet: Buffer): Promise<Buffer> {
    if (!this.begun) return this.begin(packet);
    const type = String.fromCharCode(packet[0] ?? 0);
    if (type !== 'Q' && type !== 'P') return packet;
    const from = type === 'Q' ? 5 : packet.indexOf(0, 5) + 1;
    const to = packet.indexOf(0, from);
    const text = packet.toString('utf8', from, to);
    const begins = !this.inTransaction;
    if (/^\s*(?:BEGIN|START\s+TRANSACTION)\b/i.test(text)) {
      this.inTransaction = true;
      // A database can't be followed until open writing transactions have ended, so this waits before one begins.
      await this.cluster.databases.followed(this.database);
    }
    if (/(?:^|;)\s*(?:COMMIT|END|ABORT|ROLLBACK(?!\s+(?:WORK\s+|TRANSACTION\s+)?TO\b))[\s\w]*;?\s*$/i.test(text))
      this.inTransaction = false;
    const translated = await this.statement(text);
    // Must be the last wait: a statement that has passed it is sent at once.
    if (begins) await this.cluster.quiet.pass(this.database);
    if (translated === text) return packet;
    const rest = Buffer.concat([packet.subarray(5, from), Buffer.from(translated), packet.subarray(to)]);
    const made = Buffer.alloc(5 + rest.length);
    made.write(type);
    made.writeUInt32BE(4 + rest.length, 1);
    rest.copy(made, 5);
    return made;
  }

  private begin(packet: Buffer): Buffer {
    if (NO_SESSION.has(packet.readUInt32BE(4))) return packet;
    this.begun = true;
    const words = packet.toString('utf8', 8).split('\0');
    const valueOf = (name: string): string | undefined => {
      const at = words.findIndex((word, i) => i % 2 === 0 && word === name);
      return at === -1 ? undefined : words[at + 1];
    };
    this.database = valueOf('database') ?? valueOf('user') ?? '';
    if (!readsThePast(this.cluster.options)) return packet;
    // PostgreSQL accepts an unknown setting only under a name with a dot.
    return Buffer.from(packet.toString('latin1').replaceAll('yb_read_time=', 'yb.read_time='), 'latin1');
  }

  private async statement(text: string): Promise<string> {
    const refused = await refusedForSchedule(this.cluster, { text, database: this.database });
    if (refused) return raise(refused.code, refused.message);
    const { dialect, postgres } = this.cluster.options;
    const tablespace = /^\s*CREATE\s+TABLESPACE\b/i.test(text) ? newTablespace(text) : undefined;
    if (tablespace) {
      const why = await createTablespace(postgres, tablespace);
      return why ? raise(why.code, why.message) : 'DO $$ BEGIN END $$';
    }
    const profiles = await aboutProfiles(this.cluster, text);
    if (profiles) return 'code' in profiles ? raise(profiles.code, profiles.message) : profiles.sql;
    const kept = keptSetting(text, dialect);
    if (kept !== undefined) return kept;
    const { sql, template } = translate(text, dialect);
    if (template) await ensureColocatedTemplate(postgres, template);
    return readsThePast(this.cluster.options) ? await this.inTime(sql) : sql;
  }

  private async inTime(text: string): Promise<string> {
    const [, set] = /^\s*SET\s+yb_read_time\s*(?:TO|=)\s*'?(\d+)'?\s*;?\s*$/i.exec(text) ?? [];
    if (set !== undefined) {
      this.readMicros = set === '0' ? undefined : BigInt(set);
      return `DO $$ BEGIN
        IF current_setting('is_superuser') <> 'on' THEN
          RAISE insufficient_privilege USING MESSAGE = 'permission denied to set parameter "yb_read_time"';
        END IF;
        ${set === '0' ? '' : `RAISE NOTICE '${NOTICE}';`}
      END $$`;
    }
    if (/^\s*RESET\s+(?:ALL|yb_read_time)\b/i.test(text)) {
      this.readMicros = undefined;
      return text.replace(/yb_read_time/i, 'yb.read_time');
    }
    if (this.readMicros !== undefined && !/^\s*(?:SET|SHOW)\b/i.test(text)) {
      return await this.ofThePast(text, this.readMicros);
    }
    return text.includes('yb_read_time')
      ? text.replaceAll(
          'pg_catalog.pg_settings',
          `(SELECT name, context FROM pg_catalog.pg_settings UNION ALL SELECT 'yb_read_time', 'superuser')`,
        )
      : text;
  }

  private async schemaOfThePast(text: string, micros: bigint): Promise<string> {
    const kept = BigInt(
      this.cluster.state.flags['timestamp_syscatalog_history_retention_interval_sec'] ?? CATALOG_KEPT,
    );
    const earliest = BigInt(Date.now()) * 1000n - kept * 1_000_000n;
    if (micros < earliest) return raise('72000', new SnapshotTooOld(micros, earliest).message);
    const then = await schemaOfMoment(this.cluster, this.database, micros);
    return then === undefined
      ? raise('XX000', 'The emulator keeps the schema of the moments of snapshots alone.')
      : text.replace(DUMPED, () => literal(then && `${then}.`)); // a shell cuts lines off at the end
  }

  private async ofThePast(text: string, micros: bigint): Promise<string> {
    if (!/^\s*SELECT\b/i.test(text)) return raise('0A000', WRITES);
    if (text.includes(DUMPED)) return await this.schemaOfThePast(text, micros);
    const name = '"((?:[^"]|"")*)"';
    const found = new RegExp(`\\bFROM\\s+ONLY\\s+${name}\\.${name}`).exec(text);
    if (!found) return raise('0A000', 'The emulator reads the past of single tables only.');
    const [whole, schema = '', table = ''] = found;
    const plain = (quoted: string): string => quoted.replaceAll('""', '"');
    try {
      const rows = await readAt(this.cluster, {
        database: this.database,
        schema: plain(schema),
        table: plain(table),
        micros,
      });
      return text.replace(whole, () => `FROM (${rows})`);
    } catch (error) {
      return raise(
        error instanceof SnapshotTooOld ? '72000' : 'XX000',
        error instanceof Error ? error.message : String(error),
      );
    }
  }
}

const literal = (text: string): string => `'${text.replaceAll("'", "''")}'`;

const raise = (code: string, message: string): string =>
  `DO $$ BEGIN RAISE EXCEPTION USING ERRCODE = '${code}', MESSAGE = $message$${message}$message$; END $$`;
