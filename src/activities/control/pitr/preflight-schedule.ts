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
  /** The one that is there. */
  scheduleId?: string;
  wanted?: { everyMinutes: number; keepMinutes: number };
  /** Ids of every schedule now; a lost reply is recognised by them. */
  listedBefore: string[];
  /** Now; as long as it stays, so does the schema. */
  catalogVersion?: string;
  warnings?: string[];
}

/**
 * What has to be done so that the database has exactly the schedule that is wanted; refuses what this release can't. A
 * schedule of a database that had the name before is none of this one: it is named, and switched off once this one has
 * none. The store is not needed: what was asked is recorded in it if it is there.
 */
export const makePreflightSchedule = definePreflight<PreflightScheduleInput, SchedulePlan>({
  subject: ({ database }) => `The snapshot schedule of ${database}`,
  ask: async (checks, { database, wanted }) => {
    const cluster = await checkCluster(checks, database);
    // A schedule outlives its database: that one can still be switched off.
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
    if (entities && apiOf(database) === 'ysql') checkTablesTogether(checks, database, { entities, release });
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
  const { own, ofGone } = found;
  const [schedule = wanted ? undefined : ofGone[0], ...more] = own;
  const cure = (id: string): string =>
    // Enabled anew, `pitr disable` would take the new one first.
    `Delete it: ${wanted ? `yb-admin delete_snapshot_schedule ${id}` : `kalpa pitr disable ${database}, once more`}.`;
  const warnings = ofGone.map(({ id }) =>
    id === schedule?.id
      ? `Snapshot schedule ${id} was of a database ${database} that is gone. The one that has the name now had no schedule.`
      : `Snapshot schedule ${id} is of a database ${database} that is gone: it protects nothing, and its snapshots hold disk space. ${cure(id)}`,
  );
  if (more.length > 0) {
    checks.add(
      'PreflightFailed',
      `${database} has ${own.length} snapshot schedules (${own.map(({ id }) => id).join(', ')}), and the cluster supports one. Delete all but one with yb-admin delete_snapshot_schedule, then try again.`,
    );
  }
  if (!wanted) {
    if (!schedule)
      checks.add('NotFound', `${database} has no snapshot schedule, so there is nothing to switch off.`, {
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
      `${database} has the schedule ${schedule.id} (every ${durationText(schedule.intervalSeconds)}, ${durationText(schedule.retentionSeconds)} back), and YugabyteDB ${since} can't change a schedule. Disable it first (kalpa pitr disable ${database}), which deletes the history that it kept, then enable it anew.`,
      { scheduleId: schedule.id },
    );
  }
  return { action: same ? 'none' : 'edit', scheduleId: schedule.id, wanted: { everyMinutes, keepMinutes }, warnings };
}
