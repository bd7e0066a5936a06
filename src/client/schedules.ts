import type { Client, ScheduleDescription } from '@temporalio/client';
import type { NewSchedule, OperationTypes, ScheduledOperation, ScheduleDefinition } from '../contract';
import { listSchedules, readSchedule, scheduleOptions, type Schedule } from '../schedules';
import { defineSchedule } from './define-schedule';
import { KalpaFailure, type RunReference } from './kalpa-failure';
import { listedSchedule, type ListedSchedule } from './listed-schedule';
import { scheduledIdentity } from './run-identity';
import {
  existsAlready,
  noSchedule,
  notRecordable,
  notRecorded,
  refusedSchedule,
  stillRunning,
  type ScheduleChange,
} from './schedule-failures';
import type { ScheduleRecords } from './schedule-records';
import { asUnreachable } from './unreachable';

/** What the schedules need of the client's settings. */
interface SchedulesOptions {
  cluster: string;
  address: string;
  workflowTaskTimeoutMs?: number;
  scheduleRecords?: ScheduleRecords;
}

/** Why a schedule that ran before does not run now. */
const ADOPTED = 'restored from the bucket, paused: resume it once the cluster is ready';

/** How long a triggered run may take to show up in the description of its schedule. */
const TRIGGER_SHOWS_MS = 10_000;
const POLL_INTERVAL_MS = 100;

/**
 * Temporal schedules that start operations of one cluster. Changes go to Temporal first, then to the records; a change
 * that can't be recorded because a key is missing is refused before either.
 */
export class Schedules {
  constructor(
    private readonly temporal: Client,
    private readonly options: SchedulesOptions,
    private readonly link: (workflowId: string, runId: string) => string | undefined,
  ) {}

  /**
   * Creates a schedule: overlapping runs are skipped, missed ones made up for within `catchUp`, a failed one does not
   * pause it. `replace`: changes an existing one of this id. Throws `KalpaFailure`: `InvalidInput`, `AlreadyExists`,
   * `PreflightFailed`.
   */
  async add(given: NewSchedule, { replace = false }: { replace?: boolean } = {}): Promise<ListedSchedule> {
    const requested = defineSchedule(this.options.cluster, given);
    const { scheduleId } = requested;
    const existing = await this.read(scheduleId);
    if (existing && !replace) throw existsAlready(existing);
    const definition = existing?.paused && requested.paused === undefined ? { ...requested, paused: true } : requested;
    await this.confirmRecordable(scheduleId);
    if (existing) await this.update(definition);
    else await this.create(definition);
    await this.record(scheduleId, definition);
    return await this.listed(scheduleId, definition);
  }

  /** All schedules of the cluster by id: those in Temporal, whoever made them, and those that are only recorded. */
  async list(): Promise<ListedSchedule[]> {
    const inTemporal = new Map<string, Schedule>();
    for (const one of await this.call(() => listSchedules(this.temporal, this.options.cluster)))
      inTemporal.set(one.id, one);
    const recorded = await this.recorded();
    // Temporal's list lags: one that was just created is looked up by its id.
    for (const id of recorded?.keys() ?? []) {
      const one = inTemporal.get(id) ?? (await this.read(id));
      if (one) inTemporal.set(id, one);
    }
    const ids = [...new Set([...inTemporal.keys(), ...(recorded?.keys() ?? [])])].sort();
    return ids.flatMap((id) => listedSchedule(inTemporal.get(id), recorded?.get(id), recorded?.has(id)));
  }

  /** No runs until `resume`; a running one continues. The note says why; without one the old note stays. */
  async pause(scheduleId: string, note?: string): Promise<ListedSchedule> {
    return await this.setPaused(scheduleId, true, note);
  }

  /** Runs again at its times; nothing is made up for. */
  async resume(scheduleId: string, note?: string): Promise<ListedSchedule> {
    return await this.setPaused(scheduleId, false, note);
  }

  /** Removes a schedule from Temporal and from the records. Its runs and its backups stay. Throws `NotFound`. */
  async remove(scheduleId: string): Promise<void> {
    const existing = await this.read(scheduleId);
    const recorded = (await this.recorded())?.has(scheduleId) ?? false;
    if (!existing && !recorded) throw await this.missing(scheduleId, false);
    if (recorded) await this.confirmRecordable(scheduleId);
    if (existing) await this.call(() => this.temporal.schedule.getHandle(scheduleId).delete());
    if (recorded) await this.record(scheduleId, 'removed');
  }

  /**
   * Starts a run now, paused or not, and returns it. Throws `NotFound`; `DatabaseBusy` when its last run is still
   * running.
   */
  async trigger(scheduleId: string): Promise<RunReference> {
    await this.mustRead(scheduleId);
    const handle = this.temporal.schedule.getHandle(scheduleId);
    return await this.call(async () => {
      const before = await handle.describe();
      const known = new Set(runsOf(before).map(({ runId }) => runId));
      await handle.trigger('SKIP');
      const giveUpAt = Date.now() + TRIGGER_SHOWS_MS;
      for (let now = before; Date.now() < giveUpAt; now = await handle.describe()) {
        const run = runsOf(now).find(({ runId }) => !known.has(runId));
        if (run) return this.reference(run);
        if (now.info.numActionsSkippedOverlap > before.info.numActionsSkippedOverlap) throw this.overlapping(now);
        await new Promise((resolve) => setTimeout(resolve, POLL_INTERVAL_MS));
      }
      throw new KalpaFailure(
        'Unknown',
        `Temporal took the request to trigger ${scheduleId}, but no run showed up within ${TRIGGER_SHOWS_MS / 1000} s. Check before you trigger it again: kalpa schedule list.`,
      );
    });
  }

  /**
   * Creates again what is recorded and missing in Temporal; existing schedules stay as they are. Returns what it did,
   * by id. `paused`: none of them runs until it is resumed; the records stay as they are.
   */
  async restore({ paused = false }: { paused?: boolean } = {}): Promise<{ restored: string[]; present: string[] }> {
    const recorded = await this.recorded();
    if (!recorded) {
      throw new KalpaFailure(
        'PreflightFailed',
        'No schedules were restored: this client was given no scheduleRecords to restore them from. Pass them to KalpaClient.connect.',
      );
    }
    const restored: string[] = [];
    const present: string[] = [];
    for (const [id, definition] of recorded) {
      if (await this.read(id)) present.push(id);
      else {
        await this.create(
          paused && definition.paused !== true
            ? { ...definition, paused, note: definition.note ?? ADOPTED }
            : definition,
        );
        restored.push(id);
      }
    }
    return { restored, present };
  }

  private async setPaused(scheduleId: string, paused: boolean, note: string | undefined): Promise<ListedSchedule> {
    const existing = await this.mustRead(scheduleId);
    const kept = note ?? existing.note ?? (paused ? 'paused with Kalpa' : 'resumed with Kalpa');
    const handle = this.temporal.schedule.getHandle(scheduleId);
    // A store that is unavailable does not prevent a pause: that is reported afterwards.
    const recorded = await this.recorded().then(
      (known) => ({ definition: known?.get(scheduleId), lost: undefined }),
      (lost: unknown) => ({ definition: undefined, lost }),
    );
    const { definition, lost } = recorded;
    if (definition || lost !== undefined) await this.confirmRecordable(scheduleId);
    await this.call(() => (paused ? handle.pause(kept) : handle.unpause(kept)));
    if (lost !== undefined) throw notRecorded(scheduleId, paused ? 'paused' : 'resumed', lost);
    const changed = definition && { ...definition, paused, note: kept };
    if (changed) await this.record(scheduleId, changed, paused ? 'paused' : 'resumed');
    return await this.listed(scheduleId, changed);
  }

  private async create(definition: ScheduleDefinition): Promise<void> {
    await this.call(() => this.temporal.schedule.create(this.optionsOf(definition)), definition);
  }

  private async update(definition: ScheduleDefinition): Promise<void> {
    const { scheduleId: _id, memo: _memo, state, ...changed } = this.optionsOf(definition);
    const handle = this.temporal.schedule.getHandle(definition.scheduleId);
    await this.call(() => handle.update(() => ({ ...changed, state: state ?? {} })), definition);
  }

  private optionsOf(definition: ScheduleDefinition): ReturnType<typeof scheduleOptions> {
    const { cluster, workflowTaskTimeoutMs } = this.options;
    const input = definition.input as OperationTypes[ScheduledOperation]['input'];
    const { workflowId, summary } = scheduledIdentity(cluster, definition.operation, input);
    return scheduleOptions(definition, { cluster, workflowIdPrefix: workflowId, summary, workflowTaskTimeoutMs });
  }

  /** Recorded definitions that were not removed; undefined if no records were given. */
  private async recorded(): Promise<Map<string, ScheduleDefinition> | undefined> {
    const records = await this.options.scheduleRecords?.newest();
    if (records === undefined) return undefined;
    const found = new Map<string, ScheduleDefinition>();
    for (const { scheduleId, schedule } of records) if (schedule !== 'removed') found.set(scheduleId, schedule);
    return found;
  }

  private async confirmRecordable(scheduleId: string): Promise<void> {
    try {
      await this.options.scheduleRecords?.confirmWritable?.();
    } catch (error) {
      throw notRecordable(scheduleId, error);
    }
  }

  private async record(
    scheduleId: string,
    schedule: ScheduleDefinition | 'removed',
    change: ScheduleChange = schedule === 'removed' ? 'removed' : 'changed',
  ): Promise<void> {
    try {
      await this.options.scheduleRecords?.write(scheduleId, schedule);
    } catch (error) {
      throw notRecorded(scheduleId, change, error);
    }
  }

  private async read(scheduleId: string): Promise<Schedule | undefined> {
    return await this.call(() => readSchedule(this.temporal, this.options.cluster, scheduleId));
  }

  private async mustRead(scheduleId: string): Promise<Schedule> {
    const found = await this.read(scheduleId);
    if (found) return found;
    throw await this.missing(scheduleId, (await this.recorded())?.has(scheduleId) ?? false);
  }

  private async missing(scheduleId: string, recorded: boolean): Promise<KalpaFailure> {
    const { cluster } = this.options;
    const there = await listSchedules(this.temporal, cluster).catch((): Schedule[] => []);
    return noSchedule({ cluster, scheduleId, recorded, known: there.map(({ id }) => id) });
  }

  private async listed(scheduleId: string, definition: ScheduleDefinition | undefined): Promise<ListedSchedule> {
    const recorded = this.options.scheduleRecords && definition !== undefined;
    const [one] = listedSchedule(await this.read(scheduleId), definition, recorded);
    if (!one) throw await this.missing(scheduleId, false);
    return one;
  }

  private reference({ workflowId, runId }: { workflowId: string; runId: string }): RunReference {
    const link = this.link(workflowId, runId);
    return { workflowId, runId, ...(link ? { link } : {}) };
  }

  private overlapping({ scheduleId, info }: ScheduleDescription): KalpaFailure {
    const running = info.runningActions[0]?.workflow;
    const run = running && this.reference({ workflowId: running.workflowId, runId: running.firstExecutionRunId });
    return stillRunning(scheduleId, run);
  }

  /** Converts Temporal's errors to ours. `definition`: what was sent, for the message of a refusal. */
  private async call<T>(request: () => Promise<T>, definition?: ScheduleDefinition): Promise<T> {
    try {
      return await request();
    } catch (error) {
      const refusal = definition && refusedSchedule(this.options.cluster, definition, error);
      throw refusal ?? asUnreachable(error, this.options.address);
    }
  }
}

const runsOf = ({ info }: ScheduleDescription): { workflowId: string; runId: string }[] =>
  info.recentActions.map(({ action: { workflow } }) => ({
    workflowId: workflow.workflowId,
    runId: workflow.firstExecutionRunId,
  }));
