import type { ClusterStore } from './cluster-store';
import { layout } from './layout';
import { FORMAT, scheduleRecord, type ScheduleRecord } from './record-schemas';
import { createRecord, readRecord } from './records';
import { RepositoryError } from './repository-error';

/** Milliseconds that others may take while this looks for a free one: more writers at once than there are people. */
const TRIES = 50;

/** Small records read at a time. */
const WIDTH = 20;

/**
 * Records a change of a schedule, later than every change that is there: the keys are the order, whoever's clock is
 * wrong. Two writers of the same millisecond get two records; a lost reply may give two that say the same.
 */
export async function writeSchedule(
  { store, cluster }: ClusterStore,
  change: Pick<ScheduleRecord, 'scheduleId' | 'schedule' | 'kalpaVersion'>,
): Promise<ScheduleRecord> {
  const now = (await store.serverTime()).getTime();
  const newest = timeOf((await keysOf({ store, cluster })).at(-1));
  const from = newest === undefined ? now : Math.max(now, newest + 1);
  for (let at = from; at < from + TRIES; at += 1) {
    const record: ScheduleRecord = { ...change, format: FORMAT, at: new Date(at).toISOString() };
    if (await createRecord(store, layout.schedule(cluster, new Date(at)), scheduleRecord, record)) return record;
  }
  throw new RepositoryError(
    'AlreadyExists',
    `The change of the schedule ${change.scheduleId} was not recorded in ${store.location}: ${TRIES} other changes were recorded at the same moment. Try again.`,
  );
}

/** The newest record of each schedule, by id; `removed` among them. */
export async function newestSchedules({ store, cluster }: ClusterStore): Promise<ScheduleRecord[]> {
  const keys = await keysOf({ store, cluster });
  const newest = new Map<string, ScheduleRecord>();
  for (let from = 0; from < keys.length; from += WIDTH) {
    const read = keys.slice(from, from + WIDTH).map((key) => readRecord(store, key, scheduleRecord));
    for (const record of await Promise.all(read)) if (record) newest.set(record.scheduleId, record);
  }
  return [...newest.values()].sort((a, b) => (a.scheduleId < b.scheduleId ? -1 : 1));
}

/** In order of time; what is no record of ours is left out. */
async function keysOf({ store, cluster }: ClusterStore): Promise<string[]> {
  const keys: string[] = [];
  for await (const { key } of store.list(layout.schedules(cluster))) if (timeOf(key) !== undefined) keys.push(key);
  return keys;
}

/** Milliseconds of a key's time. */
function timeOf(key: string | undefined): number | undefined {
  const match = /\/(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)(\d{3})Z\.json$/.exec(key ?? '');
  if (!match) return undefined;
  const [, year, month, day, hour, minute, second, ms] = match;
  return Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}.${ms}Z`);
}
