import { activityInfo, cancellationSignal } from '@temporalio/activity';
import type { Command } from '../../../yugabyte';
import type { ControlDependencies } from '../dependencies';

/**
 * Calls yb-admin once for all that wait for something in the same list: a hundred waits cost one process per poll
 * interval. `since`: when this wait began; it gets nothing older.
 */
export async function listTogether<I, O>(
  { yugabyte, looks, timing }: Pick<ControlDependencies, 'yugabyte' | 'looks' | 'timing'>,
  command: Command<I, O>,
  input: I,
  since: number,
): Promise<O> {
  return await looks.query(
    `${command.name} ${JSON.stringify(input)}`,
    { since, freshMs: timing.pollInterval, signal: cancellationSignal() },
    async (signal) => await yugabyte().run(command, input, { signal }),
  );
}

/** When a wait gives up: counted from the first attempt, so that a worker's restart does not start it over. */
export const deadlineAfter = (ms: number): number => activityInfo().scheduledTimestampMs + ms;
