import { log } from '@temporalio/activity';
import { KALPA_VERSION } from '../../../config';
import type { Chain } from '../../../contract';
import { FORMAT, writeOperation } from '../../../repository';
import type { ControlDependencies } from '../dependencies';
import { startedBy } from '../../../schedules';
import { given } from '../../../objects/given';

export interface RecordOperationInput {
  chain: Chain;
  operation: string;
  database: string;
  startedAt: string;
  input: unknown;
  outcome: 'complete' | 'failed' | 'cancelled';
  result?: unknown;
  failure?: { type: string; message: string };
}

/** The audit record in the bucket, which outlives the history: who asked for what, and how it ended. */
export function makeRecordOperation({ client, config, repository }: ControlDependencies) {
  return async function recordOperation(input: RecordOperationInput): Promise<void> {
    const { chain, startedAt } = input;
    const { operation, database, outcome, failure } = input;
    log.info(`${operation} ${database} ${outcome}`, failure && { failure: failure.type });
    const identity = await startedBy(client, chain);
    await writeOperation(repository, {
      format: FORMAT,
      operation: input.operation,
      workflowId: chain.workflowId,
      firstRunId: chain.firstExecutionRunId,
      cluster: config.cluster,
      database: input.database,
      startedAt,
      endedAt: new Date().toISOString(),
      input: input.input,
      outcome: input.outcome,
      kalpaVersion: KALPA_VERSION,
      ...given({ startedBy: identity, result: input.result, failure: input.failure }),
    });
  };
}
