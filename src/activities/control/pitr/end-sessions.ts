import { cancellationSignal } from '@temporalio/activity';
import { bareName } from '../../../contract';
import type { Guarded } from '../../internal-types';
import type { ControlDependencies } from '../dependencies';
import { confirmGuardians } from '../lock/guardian-state';
import { confirmSameDatabase, type KnownDatabase } from '../run/same-database';

/**
 * Ends other sessions in a database that is about to be rewound: a transaction that commits afterwards would be lost
 * without an error (#14290). Only the node that SQL is sent to is asked; each node knows its own sessions.
 */
export function makeEndSessions(dependencies: ControlDependencies) {
  return async function endSessions({
    guarded,
    ...known
  }: {
    guarded: Guarded;
  } & KnownDatabase): Promise<{ ended: number }> {
    await confirmGuardians(dependencies, guarded);
    const yugabyte = dependencies.yugabyte();
    const signal = cancellationSignal();
    await confirmSameDatabase(yugabyte, known, signal);
    const { database } = known;
    return { ended: await yugabyte.api(database).endSessions(bareName(database), { signal }) };
  };
}
