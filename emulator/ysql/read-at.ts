import type { Cluster } from '../cluster';
import { rowsAt } from '../journal/live-rows';
import { quoted, withDatabase } from '../postgres/connect';

export interface PastTable {
  database: string;
  schema: string;
  table: string;
  micros: bigint;
}

/** The tservers' message (kSnapshotTooOld). */
export class SnapshotTooOld extends Error {
  override readonly name = 'SnapshotTooOld';

  constructor(micros: bigint, earliest: bigint) {
    super(
      `Snapshot too old. Read point: { physical: ${micros} }, earliest read time allowed: { physical: ${earliest} }, delta (usec): ${earliest - micros}: kSnapshotTooOld`,
    );
  }
}

/** Default of `timestamp_history_retention_interval_sec`. */
const RETENTION_SECONDS = 900;

/**
 * A query that returns the rows of a past moment from a table's files, in its present columns: a read of the past must
 * not cross DDL.
 */
export async function readAt(cluster: Cluster, { database, schema, table, micros }: PastTable): Promise<string> {
  const kept = BigInt(cluster.state.flags['timestamp_history_retention_interval_sec'] ?? RETENTION_SECONDS);
  const oldest = BigInt(Date.now()) * 1000n - kept * 1_000_000n;
  const found = await cluster.databases.named(database);
  if (!found) throw new Error(`database "${database}" does not exist`);
  const trimmed = BigInt(found.trimmedTo ?? 0);
  const earliest = trimmed > oldest ? trimmed : oldest;
  if (micros < earliest) throw new SnapshotTooOld(micros, earliest);
  const { columns, rows } = await cluster.databases.atMoment(found.oid, async ({ tables }) => {
    const state = tables.find((one) => one.kind !== 'i' && one.schema === schema && one.name === table);
    if (!state) throw new Error(`relation "${schema}.${table}" does not exist`);
    return await rowsAt(cluster.disks, { table: state, tables }, micros);
  });
  const described = await withDatabase(cluster.options.postgres, database, async (client) => {
    const { rows: attributes } = await client.query<{ name: string; type: string; made: string | null }>(
      `SELECT a.attname AS name, format_type(a.atttypid, a.atttypmod) AS type,
              CASE WHEN a.attgenerated <> '' THEN pg_get_expr(d.adbin, d.adrelid) END AS made
         FROM pg_attribute a LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
        WHERE a.attrelid = $1::regclass AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum`,
      [`${quoted(schema)}.${quoted(table)}`],
    );
    return attributes;
  });
  const stored = described.flatMap(({ name, type, made }) => {
    const at = columns.indexOf(name);
    return made === null ? [`${at === -1 ? 'NULL' : `(r ->> ${at})`}::${type} AS ${quoted(name)}`] : [];
  });
  const all = described.map(({ name, made }) => (made === null ? quoted(name) : `${made} AS ${quoted(name)}`));
  const source = `json_array_elements('${JSON.stringify(rows).replaceAll("'", "''")}') AS v(r)`;
  return `SELECT ${all.join(', ')} FROM (SELECT ${stored.join(', ')} FROM ${source}) AS stored`;
}
