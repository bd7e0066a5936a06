import { cancellationSignal, sleep } from '@temporalio/activity';
import { SCRATCH_NAME } from '../../contract';
import { listClones } from '../../yugabyte';
import { showProgress } from '../activity-signs';
import type { ControlDependencies } from './dependencies';
import type { Of } from './undo';

/** Waits until the clone has ended either way (or certainly never began), then drops the database that it made. */
export async function undoClone(
  { yugabyte, timing }: ControlDependencies,
  { scratchName, namespaceId }: Of<'clone'>,
): Promise<string | undefined> {
  if (!SCRATCH_NAME.test(scratchName)) throw new Error(`${scratchName} is no scratch name, so it was not dropped`);
  const neverBeganAt = Date.now() + 2 * timing.rpcTimeout;
  const giveUpAt = Date.now() + timing.leftoverDeadline;
  for (;;) {
    const listed = await yugabyte().run(listClones, { namespaceId }, { signal: cancellationSignal() });
    const ours = listed.find(({ target }) => target === scratchName);
    if (ours ? ours.state === 'COMPLETE' || ours.state === 'ABORTED' : Date.now() > neverBeganAt) break;
    if (Date.now() > giveUpAt)
      throw new Error(
        `the clone ${scratchName} is ${ours?.state ?? 'not listed'} and did not end; drop it by hand when it has`,
      );
    showProgress({ waitingFor: scratchName, state: ours?.state ?? 'not listed' });
    await sleep(timing.pollInterval);
  }
  const { dropped } = await yugabyte().sql.dropDatabase(scratchName);
  return dropped ? `dropped the clone ${scratchName}` : undefined;
}
