import {
  CancellationScope,
  getExternalWorkflowHandle,
  isCancellation,
  log,
  ParentClosePolicy,
  startChild,
  type ExternalWorkflowHandle,
} from '@temporalio/workflow';
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import type { Guarded } from '../../activities/internal-types';
import { clusterGuardianId, guardianId, type Chain } from '../../contract';
import type { OwnerEnd, Settings, Undo } from '../../contract/internal';
import { failure, reasonOf } from '../run/failure';
import { guardian } from '../guardian';
import { closeSignal, noteSignal, type GuardianResult } from './guardian-messages';
import { shortStep, wait } from '../run/policies';
import type { RunProgress } from '../run/progress';
import { given } from '../../objects/given';

export interface BusyOptions {
  whenBusy: 'fail' | 'wait';
  /** Milliseconds; absent: as long as it takes. */
  waitAtMostMs?: number | undefined;
}

interface GuardianSubject {
  id: string;
  subject: string;
}

/** The owner's side of one guardian. */
export class GuardianHandle {
  private readonly handle: ExternalWorkflowHandle;

  constructor(
    readonly id: string,
    readonly runId: string,
    private readonly settings: Settings,
  ) {
    this.handle = getExternalWorkflowHandle(id, runId);
  }

  /** Notes an undo before the step that it undoes; under an existing key it replaces that note. */
  async note(key: string, undo: Undo): Promise<void> {
    await this.signal(async () => {
      await this.handle.signal(noteSignal, { key, undo });
    });
  }

  /** The step has become part of a success: there is nothing to undo any more. */
  async release(key: string): Promise<void> {
    await this.signal(async () => {
      await this.handle.signal(noteSignal, { key, undo: null });
    });
  }

  /** Tells the guardian that the owner is done, and waits until it has undone what was noted. */
  async close(end: OwnerEnd): Promise<GuardianResult> {
    return await CancellationScope.nonCancellable(async () => {
      try {
        await this.handle.signal(closeSignal, { end });
      } catch (error) {
        log.warn('the guardian had already ended', { guardian: this.id, reason: reasonOf(error) });
      }
      return await wait(this.settings, `until ${this.id} has cleaned up`).waitForGuardianEnd({
        guardianId: this.id,
        runId: this.runId,
      });
    });
  }

  private async signal(send: () => Promise<void>): Promise<void> {
    try {
      await send();
    } catch (error) {
      if (isCancellation(error)) throw error;
      throw failure(
        'DatabaseBusy',
        `The lock ${this.id} of this run is gone: its guardian has ended. Nothing more was changed; start a new run.`,
        [{ workflowId: this.id, runId: this.runId }],
      );
    }
  }
}

/** Takes guardians, and knows which ones this run holds. */
export class Guardians {
  private readonly held: GuardianHandle[] = [];

  constructor(
    private readonly operation: string,
    private readonly chain: Chain,
    private readonly settings: Settings,
    /** Where a wait is shown. */
    private readonly page: Pick<RunProgress, 'during'>,
  ) {}

  /** Passed to every activity that makes changes, to confirm that the locks are still ours. */
  guarded(): Guarded {
    return { chain: this.chain, guardianIds: this.held.map((guardian) => guardian.id) };
  }

  /**
   * Takes the database's guardian: if it is busy, refused with `DatabaseBusy` and a link to the holder, or waited for.
   */
  async takeDatabase(database: string, busy: BusyOptions): Promise<GuardianHandle> {
    return await this.take({ id: guardianId(this.settings.cluster, database), subject: database }, busy);
  }

  /** Runs a step under the cluster lock, which is always waited for. */
  async withCluster<T>(step: () => Promise<T>): Promise<T> {
    const lock = await this.take(
      { id: clusterGuardianId(this.settings.cluster), subject: `cluster ${this.settings.cluster}` },
      { whenBusy: 'wait' },
    );
    let end: OwnerEnd = 'failed';
    try {
      const result = await step();
      end = 'complete';
      return result;
    } finally {
      this.held.splice(this.held.indexOf(lock), 1);
      await lock.close(end);
    }
  }

  private async take({ id, subject }: GuardianSubject, busy: BusyOptions): Promise<GuardianHandle> {
    const since = Date.now();
    const waitUntilMs = busy.waitAtMostMs === undefined ? undefined : Date.now() + busy.waitAtMostMs;
    for (;;) {
      const runId =
        (await this.start({ id, subject })) ?? (await this.adoptOrWait({ id, subject }, busy, since, waitUntilMs));
      if (runId === undefined) continue;
      const held = new GuardianHandle(id, runId, this.settings);
      this.held.push(held);
      return held;
    }
  }

  /** The run id of the guardian if it could be started; undefined when the id is taken. */
  private async start({ id, subject }: GuardianSubject): Promise<string | undefined> {
    try {
      const child = await CancellationScope.nonCancellable(() =>
        startChild(guardian, {
          workflowId: id,
          args: [{ subject, guardianId: id, owner: this.chain, operation: this.operation, settings: this.settings }],
          parentClosePolicy: ParentClosePolicy.ABANDON,
          memo: { owner: this.chain, operation: this.operation },
          staticSummary: `${subject}: lock and cleaner for ${this.operation}`,
        }),
      );
      return child.firstExecutionRunId;
    } catch (error) {
      if (error instanceof WorkflowExecutionAlreadyStartedError) return undefined;
      throw error;
    }
  }

  /** If the taken id names this very chain it is ours (this run was reset); any other is refused or waited for. */
  private async adoptOrWait(
    { id, subject }: GuardianSubject,
    busy: BusyOptions,
    since: number,
    waitUntilMs?: number,
  ): Promise<string | undefined> {
    const found = await shortStep(this.settings, `who holds ${subject}?`).findGuardian({
      guardianId: id,
      chain: this.chain,
    });
    if (found.state === 'free') return undefined;
    if (found.state === 'ours') return found.runId;
    const leftMs = waitUntilMs === undefined ? undefined : waitUntilMs - Date.now();
    if (busy.whenBusy === 'wait' && (leftMs === undefined || leftMs > 0)) {
      const note = `Waiting until ${found.operation} (${found.holder.workflowId}) releases ${subject}.`;
      await this.page.during(note, () =>
        wait(this.settings, `until ${found.holder.workflowId} releases ${subject}`).waitUntilFree({
          guardianId: id,
          since,
          ...given({ atMostMs: leftMs }),
        }),
      );
      return undefined;
    }
    throw failure(
      'DatabaseBusy',
      `${subject} is held by ${found.operation} (${found.holder.workflowId}), so this ${this.operation} was refused before anything was changed. ` +
        'Wait for that run to end, or start this one with "whenBusy": "wait".',
      [{ workflowId: found.holder.workflowId, runId: found.holder.runId, link: found.holder.link }],
    );
  }
}
