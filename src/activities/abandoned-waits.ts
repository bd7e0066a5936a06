import { CancelledFailure, CompleteAsyncError, type Context } from '@temporalio/activity';
import type { ActivityInterceptorsFactory } from '@temporalio/worker';

/** Waits for the end of another run: when it comes, its own run has mostly ended as well. */
const OUTLIVES_ITS_RUN = 'watchOwner';

/**
 * A run that abandons a wait may end before the wait learns of it. The server would refuse the answer and the SDK would
 * log a warning, so it is not sent: the run is looked up first, and if it has ended there is nobody to answer.
 */
export const abandonedWaits: ActivityInterceptorsFactory = (context) => ({
  inbound: {
    async execute(input, next) {
      try {
        const answer = await next(input);
        if (context.info.activityType === OUTLIVES_ITS_RUN) await skipAnswerOfEndedRun(context);
        return answer;
      } catch (error) {
        if (error instanceof CancelledFailure && !context.info.isLocal) {
          if (context.info.activityType === OUTLIVES_ITS_RUN && context.cancellationDetails?.cancelRequested)
            throw new CompleteAsyncError(); // its guardian continues without it, and may end at any moment
          await skipAnswerOfEndedRun(context);
        }
        throw error;
      }
    },
  },
});

/** Throws the error that tells the SDK the answer will come from elsewhere. It never does, and nobody waits for it. */
async function skipAnswerOfEndedRun({ client, info }: Context): Promise<void> {
  if (info.workflowExecution === undefined) return;
  const { workflowId, runId } = info.workflowExecution;
  const run = await client.workflow
    .getHandle(workflowId, runId)
    .describe()
    .catch(() => undefined);
  if (run !== undefined && run.status.name !== 'RUNNING') throw new CompleteAsyncError();
}
