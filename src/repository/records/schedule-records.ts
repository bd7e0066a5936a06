import type { ListedObject } from '../../transfer';
import type { ClusterStore } from '../cluster-store';
import { layout } from '../layout/layout';
import { FORMAT, scheduleRecord, type ScheduleRecord } from './record-schemas';
import { RepositoryError } from '../repository-error';
import { NameTaken } from '../signing/name-taken';
import { readEach, writeProved, type LeftOut, type RecordForm } from '../signing/proved-records';
import { requiresSignatures } from '../signing/trust';

const schedules: RecordForm<ScheduleRecord> = {
  kind: 'schedule',
  schema: scheduleRecord,
  keysOf: (cluster, one) => (one.cluster === cluster ? [layout.schedule(cluster, new Date(one.at))] : []),
};

/** Milliseconds to try, of which others may have taken the names: more than there are concurrent writers. */
const MAX_ATTEMPTS = 50;

/**
 * Records a change of a schedule, later than every existing change: the keys define the order, even if a clock is
 * wrong. Two writers in the same millisecond get two records; a lost response may lead to two equal ones. Where records
 * are signed, those that no known key has signed are ignored, so a forged one dated far in the future changes nothing.
 */
export async function writeSchedule(
  repository: ClusterStore,
  change: Pick<ScheduleRecord, 'scheduleId' | 'schedule' | 'kalpaVersion'>,
): Promise<ScheduleRecord> {
  const { store, cluster } = repository;
  const now = (await store.serverTime()).getTime();
  const newest = timeOf(await newestKey(repository));
  const from = newest === undefined ? now : Math.max(now, newest + 1);
  for (let at = from; at < from + MAX_ATTEMPTS && at <= LAST_TIME; at += 1) {
    const record: ScheduleRecord = { ...change, cluster, format: FORMAT, at: new Date(at).toISOString() };
    const made = await madeAt(repository, layout.schedule(cluster, new Date(at)), record);
    if (made) return record;
  }
  throw new RepositoryError(
    'AlreadyExists',
    `The change of the schedule ${change.scheduleId} was not recorded in ${store.location}: the names of ${MAX_ATTEMPTS} milliseconds from ${new Date(Math.min(from, LAST_TIME)).toISOString()} on are taken. Check who writes to ${layout.schedules(cluster)}, and try again.`,
  );
}

/** Later dates can't be in a record's name: its year has four digits. */
const LAST_TIME = Date.parse('9999-12-31T23:59:59.999Z');

/** Whether the record exists; an equal one comes from a request whose response was lost. */
async function madeAt(repository: ClusterStore, key: string, record: ScheduleRecord): Promise<boolean> {
  try {
    const { made, record: there } = await writeProved(repository, schedules, key, record);
    return made || JSON.stringify(there) === JSON.stringify(record);
  } catch (error) {
    if (error instanceof NameTaken) return false;
    throw error;
  }
}

/** The newest change that counts. */
async function newestKey(repository: ClusterStore): Promise<string | undefined> {
  const keys = await keysOf(repository);
  if (!requiresSignatures(repository.trust)) return keys.at(-1);
  // From the newest back, a few at a time: usually the first one is signed.
  for (let until = keys.length; until > 0; until -= BATCH_SIZE) {
    const some = keys.slice(Math.max(0, until - BATCH_SIZE), until);
    const { records } = await readEach(repository, schedules, some, { evenDamaged: true });
    const newest = records.at(-1);
    if (newest) return newest.key;
  }
  return undefined;
}

const BATCH_SIZE = 4;

/** The newest record of each schedule, by id, including `removed`. Those that no known key has signed are left out. */
export async function newestSchedules(
  repository: ClusterStore,
): Promise<{ schedules: ScheduleRecord[]; leftOut?: LeftOut }> {
  const { records, ...left } = await readEach(repository, schedules, await keysOf(repository));
  const newest = new Map(records.map(({ record }) => [record.scheduleId, record]));
  return { schedules: [...newest.values()].sort((a, b) => (a.scheduleId < b.scheduleId ? -1 : 1)), ...left };
}

/** A change of a schedule, and since when the store has it. */
export interface StoredChange {
  key: string;
  record: ScheduleRecord;
  storedAt: Date | undefined;
}

/** Every change that counts, in order of time; those that can't be read are left out. */
export async function listSchedules(repository: ClusterStore): Promise<StoredChange[]> {
  const listed = new Map((await objectsOf(repository)).map(({ key, lastModified }) => [key, lastModified]));
  const { records } = await readEach(repository, schedules, [...listed.keys()], { evenDamaged: true });
  return records.map(({ key, record }) => ({ key, record, storedAt: listed.get(key) }));
}

const keysOf = async (repository: ClusterStore): Promise<string[]> =>
  (await objectsOf(repository)).map(({ key }) => key);

/** In order of time; keys that are not ours are left out. */
async function objectsOf({ store, cluster }: ClusterStore): Promise<ListedObject[]> {
  const objects: ListedObject[] = [];
  for await (const one of store.list(layout.schedules(cluster))) if (timeOf(one.key) !== undefined) objects.push(one);
  return objects;
}

/** Milliseconds of a key's time. */
function timeOf(key: string | undefined): number | undefined {
  const match = /\/(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)(\d{3})Z\.json$/.exec(key ?? '');
  if (!match) return undefined;
  const [, year, month, day, hour, minute, second, ms] = match;
  const time = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}.${ms}Z`);
  return Number.isNaN(time) ? undefined : time;
}
