import { cancellationSignal } from '@temporalio/activity';
import { bareName, checkedDurationMs, apiOf } from '../../../contract';
import { listSnapshotSchedules, schedulesOfDatabase, type ListedSchedule } from '../../../yugabyte';
import { failWithFindings } from '../../application-failure';
import { catalogVersion } from '../catalog-version';
import { checkCluster } from './check-cluster';
import { checkSnapshottable } from './check-database';
import { checkStore } from './check-store';
import type { ControlDependencies } from '../dependencies';
import { Findings } from './findings';
import { durationText } from '../duration-text';

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
}

/** What has to be done so that the database has exactly the schedule that is wanted; refuses what this release can't. */
export function makePreflightSchedule(dependencies: ControlDependencies) {
  return async function preflightSchedule({ database, wanted }: PreflightScheduleInput): Promise<SchedulePlan> {
    const findings = new Findings();
    const yugabyte = dependencies.yugabyte();
    const subject = `The snapshot schedule of ${database}`;
    const [cluster] = await Promise.all([
      checkCluster(yugabyte, findings, { sql: apiOf(database) === 'ysql' }),
      checkStore(dependencies, findings),
    ]);
    // A schedule outlives its database: that one can still be switched off.
    if (wanted) await checkSnapshottable(dependencies, { database, cluster }, findings);
    const unusable = failWithFindings(subject, findings.list);
    if (unusable) throw unusable;
    const signal = cancellationSignal();
    const all = (await yugabyte.run(listSnapshotSchedules, {}, { signal })).map(({ id }) => id);
    const found = await schedulesOfDatabase(yugabyte, { api: apiOf(database), name: bareName(database) }, signal);
    const plan = await planOf(dependencies, { database, found, ...(wanted ? { wanted } : {}) }, findings);
    const failure = failWithFindings(subject, findings.list);
    if (failure) throw failure;
    return {
      ...plan,
      listedBefore: all,
      ...(wanted ? { catalogVersion: await catalogVersion(yugabyte, database, signal) } : {}),
    };
  };
}

async function planOf(
  { yugabyte }: ControlDependencies,
  { database, wanted, found }: PreflightScheduleInput & { found: ListedSchedule[] },
  findings: Findings,
): Promise<Omit<SchedulePlan, 'listedBefore'>> {
  const { deletesSchedules, editsSchedules, since } = await yugabyte().dialect();
  const [schedule, ...more] = found;
  if (more.length > 0) {
    findings.add(
      'PreflightFailed',
      `${database} has ${found.length} snapshot schedules (${found.map(({ id }) => id).join(', ')}), and the cluster supports one. Delete all but one with yb-admin delete_snapshot_schedule, then try again.`,
    );
  }
  if (!wanted) {
    if (!schedule)
      findings.add('NotFound', `${database} has no snapshot schedule, so there is nothing to switch off.`, {
        database,
      });
    else if (!deletesSchedules)
      findings.add(
        'IncompatibleVersion',
        `YugabyteDB ${since} can't delete a snapshot schedule (its yb-admin has no delete_snapshot_schedule): ${schedule.id} of ${database} stays. Upgrade the cluster.`,
      );
    return { action: 'delete', ...(schedule ? { scheduleId: schedule.id } : {}) };
  }
  const everyMinutes = checkedDurationMs(wanted.every) / MINUTE_MS;
  const keepMinutes = checkedDurationMs(wanted.keep) / MINUTE_MS;
  if (!schedule) return { action: 'create', wanted: { everyMinutes, keepMinutes } };
  const same = schedule.intervalSeconds === everyMinutes * 60 && schedule.retentionSeconds === keepMinutes * 60;
  if (!same && !editsSchedules) {
    const how = deletesSchedules
      ? `Disable it first (kalpa pitr disable ${database}), which deletes the history that it kept, then enable it anew.`
      : 'This release can neither change nor delete one. Ask for what is there, or upgrade the cluster.';
    findings.add(
      'IncompatibleVersion',
      `${database} has the schedule ${schedule.id} (every ${durationText(schedule.intervalSeconds)}, ${durationText(schedule.retentionSeconds)} back), and YugabyteDB ${since} can't change a schedule. ${how}`,
      { scheduleId: schedule.id },
    );
  }
  return { action: same ? 'none' : 'edit', scheduleId: schedule.id, wanted: { everyMinutes, keepMinutes } };
}
