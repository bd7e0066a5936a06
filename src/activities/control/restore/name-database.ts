import { cancellationSignal } from '@temporalio/activity';
import { failWith } from '../../application-failure';
import type { Guarded } from '../../internal-types';
import type { ControlDependencies } from '../dependencies';
import { confirmGuardians } from '../lock/guardian-state';
import { confirmSameDatabase, namespaceIdOf } from '../run/same-database';
import { given } from '../../../objects/given';

export interface NameDatabaseInput {
  guarded: Guarded;
  scratchName: string;
  /** Of the verified database, if the run knows it. */
  namespaceId?: string;
  name: string;
}

/**
 * Gives the verified database its name. After a lost reply, the step is done if the scratch name is gone and the name
 * exists. Whether that database is ours is decided by its id, if known: otherwise one that someone created meanwhile
 * would be presented as the restored one.
 */
export function makeNameDatabase(dependencies: ControlDependencies) {
  return async function nameDatabase({ guarded, scratchName, namespaceId, name }: NameDatabaseInput): Promise<void> {
    await confirmGuardians(dependencies, guarded);
    const yugabyte = dependencies.yugabyte();
    const { sql } = yugabyte;
    const idIs = async (database: string): Promise<boolean> =>
      namespaceId === undefined ||
      (await namespaceIdOf(yugabyte, `ysql.${database}`, cancellationSignal())) === namespaceId;
    const scratchThere = await sql.databaseExists(scratchName);
    const nameThere = await sql.databaseExists(name);
    // done by an earlier attempt, holding the lock of this name
    if (!scratchThere && nameThere && (await idIs(name))) return;
    if (nameThere) {
      throw failWith(
        'AlreadyExists',
        scratchThere
          ? `A database ${name} was created while the restore ran, so the restored one kept the name ${scratchName} and is removed. Drop or rename the other one, or restore under another name with "as".`
          : `A database ${name} was created while the restore ran, and the restored one, ${scratchName}, was dropped or renamed by someone else. Restore it again under another name with "as".`,
      );
    }
    if (scratchThere) await confirmSameDatabase(yugabyte, idOf(scratchName, namespaceId), cancellationSignal());
    await sql.renameDatabase(scratchName, name);
  };
}

const idOf = (name: string, namespaceId: string | undefined): { database: string; namespaceId?: string } => ({
  database: `ysql.${name}`,
  ...given({ namespaceId }),
});
