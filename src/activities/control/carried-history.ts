import { bareName, formatMicros, instantMicros, splitDatabase } from '../../contract';
import { listBackups, listPointInTime, readTrusted, type ManifestHeader } from '../../repository';
import { schedulesOfDatabase, type SnapshotTable } from '../../yugabyte';
import type { ControlDependencies } from './dependencies';
import { historyRetentionMicros } from './history-retention';

export interface SnapshotMoment {
  database: string;
  snapshotMicros: string;
  catalogVersion: string;
  tables: readonly Pick<SnapshotTable, 'schema' | 'name' | 'hidden'>[];
}

/**
 * The moments that a snapshot's files can be restored to: as far back as every tserver keeps old versions of rows (longer with a snapshot
 * schedule), and as the schema is proved to be the same. The cluster checks neither, so what is not proved is not promised.
 */
export async function carriedHistory(
  dependencies: ControlDependencies,
  moment: SnapshotMoment,
  signal: AbortSignal,
): Promise<NonNullable<ManifestHeader['history']>> {
  const kept = await keptSince(dependencies, moment, signal);
  const same = await sameSchemaSince(dependencies, moment, kept.micros);
  const from = same.micros > kept.micros ? same : kept;
  return { from: formatMicros(String(from.micros)), to: formatMicros(moment.snapshotMicros), because: from.because };
}

/** The oldest moment that something holds for. */
export interface Bound {
  micros: bigint;
  because: string;
}

/** How long every tserver keeps old versions of rows: as its flag says, or longer for a snapshot schedule. */
export async function keptSince(
  { yugabyte }: Pick<ControlDependencies, 'yugabyte'>,
  { database, snapshotMicros }: Pick<SnapshotMoment, 'database' | 'snapshotMicros'>,
  signal: AbortSignal,
): Promise<Bound> {
  const now = BigInt(snapshotMicros);
  const flag = now - (await historyRetentionMicros(yugabyte()));
  const [schedule] = await schedulesOfDatabase(
    yugabyte(),
    { api: splitDatabase(database)?.api ?? 'ysql', name: bareName(database) },
    signal,
  );
  const oldest = schedule?.snapshots
    .map(({ snapshotMicros: at }) => at)
    .filter((at) => at !== undefined)
    .sort()[0];
  if (schedule && oldest !== undefined) {
    const interval = now - BigInt(schedule.intervalSeconds) * 1_000_000n;
    const since = interval > BigInt(oldest) ? interval : BigInt(oldest);
    if (since < flag) return { micros: since, because: `the snapshot schedule ${schedule.id} keeps it` };
  }
  return { micros: flag, because: 'timestamp_history_retention_interval_sec of the tservers' };
}

/** The oldest proof, in an unbroken row, that the schema was what it is at the snapshot; without any, the snapshot itself. */
async function sameSchemaSince(
  { repository }: ControlDependencies,
  moment: SnapshotMoment,
  notBefore: bigint,
): Promise<Bound> {
  const { database, catalogVersion, snapshotMicros } = moment;
  let proved: Bound = { micros: BigInt(snapshotMicros), because: 'no older proof that the schema is the same' };
  const committed = (await listBackups(repository, { database })).filter(({ state }) => state === 'committed');
  for (const { backupId } of committed.reverse()) {
    const manifest = await readTrusted(repository, backupId);
    if (typeof manifest === 'string') break; // what nobody answers for proves nothing
    const { header } = manifest;
    if (String(header.catalogVersion) !== catalogVersion || !sameTables(header, moment)) break;
    proved = { micros: BigInt(header.hybridTime), because: `${backupId} has the same schema` };
    if (proved.micros <= notBefore) return proved;
  }
  // Recorded with a schedule: the version alone, which a plain CREATE TABLE does not move; such a table comes back empty.
  const { records } = await listPointInTime(repository, database); // what nobody answers for proves nothing
  for (const record of records.reverse()) {
    if (record.catalogVersion !== catalogVersion) break;
    const micros = BigInt(instantMicros(record.at) ?? snapshotMicros);
    if (micros < proved.micros)
      proved = { micros, because: `the schema is the same as when point-in-time recovery was enabled at ${record.at}` };
    if (proved.micros <= notBefore) break;
  }
  return proved;
}

function sameTables(header: ManifestHeader, { tables }: SnapshotMoment): boolean {
  const then = new Set(header.tables.map(({ schema, name }) => `${schema ?? ''}.${name}`));
  const now = new Set(tables.filter(({ hidden }) => !hidden).map(({ schema, name }) => `${schema}.${name}`));
  return then.size === now.size && [...then].every((name) => now.has(name));
}
