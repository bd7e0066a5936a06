import { bareName, checkedDurationMs, apiOf } from '../../../contract';
import { listSnapshotSchedules, schedulesOfDatabase, type Capabilities, type NamedSchedules } from '../../../yugabyte';
import { checkCluster } from '../preflight/check-cluster';
import { checkTablesTogether } from './check-tables-together';
import { checkDatabase } from '../preflight/check-database';
import type { Checks } from '../preflight/checks';
import { definePreflight } from '../preflight/define-preflight';
import { durationText } from '../run/duration-text';
import { given } from '../../../objects/given';

const MINUTE_MS = 60_000;

export interface PreflightScheduleInput {
  database: string;
  /** Absent: the schedule is to be deleted. */
  wanted?: { every: string; keep: string };
}

export interface SchedulePlan {
  action: 'create' | 'edit' | 'none' | 'delete';
  /** The existing schedule. */
  scheduleId?: string;
  wanted?: { everyMinutes: number; keepMinutes: number };
  /** Ids of all schedules now; they identify ours after a lost reply. */
  listedBefore: string[];
  /** Of the present moment; the schema is unchanged while it is. */
  catalogVersion?: string;
  warnings?: string[];
}

/**
 * What has to be done so that the database has exactly the requested schedule; refuses what this release can't do. A
 * schedule of a dropped database that had the name is not this one's: it is reported, and switched off once this
 * database has none. The store is not needed: the request is recorded there if it answers.
 */
export const makePreflightSchedule = definePreflight<PreflightScheduleInput, SchedulePlan>({
  subject: ({ database }) => `The snapshot schedule of ${database}`,
  ask: async (checks, { database, wanted }) => {
    const cluster = await checkCluster(checks, database);
    // A schedule outlives its database: it can still be switched off.
    if (wanted) await checkDatabase(checks, { database, cluster });
    if (checks.stopped) return undefined;
    const there = await checks.look('The snapshot schedules', async ({ yugabyte }, { signal }) => ({
      listedBefore: (await yugabyte().run(listSnapshotSchedules, {}, { signal })).map(({ id }) => id),
      found: await schedulesOfDatabase(yugabyte(), { api: apiOf(database), name: bareName(database) }, signal),
      release: await yugabyte().capabilities(signal),
      entities: wanted ? await yugabyte().http.dumpEntities(signal) : undefined,
    }));
    if (!there) return undefined;
    const { entities, release } = there;
    if (entities) checkTablesTogether(checks, database, { entities, release });
    const plan = planOf(checks, { database, ...there, ...given({ wanted }) });
    const version = wanted
      ? await checks.look(
          `The schema of ${database}`,
          async ({ yugabyte }, { signal }) =>
            await yugabyte().api(database).catalogVersion(bareName(database), { signal }),
        )
      : undefined;
    return {
      ...plan,
      listedBefore: there.listedBefore,
      ...given({ catalogVersion: version }),
    };
  },
});

function planOf(
  checks: Checks,
  { database, wanted, found, release }: PreflightScheduleInput & { found: NamedSchedules; release: Capabilities },
): Omit<SchedulePlan, 'listedBefore'> {
  const { editsSchedules, since } = release;
  const { own, ofDropped } = found;
  const [schedule = wanted ? undefined : ofDropped[0], ...more] = own;
  const cure = (id: string): string =>
    // Once enabled again, `pitr disable` would delete the new one first.
    `Delete it: ${wanted ? `yb-admin delete_snapshot_schedule ${id}` : `kalpa pitr disable ${database}, once more`}.`;
  const warnings = ofDropped.map(({ id }) =>
    id === schedule?.id
      ? `Snapshot schedule ${id} belonged to a dropped database ${database}. The one that has the name now had no schedule.`
      : `Snapshot schedule ${id} belongs to a dropped database ${database}: it protects nothing, and its snapshots occupy disk space. ${cure(id)}`,
  );
  if (more.length > 0) {
    checks.add(
      'PreflightFailed',
      `${database} has ${own.length} snapshot schedules (${own.map(({ id }) => id).join(', ')}), and the cluster supports one. Delete all but one with yb-admin delete_snapshot_schedule, then try again.`,
    );
  }
  if (!wanted) {
    if (!schedule)
      checks.add('NotFound', `${database} has no snapshot schedule, so there is nothing to disable.`, {
        database,
      });
    return { action: 'delete', ...(schedule ? { scheduleId: schedule.id } : {}), warnings };
  }
  const everyMinutes = checkedDurationMs(wanted.every) / MINUTE_MS;
  const keepMinutes = checkedDurationMs(wanted.keep) / MINUTE_MS;
  if (!schedule) return { action: 'create', wanted: { everyMinutes, keepMinutes }, warnings };
  const same = schedule.intervalSeconds === everyMinutes * 60 && schedule.retentionSeconds === keepMinutes * 60;
  if (!same && !editsSchedules) {
    checks.add(
      'IncompatibleVersion',
      `${database} has the schedule ${schedule.id} (every ${durationText(schedule.intervalSeconds)}, ${durationText(schedule.retentionSeconds)} back), and YugabyteDB ${since} can't change a schedule. Disable it first (kalpa pitr disable ${database}), which deletes the history that it kept, then enable it again.`,
      { scheduleId: schedule.id },
    );
  }
  return { action: same ? 'none' : 'edit', scheduleId: schedule.id, wanted: { everyMinutes, keepMinutes }, warnings };
}
