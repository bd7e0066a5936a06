import { cancellationSignal, sleep } from '@temporalio/activity';
import { bareName, SCRATCH_NAME, type Chain } from '../../../contract';
import type { UndoOf } from '../../../contract/internal';
import { listClones, type ListedClone } from '../../../yugabyte';
import { showProgress } from '../../heartbeat-interceptor';
import type { ControlDependencies } from '../dependencies';
import { isSameDatabase } from '../run/same-database';
import { provedMaking } from './makings';
import { deadlineAfter, listTogether } from '../waits/list-together';

/** Waits until the clone has ended either way (or certainly never began), then drops the database that it created. */
export async function undoClone(
  dependencies: ControlDependencies,
  { scratchName, namespaceId }: UndoOf<'clone'>,
): Promise<string | undefined> {
  if (!SCRATCH_NAME.test(scratchName)) throw new Error(`${scratchName} is no scratch name, so it was not dropped`);
  await endOfClone(dependencies, { namespaceId, target: scratchName, listedBefore: [] });
  const { dropped } = await dependencies.yugabyte().sql.dropDatabase(scratchName);
  return dropped ? `dropped the clone ${scratchName}` : undefined;
}

/** A keyspace is cloned under its final name: it is dropped only if our clone created it. */
export async function undoKeyspaceClone(
  dependencies: ControlDependencies,
  { database, namespaceId, cloneId, listedBefore }: UndoOf<'keyspaceClone'>,
  { owner }: { owner: Chain },
): Promise<string | undefined> {
  const yugabyte = dependencies.yugabyte();
  const signal = cancellationSignal();
  const keyspace = bareName(database);
  const clone = await endOfClone(dependencies, { namespaceId, target: keyspace, listedBefore });
  const there = clone && (await yugabyte.api(database).tables(keyspace, { signal }));
  if (!there || !(await isSameDatabase(yugabyte, { database, namespaceId: cloneId }, signal))) return undefined;
  const before = await provedMaking(dependencies, owner, database);
  if (before.existed) throw new Error(`${database} was there before the clone was started, so it was not touched`);
  const tables = there.filter(({ kind }) => kind === 'table').map(({ name }) => name);
  if (clone.state !== 'COMPLETE' && tables.length > 0)
    throw new Error(
      `the cluster aborted the clone ${database}, and there is a keyspace of that name with ${tables.length} tables; drop it by hand if they are the clone's`,
    );
  await yugabyte.cql.dropTables(keyspace, tables, { signal });
  await yugabyte.cql.dropKeyspace(keyspace, { signal });
  return `dropped the clone ${database}`;
}

/** Undefined: no clone began. */
async function endOfClone(
  dependencies: ControlDependencies,
  { namespaceId, target, listedBefore }: { namespaceId: string; target: string; listedBefore: readonly string[] },
): Promise<ListedClone | undefined> {
  const { timing } = dependencies;
  const since = Date.now();
  const neverBeganAt = Date.now() + 2 * timing.rpcTimeout;
  const giveUpAt = deadlineAfter(timing.leftoverDeadline);
  for (;;) {
    const listed = await listTogether(dependencies, listClones, { namespaceId }, since);
    const ours = cloneOf(listed, { target, listedBefore });
    if (ours ? ours.state === 'COMPLETE' || ours.state === 'ABORTED' : Date.now() > neverBeganAt) return ours;
    if (Date.now() > giveUpAt)
      throw new Error(
        `the clone ${target} is ${ours?.state ?? 'not listed'} and has not ended; drop it by hand once it has`,
      );
    showProgress({ waitingFor: target, state: ours?.state ?? 'not listed' });
    await sleep(timing.pollInterval);
  }
}

/** A clone of that name that was not there before. */
export const cloneOf = (
  listed: readonly ListedClone[],
  { target, listedBefore }: { target: string; listedBefore: readonly string[] },
): ListedClone | undefined => listed.findLast((one) => one.target === target && !listedBefore.includes(one.sequence));
