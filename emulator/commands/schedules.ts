import type { ScheduleState } from '../state';
import { endOfNow } from '../time-travel/schedules';
import {
  apiOf,
  can,
  databaseOf,
  lines,
  MASTER,
  shownName,
  StatusError,
  wrongArguments,
  type Answer,
  type Call,
  type Command,
} from './command';
import { parseMoment } from './parse-moment';
import { json, printedTime } from './texts';

const SOURCE = 'yb/tools/yb-admin_client.cc:2500';
const MASTER_SOURCE = 'yb/master/master_snapshot_coordinator.cc:1500';

function scheduleOf({ cluster }: Call, id: string): ScheduleState {
  const found = cluster.state.schedules.find((one) => one.id === id.toLowerCase() && one.deletedMs === undefined);
  if (found) return found;
  throw new StatusError('Not found', SOURCE, `Unknown schedule: ${id}`);
}

function minutesOf(text: string): number {
  const minutes = Number(text);
  if (text === '' || !Number.isFinite(minutes) || minutes <= 0)
    throw wrongArguments(`Invalid number of minutes: ${text}`);
  return minutes;
}

export const createSnapshotSchedule: Command = {
  usage: '<snapshot_interval_in_minutes> <snapshot_retention_in_minutes> <keyspace>',
  count: [3, 3],
  run: async ({ cluster, args: [interval = '', retention = '', name = ''] }) => {
    const minutes = { interval: minutesOf(interval), retention: minutesOf(retention) };
    const database = await databaseOf(cluster, name);
    const known = cluster.schedules.live.find(({ databaseOid }) => databaseOid === database.oid);
    // Old servers take two schedules for one database, and one that keeps nothing (#9944, #12001). The wording is the
    // emulator's own.
    if (known && can(cluster, 'oneSchedule'))
      throw new StatusError(
        'Already present',
        MASTER_SOURCE,
        `Keyspace ${apiOf(database)}.${shownName(database)} has the snapshot schedule ${known.id} already`,
        MASTER.OBJECT_ALREADY_PRESENT,
      );
    if (minutes.retention <= minutes.interval && can(cluster, 'oneSchedule'))
      throw new StatusError('Invalid argument', MASTER_SOURCE, 'The retention must be longer than the interval');
    // Manuals of 2.14 and 2.16 (#12484); the wording is the emulator's own.
    const grouped = cluster.state.databases.some(({ tables }) =>
      tables.some(({ id }) => id.endsWith('.tablegroup.parent.uuid')),
    );
    if (grouped && !can(cluster, 'schedulesBesideTablegroups'))
      throw new StatusError(
        'Not implemented',
        MASTER_SOURCE,
        'A snapshot schedule is not supported in a cluster with tablegroups',
      );
    const schedule = await cluster.schedules.create(database, minutes.interval, minutes.retention);
    return lines(json({ schedule_id: schedule.id }));
  },
};

export const editSnapshotSchedule: Command = {
  usage: '<schedule_id> (interval <new_interval_in_minutes> | retention <new_retention_in_minutes>){1,2}',
  count: [3, 5],
  run: (call) => {
    const { cluster, args } = call;
    if (args.length === 4) throw wrongArguments('Expected 3 or 5 arguments, received 4');
    const schedule = scheduleOf(call, args[0] ?? '');
    const given = new Map<string, number>();
    for (let i = 1; i < args.length; i += 2) {
      const word = args[i] ?? '';
      if (word !== 'interval' && word !== 'retention')
        throw wrongArguments(`Expected either "retention" or "interval", got: ${word}`);
      if (given.has(word)) throw wrongArguments(`Repeated ${word}`);
      given.set(word, minutesOf(args[i + 1] ?? ''));
    }
    schedule.intervalMinutes = given.get('interval') ?? schedule.intervalMinutes;
    schedule.retentionMinutes = given.get('retention') ?? schedule.retentionMinutes;
    cluster.save();
    return lines(json({ schedule: listed(call, schedule) }));
  },
};

export const deleteSnapshotSchedule: Command = {
  usage: '<schedule_id>',
  count: [1, 1],
  run: (call) => {
    const schedule = scheduleOf(call, call.args[0] ?? '');
    call.cluster.schedules.delete(schedule);
    return lines(json({ schedule_id: schedule.id }));
  },
};

export const listSnapshotSchedules: Command = {
  usage: '[<schedule_id>]',
  count: [0, 1],
  run: (call): Answer => {
    const [id] = call.args;
    const { schedules } = call.cluster.state;
    const shown = id === undefined ? schedules : [scheduleOf(call, id)];
    return lines(json({ schedules: shown.map((one) => listed(call, one)) }));
  },
};

/** 2.6 prints seconds and omits the filter. */
function listed({ cluster, timeZone }: Call, schedule: ScheduleState): object {
  const { id, intervalMinutes, retentionMinutes, deletedMs } = schedule;
  const old = !can(cluster, 'scheduleInMinutes');
  const duration = (minutes: number): string => (old ? `${(minutes * 60).toFixed(3)}s` : `${Math.floor(minutes)} min`);
  const name = (word: string): string => (old ? `${word}_utc` : word);
  const time = (micros: string): string =>
    old ? `${printedTime(micros, 'UTC').replace(' ', 'T')}+0000` : printedTime(micros, timeZone);
  const snapshots = cluster.schedules.snapshotsOf(schedule).filter(({ micros }) => micros !== '');
  return {
    id,
    options: {
      ...(old ? {} : { filter: filterOf(cluster, schedule) }),
      interval: duration(intervalMinutes),
      retention: duration(retentionMinutes),
      ...(deletedMs === undefined ? {} : { [name('delete_time')]: time(String(BigInt(deletedMs) * 1000n)) }),
    },
    snapshots: snapshots.map((snapshot, i) => {
      const previous = snapshots[i - 1];
      return {
        id: snapshot.id,
        [name('snapshot_time')]: time(snapshot.micros),
        ...(previous ? { [name('previous_snapshot_time')]: time(previous.micros) } : {}),
      };
    }),
  };
}

/** For a keyspace, every release reverts the schema too. */
const isKeyspace = ({ cluster }: Call, { databaseOid }: ScheduleState): boolean =>
  cluster.state.databases.some(({ oid, keyspace }) => oid === databaseOid && keyspace !== undefined);

/** A dropped database keeps its schedule, which still shows its name. */
function filterOf({ state }: Call['cluster'], { databaseOid, databaseName }: ScheduleState): string {
  const database = state.databases.find(({ oid }) => oid === databaseOid);
  return database ? `${apiOf(database)}.${shownName(database)}` : `ysql.${databaseName}`;
}

export const restoreSnapshotSchedule: Command = {
  usage: '<schedule_id> (<timestamp> | minus <interval>)',
  count: [2, 3],
  run: async (call) => {
    const { cluster, args, timeZone } = call;
    const [id = '', ...time] = args;
    const schedule = scheduleOf(call, id);
    const micros = parseMoment(time, timeZone);
    const snapshots = cluster.schedules.snapshotsOf(schedule).filter(({ state }) => state === 'COMPLETE');
    const [oldest] = snapshots;
    const printed = (value: string): string => printedTime(value, timeZone);
    if (!oldest || micros < BigInt(oldest.micros)) {
      throw new StatusError(
        'Invalid argument',
        SOURCE,
        `Cannot restore at ${printed(String(micros))}, last snapshot: ${printed(oldest?.micros ?? '')}, snapshots: ${snapshots.map(({ id: one }) => one).join(', ')}`,
      );
    }
    if (micros > endOfNow())
      throw new StatusError(
        'Illegal state',
        SOURCE,
        `Snapshot is not suitable for restore at ${printed(String(micros))}`,
      );
    const running = cluster.state.restorations.find(
      ({ state, snapshotId }) =>
        state === 'RESTORING' &&
        cluster.state.snapshots.some((one) => one.id === snapshotId && one.databaseOid === schedule.databaseOid),
    );
    // Old servers start a second one (#9167). The wording is the emulator's own.
    if (running && can(cluster, 'oneRestoration'))
      throw new StatusError('Illegal state', MASTER_SOURCE, `Restoration ${running.id} of the keyspace is RESTORING`);
    const restoration = await cluster.schedules.restore(
      schedule,
      micros,
      isKeyspace(call, schedule) || can(cluster, 'rewindSchema'),
    );
    return lines(json({ snapshot_id: restoration.snapshotId, restoration_id: restoration.id }));
  },
};
