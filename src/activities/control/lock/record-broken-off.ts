import { temporal } from '@temporalio/proto';
import { KALPA_VERSION } from '../../../config';
import type { Chain } from '../../../contract';
import type { OwnerEnd } from '../../../contract/internal';
import { FORMAT, writeOperation } from '../../../repository';
import { starterOf } from '../../../schedules';
import type { ControlDependencies } from '../dependencies';
import { describeRun } from './guardian-state';
import { given } from '../../../objects/given';

export interface RecordBrokenOffInput {
  /** The run that was ended before it could write its own audit record. */
  owner: Chain;
  end: OwnerEnd;
  database: string;
  undone: string[];
  leftovers: string[];
}

type Event = temporal.api.history.v1.IHistoryEvent;
type Execution = temporal.api.common.v1.IWorkflowExecution;
const CLOSE_EVENT = temporal.api.enums.v1.HistoryEventFilterType.HISTORY_EVENT_FILTER_TYPE_CLOSE_EVENT;

/**
 * Writes the audit record of a run that could not: it was terminated, timed out, or its code failed. Its history has
 * its input, its caller, and who ended it. An existing record stays. Nothing is written when Temporal no longer knows
 * the run.
 */
export function makeRecordBrokenOff(dependencies: ControlDependencies) {
  const { client, config, repository } = dependencies;
  const eventOf = async (execution: Execution, filter?: typeof CLOSE_EVENT): Promise<Event | undefined> => {
    const { history } = await client.workflowService.getWorkflowExecutionHistory({
      namespace: client.options.namespace,
      execution,
      maximumPageSize: 1,
      ...given({ historyEventFilterType: filter }),
    });
    return history?.events?.at(0) ?? undefined;
  };
  return async function recordBrokenOff(input: RecordBrokenOffInput): Promise<void> {
    const { owner, end, undone, leftovers } = input;
    const last = await describeRun(dependencies, owner.workflowId);
    if (last?.raw.workflowExecutionInfo?.firstRunId !== owner.firstExecutionRunId) return;
    const { workflowId } = owner;
    const [first, closed] = await Promise.all([
      eventOf({ workflowId, runId: owner.firstExecutionRunId }),
      eventOf({ workflowId, runId: last.runId }, CLOSE_EVENT),
    ]);
    const started = first?.workflowExecutionStartedEventAttributes;
    if (!started) return;
    const [payload] = started.input?.payloads ?? [];
    const ownersInput: unknown = payload
      ? client.options.loadedDataConverter.payloadConverter.fromPayload(payload)
      : undefined;
    const identity = starterOf(started);
    await writeOperation(repository, {
      format: FORMAT,
      operation: last.type,
      workflowId,
      firstRunId: owner.firstExecutionRunId,
      cluster: config.cluster,
      database: rehearsedBy(last.type, ownersInput) ?? input.database,
      startedAt: last.startTime.toISOString(),
      endedAt: (last.closeTime ?? new Date()).toISOString(),
      input: ownersInput,
      outcome: end,
      kalpaVersion: KALPA_VERSION,
      ...given({ startedBy: identity }),
      failure: failureOf(end, closed),
      cleanedUp: { undone, leftovers },
    });
  };
}

/** A rehearsal locks its scratch database, but is about the database of its input. */
function rehearsedBy(type: string, input: unknown): string | undefined {
  const { database } = (type === 'rehearseRestore' && input ? input : {}) as { database?: unknown };
  return typeof database === 'string' ? database : undefined;
}

function failureOf(end: OwnerEnd, closed: Event | undefined): { type: string; message: string } {
  if (end === 'timed-out') return { type: 'TimedOut', message: 'It exceeded its run time in Temporal.' };
  const { identity, reason } = closed?.workflowExecutionTerminatedEventAttributes ?? {};
  if (end === 'terminated')
    return {
      type: 'Terminated',
      message: `Terminated by ${identity || 'an unnamed client'}${reason ? `: ${reason}` : ', without a reason'}.`,
    };
  const { failure } = closed?.workflowExecutionFailedEventAttributes ?? {};
  return {
    type: failure?.applicationFailureInfo?.type || 'Unknown',
    message: failure?.message || 'It ended before it could say why; see its history.',
  };
}
