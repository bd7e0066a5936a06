import { cancellationSignal } from '@temporalio/activity';
import { apiOf, bareName } from '../../../contract';
import type { Guarded } from '../../shapes';
import type { ControlDependencies } from '../dependencies';
import { confirmGuardians } from '../lock/guardian-state';
import { confirmSameDatabase, type KnownDatabase } from '../run/same-database';

/**
 * Ends the sessions of others in a database that is about to be put back: a transaction that commits after it would be lost
 * without a word (#14290). Only the node that SQL is sent to is asked; each node knows its own sessions.
 * YCQL has no sessions with transactions that outlive a statement.
 */
export function makeEndSessions(dependencies: ControlDependencies) {
  return async function endSessions({
    guarded,
    ...known
  }: {
    guarded: Guarded;
  } & KnownDatabase): Promise<{ ended: number }> {
    await confirmGuardians(dependencies, guarded);
    await confirmSameDatabase(dependencies.yugabyte(), known, cancellationSignal());
    const { database } = known;
    if (apiOf(database) === 'ycql') return { ended: 0 };
    return { ended: await dependencies.yugabyte().sql.endConnections(bareName(database)) };
  };
}
