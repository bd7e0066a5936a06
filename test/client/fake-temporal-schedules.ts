import { ScheduleAlreadyRunning, ScheduleNotFoundError, type Client, type ScheduleOptions } from '@temporalio/client';

interface Kept {
  options: ScheduleOptions;
  paused: boolean;
  note: string | undefined;
  recent: { workflowId: string; firstExecutionRunId: string }[];
  skipped: number;
}

/** Schedules as Temporal keeps them, as far as Kalpa asks. */
export class FakeTemporalSchedules {
  readonly kept = new Map<string, Kept>();
  /** What a trigger does: a run, or a skip because the last one continues. */
  onTrigger: 'run' | 'skip' = 'run';
  /** How the newest run of each ended, by Temporal's number. */
  lastStatus: number | undefined;
  /** Thrown by the next change. */
  refuse: Error | undefined;

  readonly client = {
    options: { namespace: 'default' },
    schedule: {
      create: async (options: ScheduleOptions) => {
        this.mayRefuse();
        if (this.kept.has(options.scheduleId)) throw new ScheduleAlreadyRunning('taken', options.scheduleId);
        const { paused = false, note } = options.state ?? {};
        this.kept.set(options.scheduleId, { options, paused, note, recent: [], skipped: 0 });
        await Promise.resolve();
      },
      getHandle: (id: string) => this.handle(id),
      list: () => this.list(),
    },
  } as unknown as Client;

  private handle(id: string): object {
    const find = async (): Promise<Kept> => {
      const found = this.kept.get(id);
      if (!found) throw new ScheduleNotFoundError('gone', id);
      return await Promise.resolve(found);
    };
    const setPaused = async (paused: boolean, note: string): Promise<void> => {
      Object.assign(await find(), { paused, note });
    };
    return {
      describe: async () => describe(await find(), this.lastStatus),
      pause: async (note: string) => await setPaused(true, note),
      unpause: async (note: string) => await setPaused(false, note),
      delete: async () => {
        await find();
        this.kept.delete(id);
      },
      update: async (change: (previous: unknown) => Omit<ScheduleOptions, 'scheduleId'>) => {
        this.mayRefuse();
        const kept = await find();
        const options = { ...kept.options, ...change(describe(kept)) };
        Object.assign(kept, { options, paused: options.state?.paused ?? false, note: options.state?.note });
      },
      trigger: async () => {
        const kept = await find();
        const n = kept.recent.length + 1;
        if (this.onTrigger === 'skip') kept.skipped += 1;
        if (this.onTrigger === 'run') kept.recent.push({ workflowId: `w-${n}`, firstExecutionRunId: `run-${n}` });
      },
    };
  }

  private async *list(): AsyncGenerator<object> {
    for (const { options } of this.kept.values())
      yield await Promise.resolve({ scheduleId: options.scheduleId, action: options.action, memo: options.memo });
  }

  private mayRefuse(): void {
    const error = this.refuse;
    this.refuse = undefined;
    if (error) throw error;
  }
}

function describe({ options, paused, note, recent, skipped }: Kept, startWorkflowStatus?: number): object {
  return {
    scheduleId: options.scheduleId,
    action: options.action,
    raw: { info: { recentActions: recent.map(() => ({ startWorkflowStatus })) } },
    state: { paused, ...(note === undefined ? {} : { note }) },
    info: {
      nextActionTimes: [new Date('2026-11-24T02:00:00Z')],
      recentActions: recent.map((workflow) => ({ takenAt: new Date('2026-11-23T02:00:00Z'), action: { workflow } })),
      runningActions: recent.slice(-1).map((workflow) => ({ workflow })),
      numActionsSkippedOverlap: skipped,
    },
  };
}
