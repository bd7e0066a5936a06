import { cancellationSignal } from '@temporalio/activity';
import { bareName, type Chain } from '../../../contract';
import { findMaking, FORMAT, isRepositoryError, readMaking, writeMaking, type MakingRecord } from '../../../repository';
import type { ControlDependencies } from '../dependencies';

/**
 * Written before a run makes a keyspace, or tables in one: what stood there before, by the first look of the run. A
 * keyspace bears its last name from the beginning, so that this record is the one proof of what the run has made, for
 * its later attempts and for what undoes it.
 */
export async function recordMaking(
  { repository, yugabyte }: Pick<ControlDependencies, 'repository' | 'yugabyte'>,
  chain: Chain,
  database: string,
): Promise<MakingRecord> {
  const earlier = await findMaking(repository, chain, database);
  if (earlier) return earlier;
  const there = await yugabyte().api(database).tables(bareName(database), { signal: cancellationSignal() });
  const record: MakingRecord = {
    format: FORMAT,
    database,
    workflowId: chain.workflowId,
    firstRunId: chain.firstExecutionRunId,
    existed: there !== undefined,
    tables: (there ?? []).map(({ name }) => name),
    at: new Date().toISOString(),
  };
  return await writeMaking(repository, record);
}

/**
 * The record of what a run was about to make; throws what a person has to know when there is none, and the keyspace
 * stands.
 */
export async function provedMaking(
  { repository }: Pick<ControlDependencies, 'repository'>,
  owner: Chain,
  database: string,
): Promise<MakingRecord> {
  const record = await readMaking(repository, owner, database).catch((error: unknown) => {
    if (isRepositoryError(error, 'ManifestInvalid')) return error.message;
    throw error;
  });
  if (typeof record === 'object') return record;
  throw new Error(
    `there is no record that ${owner.workflowId} was about to make anything in ${database}${record === undefined ? '' : ` that can be believed (${record})`}, so it was not touched. If it is a leftover, look at it and drop it by hand: DROP KEYSPACE "${bareName(database)}"`,
  );
}
