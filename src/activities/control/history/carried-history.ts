import { apiOf, bareName, formatMicros, instantMicros } from '../../../contract';
import { listBackups, listPointInTime, readTrusted, type ManifestHeader } from '../../../repository';
import { schedulesOfDatabase, type ListedSchedule, type SnapshotTable, type Yugabyte } from '../../../yugabyte';
import type { ControlDependencies } from '../dependencies';
import { historyRetentionMicros } from './history-retention';

/** `id`: absent before there is a snapshot; then the name must do. */
type MomentsTable = Pick<SnapshotTable, 'schema' | 'name' | 'hidden'> & Partial<Pick<SnapshotTable, 'id'>>;

export interface SnapshotMoment {
  database: string;
  snapshotMicros: string;
  catalogVersion: string;
  tables: readonly MomentsTable[];
}

/**
 * The moments that a snapshot's files can be restored to: as far back as every tserver keeps old row versions (longer
 * with a snapshot schedule) and as the schema is proved to be unchanged. The cluster checks neither, so only what is
 * proved is promised.
 */
export async function carriedHistory(
  dependencies: ControlDependencies,
  moment: SnapshotMoment,
  signal: AbortSignal,
): Promise<NonNullable<ManifestHeader['history']>> {
  const schedules = await ownSchedules(dependencies.yugabyte(), moment.database, signal);
  const kept = await retainedSince(dependencies, moment, schedules, signal);
  const same = await sameSchemaSince(dependencies, { ...moment, schedules }, kept.micros);
  const from = same.micros > kept.micros ? same : kept;
  return { from: formatMicros(String(from.micros)), to: formatMicros(moment.snapshotMicros), because: from.because };
}

/** The oldest moment for which something holds. */
export interface Bound {
  micros: bigint;
  because: string;
}

/** The snapshot schedules of the database that now has the name. */
export async function ownSchedules(
  yugabyte: Yugabyte,
  database: string,
  signal: AbortSignal,
): Promise<ListedSchedule[]> {
  const { own } = await schedulesOfDatabase(yugabyte, { api: apiOf(database), name: bareName(database) }, signal);
  return own;
}

/** How long every tserver keeps old row versions: as its flag says, or longer because of a snapshot schedule. */
export async function retainedSince(
  { yugabyte }: Pick<ControlDependencies, 'yugabyte'>,
  { snapshotMicros }: Pick<SnapshotMoment, 'snapshotMicros'>,
  [schedule]: readonly ListedSchedule[],
  signal: AbortSignal,
): Promise<Bound> {
  const now = BigInt(snapshotMicros);
  const flag = now - (await historyRetentionMicros(yugabyte(), signal));
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

/**
 * The oldest proof, in an unbroken series, that the schema was that of the snapshot; without any, the snapshot itself.
 */
async function sameSchemaSince(
  { repository }: ControlDependencies,
  moment: SnapshotMoment & { schedules: readonly ListedSchedule[] },
  notBefore: bigint,
): Promise<Bound> {
  const { database, catalogVersion, snapshotMicros, schedules } = moment;
  let proved: Bound = { micros: BigInt(snapshotMicros), because: 'no older proof that the schema is the same' };
  const committed = (await listBackups(repository, { database })).filter(({ state }) => state === 'committed');
  for (const { backupId } of committed.reverse()) {
    const manifest = await readTrusted(repository, backupId);
    if (typeof manifest === 'string') break; // what nobody can answer proves nothing
    const { header } = manifest;
    if (String(header.catalogVersion) !== catalogVersion || !sameTables(header, moment)) break;
    proved = { micros: BigInt(header.hybridTime), because: `${backupId} has the same schema` };
    if (proved.micros <= notBefore) return proved;
  }
  // The record of point-in-time recovery has the catalog version only, which a plain CREATE TABLE does not change; such
  // a table comes back empty. It also knows the database only by name, and a new database of that name may have the
  // same version: it counts only while its schedule still belongs to this database.
  const { records } = await listPointInTime(repository, database); // what nobody can answer proves nothing
  for (const record of records.reverse()) {
    const { catalogVersion: then, schedule } = record;
    if (then !== catalogVersion || schedule === 'off' || !schedules.some(({ id }) => id === schedule.id)) break;
    const micros = BigInt(instantMicros(record.at) ?? snapshotMicros);
    if (micros < proved.micros)
      proved = { micros, because: `the schema is the same as when point-in-time recovery was enabled at ${record.at}` };
    if (proved.micros <= notBefore) break;
  }
  return proved;
}

/**
 * By id: a table that was rewritten, or belongs to a database that was dropped and recreated, has a new id under the
 * old name.
 */
function sameTables(header: ManifestHeader, { tables }: SnapshotMoment): boolean {
  const then = new Map(header.tables.map(({ schema, name, id }) => [`${schema ?? ''}.${name}`, id]));
  const now = tables.filter(({ hidden }) => !hidden);
  return (
    then.size === now.length &&
    now.every(({ schema, name, id }) => {
      const before = then.get(`${schema}.${name}`);
      return before !== undefined && (id === undefined || id === before);
    })
  );
}
