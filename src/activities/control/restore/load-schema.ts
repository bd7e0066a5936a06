import { cancellationSignal } from '@temporalio/activity';
import { bareName, SCRATCH_NAME } from '../../../contract';
import { DumpRefused, rolesToCreate, StatementFailed, StatementRefused } from '../../../yugabyte';
import { failWith } from '../../application-failure';
import type { ManifestHeader } from '../../../repository';
import { makingByCommand, type Making } from '../../made-nothing';
import type { Guarded } from '../../internal-types';
import { artefactOf, headerOf } from '../lookup/backup-store';
import { textOf } from '../content/gate-content';
import type { ControlDependencies } from '../dependencies';
import type { RestorableBackup } from '../lookup/find-backup';
import { confirmGuardians } from '../lock/guardian-state';
import { schemaToLoad, schemaVariables } from '../content/schema-to-load';

export interface LoadSchemaInput {
  guarded: Guarded;
  backup: RestorableBackup;
  scratchName: string;
  /** The name that it has in the end. */
  name: string;
  roles: 'require' | 'create' | 'skip';
  tablespaces: 'require' | 'skip';
  /** With `roles: create`: those that preflight found missing. Existing roles are never changed. */
  missingRoles?: string[];
  /** Refused statements of the schema that the caller has accepted, by digest. */
  accepted?: string[];
}

/**
 * Loads the schema dump into the scratch database, stopping at the first SQL error. Each attempt begins afresh: a
 * half-loaded scratch database of this run (the name is the marker) is dropped first. Faults 43, 46, 47.
 */
export function makeLoadSchema(dependencies: ControlDependencies) {
  return async function loadSchema(input: LoadSchemaInput): Promise<{ warnings: string[] }> {
    return await makingByCommand(async (command) => await loadOnce(dependencies, input, command));
  };
}

async function loadOnce(
  dependencies: ControlDependencies,
  { guarded, backup, scratchName, name, roles, tablespaces, missingRoles = [], accepted = [] }: LoadSchemaInput,
  command: Making,
): Promise<{ warnings: string[] }> {
  await confirmGuardians(dependencies, guarded);
  const yugabyte = dependencies.yugabyte();
  const header = await headerOf(dependencies, backup);
  const warnings: string[] = [];
  if (!SCRATCH_NAME.test(scratchName)) throw new Error(`${scratchName} is no scratch name; it is never dropped.`);
  await yugabyte.sql.dropDatabase(scratchName);
  const dump = String(await artefactOf(dependencies, backup, header, 'schema'));
  try {
    if (roles === 'create' && missingRoles.length > 0) {
      const creating = { backup, header, missing: missingRoles };
      warnings.push(...(await command(() => createRoles(dependencies, creating), 'inSteps')));
    }
    const names = { from: bareName(header.database), scratch: scratchName, to: name };
    const schema = schemaToLoad(dump, names, { roles, tablespaces });
    warnings.push(...schema.warnings);
    const run = {
      script: textOf(Buffer.from(schema.sql)),
      content: 'database' as const,
      database: dependencies.config.ysql.database,
      makes: scratchName,
      from: names.from,
      variables: schemaVariables({ roles, tablespaces }),
      accepted,
      signal: cancellationSignal(),
      timeoutMs: dependencies.timing.copyTimeout, // of thousands of tables, each of which takes a second
    };
    const { harmless } = await command(() => yugabyte.runScript(run), 'inSteps');
    return { warnings: [...warnings, ...harmless] };
  } catch (error) {
    const subject = `The schema of ${backup.backupId}`;
    if (error instanceof StatementRefused)
      throw failWith('ContentRefused', `${subject}: ${error.message}. The scratch database is removed.`);
    if (error instanceof DumpRefused || error instanceof StatementFailed) {
      const why = error.message.replace(/[.]?$/, '.');
      throw failWith('RestoreFailed', `${subject} could not be loaded: ${why} The scratch database is removed.`);
    }
    throw error;
  }
}

/**
 * Creates missing roles with their memberships, without passwords: credentials are never restored. An attempt that
 * follows a killed one finds some of them created, and reports the rest again.
 */
async function createRoles(
  dependencies: ControlDependencies,
  { backup, header, missing }: { backup: RestorableBackup; header: ManifestHeader; missing: readonly string[] },
): Promise<string[]> {
  const yugabyte = dependencies.yugabyte();
  const [there, profiles] = [await yugabyte.sql.listRoles(), await yugabyte.sql.listProfiles()];
  const dump = String(await artefactOf(dependencies, backup, header, 'roles'));
  const roles = rolesToCreate(dump, { missing, there, profiles });
  await yugabyte.runScript({
    script: textOf(Buffer.from(roles.sql)),
    content: 'roles',
    database: dependencies.config.ysql.database,
    signal: cancellationSignal(),
  });
  return [`Created the roles ${missing.join(', ')} without passwords; set them.`, ...roles.warnings];
}
