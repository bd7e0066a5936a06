import { failWith } from '../application-failure';
import type { Guarded } from '../shapes';
import type { ControlDependencies } from './dependencies';
import { confirmGuardians } from './guardian-state';

export interface NameDatabaseInput {
  guarded: Guarded;
  scratchName: string;
  name: string;
}

/** Gives the proved database its name. After a lost reply: the scratch name gone and the name there is done. */
export function makeNameDatabase(dependencies: ControlDependencies) {
  return async function nameDatabase({ guarded, scratchName, name }: NameDatabaseInput): Promise<void> {
    await confirmGuardians(dependencies, guarded);
    const { sql } = dependencies.yugabyte();
    const scratchThere = await sql.databaseExists(scratchName);
    const nameThere = await sql.databaseExists(name);
    if (!scratchThere && nameThere) return; // an earlier attempt, holding the lock of this name, did it
    if (nameThere) {
      throw failWith(
        'AlreadyExists',
        `A database ${name} was created while the restore ran, so the restored one kept the name ${scratchName} and is removed. Drop or rename the other one, or restore with another "as".`,
      );
    }
    await sql.renameDatabase(scratchName, name);
  };
}
