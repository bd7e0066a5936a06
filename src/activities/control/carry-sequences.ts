import { bareName } from '../../contract';
import type { Guarded } from '../shapes';
import type { ControlDependencies } from './dependencies';
import { confirmGuardians } from './guardian-state';

export interface CarrySequencesInput {
  guarded: Guarded;
  /** The database whose sequences count. */
  database: string;
  scratchName: string;
}

/**
 * Sequences are in no clone: those of the copy go on where those of the original stand now, so that no value is handed out twice.
 * Source: "Instant database cloning", limitations.
 */
export function makeCarrySequences(dependencies: ControlDependencies) {
  return async function carrySequences({
    guarded,
    database,
    scratchName,
  }: CarrySequencesInput): Promise<{ sequences: number }> {
    await confirmGuardians(dependencies, guarded);
    const { sql } = dependencies.yugabyte();
    const nameOf = ({ schema, name }: { schema: string; name: string }): string => `${schema}.${name}`;
    const there = new Set((await sql.readSequences(scratchName)).map(nameOf));
    const carried = (await sql.readSequences(bareName(database))).filter((one) => there.has(nameOf(one)));
    await sql.setSequences(scratchName, carried);
    return { sequences: carried.length };
  };
}
