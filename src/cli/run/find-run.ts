import type { KalpaClient, ListedRun, RunHandle } from '../../client';
import { CommandError } from '../core/command-error';
import { EXIT } from '../core/exit-codes';
import { onOneLine } from '../core/sanitized-output';
import { didYouMean, didYouMeanDatabase } from '../../contract/fields/nearest-name';

export interface FoundRun {
  listed: ListedRun;
  run: RunHandle<Record<string, unknown>>;
}

/**
 * Finds a run by its workflow id, or by the database that only it is working on. Throws `NotFound` with the most
 * similar running id.
 */
export async function findRun(client: KalpaClient, given: string): Promise<FoundRun> {
  const listed = /^(ysql|ycql)\./.test(given) ? await onlyRunOf(client, given) : await byId(client, given);
  return { listed, run: client.openRun(listed) };
}

/** The same for a run in progress. Throws `NotRunning` if it has ended: nothing was changed then. */
export async function findRunning(client: KalpaClient, given: string): Promise<FoundRun> {
  const found = await findRun(client, given);
  const { run, listed } = found;
  if (listed.status === 'RUNNING') return found;
  throw new CommandError(
    'NotRunning',
    onOneLine(`${run.workflowId} has ended already (${listed.status}); nothing was changed.`),
    EXIT.refused,
    { ...run.reference(), status: listed.status },
  );
}

/** For the commands that take a run. */
export const RUN_ARGUMENT = [
  '<run>',
  'its workflow id, as kalpa runs shows it, or the database that it works on',
] as const;

async function onlyRunOf(client: KalpaClient, database: string): Promise<ListedRun> {
  const { runs } = await client.runs();
  const of = runs.filter((run) => run.database === database);
  const [only] = of;
  if (only && of.length === 1) return only;
  // None, or several: an id is needed.
  const named = of.map(({ workflowId }) => `\n  ${onOneLine(workflowId)}`).join('');
  const meant = didYouMeanDatabase(
    database,
    runs.flatMap((run) => run.database ?? []),
  );
  return await byId(client, database, of.length > 1 ? ` Several runs work on it, name one:${named}` : meant);
}

async function byId(client: KalpaClient, given: string, more?: string): Promise<ListedRun> {
  try {
    return await client.describeRun(given);
  } catch (error) {
    if (error instanceof Error && (error as { type?: unknown }).type === 'NotFound')
      error.message += more ?? (await nearestRun(client, given));
    throw error;
  }
}

/** Among running ones: an id, or a database whose API prefix was forgotten. */
async function nearestRun(client: KalpaClient, given: string): Promise<string> {
  const { runs } = await client.runs();
  const byName = didYouMean(
    given,
    runs.map(({ workflowId }) => workflowId),
  );
  return (
    byName ||
    didYouMeanDatabase(
      given,
      runs.flatMap(({ database }) => database ?? []),
    )
  );
}
