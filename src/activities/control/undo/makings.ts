import { cancellationSignal } from '@temporalio/activity';
import { bareName, type Chain } from '../../../contract';
import { findMaking, FORMAT, isRepositoryError, readMaking, writeMaking, type MakingRecord } from '../../../repository';
import type { ControlDependencies } from '../dependencies';

/**
 * Written before a run creates a keyspace, or tables in one: what existed before, as the run first saw it. A keyspace
 * has its final name from the beginning, so this record is the only proof of what the run has made, for its later
 * attempts and for its undo.
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
 * The record of what a run was about to make. If there is none although the keyspace exists, throws what a person has
 * to know.
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
    `there is no record that ${owner.workflowId} was about to make anything in ${database}${record === undefined ? '' : ` that can be trusted (${record})`}, so it was not touched. If it is a leftover, check it and drop it by hand: DROP KEYSPACE "${bareName(database)}"`,
  );
}
