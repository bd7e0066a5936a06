import { CancelledFailure, CompleteAsyncError, type Context } from '@temporalio/activity';
import type { ActivityInterceptorsFactory } from '@temporalio/worker';

/** Waits for the end of another run: when that comes, its own run has mostly ended as well. */
const OUTLIVES_ITS_RUN = 'watchOwner';

/**
 * A run that lets go of a wait may end before the wait has heard of it. Its answer would be refused by the server and
 * warned of by the SDK, so it is not sent: the run is asked first, and where it has ended there is nothing to answer.
 */
export const unheardAnswers: ActivityInterceptorsFactory = (context) => ({
  inbound: {
    async execute(input, next) {
      try {
        const answer = await next(input);
        if (context.info.activityType === OUTLIVES_ITS_RUN) await answerIfHeard(context);
        return answer;
      } catch (error) {
        if (error instanceof CancelledFailure && !context.info.isLocal) {
          if (context.info.activityType === OUTLIVES_ITS_RUN && context.cancellationDetails?.cancelRequested)
            throw new CompleteAsyncError(); // its guardian goes on without it, and ends any moment
          await answerIfHeard(context);
        }
        throw error;
      }
    },
  },
});

/** Throws what says to the SDK that the answer comes from elsewhere. It never does, and nobody waits for it. */
async function answerIfHeard({ client, info }: Context): Promise<void> {
  if (info.workflowExecution === undefined) return;
  const { workflowId, runId } = info.workflowExecution;
  const run = await client.workflow
    .getHandle(workflowId, runId)
    .describe()
    .catch(() => undefined);
  if (run !== undefined && run.status.name !== 'RUNNING') throw new CompleteAsyncError();
}
