import { cancellationSignal } from '@temporalio/activity';
import { bareName } from '../../../contract';
import type { ControlDependencies } from '../dependencies';
import { confirmSameDatabase, type KnownDatabase } from '../run/same-database';

/** What a person has to do after a recovery: an index that was being built at that moment is invalid (#12672). */
export function makeLookAfterRecovery({ yugabyte }: ControlDependencies) {
  return async function lookAfterRecovery(known: KnownDatabase): Promise<{ invalidIndexes: string[] }> {
    await confirmSameDatabase(yugabyte(), known, cancellationSignal());
    const { database } = known;
    const found = await yugabyte().api(database).invalidIndexes(bareName(database));
    return { invalidIndexes: found.map(({ schema, name }) => `${schema}.${name}`) };
  };
}
