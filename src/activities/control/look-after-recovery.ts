import { apiOf, bareName } from '../../contract';
import type { ControlDependencies } from './dependencies';

/** What a person has to see to after a recovery: an index that was being built at that moment is invalid (#12672). */
export function makeLookAfterRecovery({ yugabyte }: ControlDependencies) {
  return async function lookAfterRecovery({ database }: { database: string }): Promise<{ invalidIndexes: string[] }> {
    if (apiOf(database) === 'ycql') return { invalidIndexes: [] };
    const found = await yugabyte().sql.invalidIndexes(bareName(database));
    return { invalidIndexes: found.map(({ schema, name }) => `${schema}.${name}`) };
  };
}
