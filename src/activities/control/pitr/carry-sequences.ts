import { cancellationSignal } from '@temporalio/activity';
import { bareName } from '../../../contract';
import { outOfBoundsWarning, shownName } from '../../../yugabyte';
import type { Guarded } from '../../internal-types';
import type { ControlDependencies } from '../dependencies';
import { confirmGuardians } from '../lock/guardian-state';
import { confirmSameDatabase } from '../run/same-database';

export interface CarrySequencesInput {
  guarded: Guarded;
  /** The database whose sequence values are carried over. */
  database: string;
  /** Of that database. */
  namespaceId?: string;
  scratchName: string;
  /** Of the copy. */
  cloneId?: string;
}

/**
 * A clone has no sequence values: those of the copy continue where those of the original are now, so that no value is
 * handed out twice. Source: "Instant database cloning", limitations.
 */
export function makeCarrySequences(dependencies: ControlDependencies) {
  return async function carrySequences({
    guarded,
    database,
    namespaceId,
    scratchName,
    cloneId,
  }: CarrySequencesInput): Promise<{ sequences: number; warnings: string[] }> {
    await confirmGuardians(dependencies, guarded);
    const yugabyte = dependencies.yugabyte();
    const signal = cancellationSignal();
    await confirmSameDatabase(yugabyte, { database, namespaceId }, signal);
    await confirmSameDatabase(yugabyte, { database: `ysql.${scratchName}`, namespaceId: cloneId }, signal);
    const { sql } = yugabyte;
    const there = new Set((await sql.readSequences(scratchName, { signal })).map(shownName));
    const carried = (await sql.readSequences(bareName(database), { signal })).filter((one) =>
      there.has(shownName(one)),
    );
    const { outOfBounds } = await sql.setSequences(scratchName, carried, { signal });
    return { sequences: carried.length, warnings: outOfBounds.map(outOfBoundsWarning) };
  };
}
