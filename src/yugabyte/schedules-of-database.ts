import type { Entities } from './http/dump-entities';
import { listSnapshots, type CoveredDatabase, type ListedSnapshot } from './yb-admin/snapshots/list-snapshots';
import { listSnapshotSchedules, type ListedSchedule } from './yb-admin/schedules/list-snapshot-schedules';
import type { Yugabyte } from './yugabyte';

/** What identifies the database of a snapshot schedule. Read once for all databases. */
export interface ScheduleEvidence {
  /** Schedules that are not being deleted. */
  schedules: ListedSchedule[];
  /** By id, with the database that each snapshot covers. */
  snapshots: ReadonlyMap<string, ListedSnapshot>;
  /** The current databases and keyspaces. */
  keyspaces: Entities['keyspaces'];
}

/** Schedules that carry a database's name. */
export interface NamedSchedules {
  /** Schedules of the current database of this name, with only its own snapshots. */
  own: ListedSchedule[];
  /**
   * Schedules of a dropped database of the same name. They take no more snapshots, and can't restore anything into
   * another database.
   */
  ofDropped: ListedSchedule[];
}

/** A snapshot schedule whose database was dropped. */
export interface OrphanedSchedule {
  schedule: ListedSchedule;
  /** As its newest snapshot names it, such as `ysql.orders`. */
  database: string;
}

interface DatabaseName {
  api: 'ysql' | 'ycql';
  name: string;
}

export async function readScheduleEvidence(yugabyte: Yugabyte, signal?: AbortSignal): Promise<ScheduleEvidence> {
  const options = signal ? { signal } : {};
  const schedules = (await yugabyte.run(listSnapshotSchedules, {}, options)).filter(({ deleted }) => !deleted);
  if (schedules.length === 0) return { schedules, snapshots: new Map(), keyspaces: [] };
  const listed = await yugabyte.run(listSnapshots, { details: true }, options);
  const { keyspaces } = await yugabyte.http.dumpEntities(signal);
  return { schedules, snapshots: new Map(listed.map((one) => [one.id, one])), keyspaces };
}

/** The snapshot schedules of one database. */
export async function schedulesOfDatabase(
  yugabyte: Yugabyte,
  database: DatabaseName,
  signal?: AbortSignal,
): Promise<NamedSchedules> {
  return schedulesOf(await readScheduleEvidence(yugabyte, signal), database);
}

/**
 * A schedule belongs to a database by id: a database that is dropped and created again under its name is another one,
 * which the old schedule does not protect (yb-admin puts the id into the schedule's filter, yugabyte-db #17887). No
 * list prints that id, so the schedule's snapshots must show it. For one without snapshots the filter decides; 2.6 does
 * not print it, so there such a schedule belongs to no database.
 */
export function schedulesOf(evidence: ScheduleEvidence, { api, name }: DatabaseName): NamedSchedules {
  const named = `${api}.${name}`;
  const id = evidence.keyspaces.find((one) => one.api === api && one.name === name)?.id;
  const found: NamedSchedules = { own: [], ofDropped: [] };
  for (const schedule of evidence.schedules) {
    const covered = databaseOfSchedule(evidence, schedule);
    if (id !== undefined && (covered ? covered.id === id : schedule.filter === named)) {
      found.own.push(withOwnSnapshots(evidence, schedule, id));
      continue;
    }
    const bears = schedule.filter === named || (covered?.name === name && covered.api === api);
    if (bears && !evidence.keyspaces.some((one) => one.id === covered?.id)) found.ofDropped.push(schedule);
  }
  return found;
}

/** Schedules of dropped databases, whatever has their names now. */
export function orphanedSchedules(evidence: ScheduleEvidence): OrphanedSchedule[] {
  return evidence.schedules.flatMap((schedule) => {
    const covered = databaseOfSchedule(evidence, schedule);
    const there = covered
      ? evidence.keyspaces.some(({ id }) => id === covered.id)
      : schedule.filter === undefined ||
        evidence.keyspaces.some(({ api, name }) => schedule.filter === `${api}.${name}`);
    if (there) return [];
    return [{ schedule, database: covered ? `${covered.api}.${covered.name}` : (schedule.filter ?? '') }];
  });
}

/** The database that its newest snapshot covers: a schedule created by name alone may have started with another one. */
function databaseOfSchedule({ snapshots }: ScheduleEvidence, schedule: ListedSchedule): CoveredDatabase | undefined {
  const [newest] = schedule.snapshots
    .flatMap((one, at) => {
      const covered = snapshots.get(one.id)?.database;
      return covered ? [{ covered, micros: BigInt(one.snapshotMicros ?? 0), at }] : [];
    })
    .sort((one, other) => (one.micros === other.micros ? other.at - one.at : one.micros > other.micros ? -1 : 1));
  return newest?.covered;
}

function withOwnSnapshots({ snapshots }: ScheduleEvidence, schedule: ListedSchedule, id: string): ListedSchedule {
  const own = schedule.snapshots.filter((one) => (snapshots.get(one.id)?.database?.id ?? id) === id);
  return { ...schedule, snapshots: own };
}
