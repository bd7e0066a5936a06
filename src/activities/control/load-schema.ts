import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { cancellationSignal } from '@temporalio/activity';
import { bareName, SCRATCH_NAME } from '../../contract';
import { DumpRefused, makeScratchFolder, rolesToCreate, ToolFailed } from '../../yugabyte';
import { failWith } from '../application-failure';
import type { ManifestHeader } from '../../repository';
import { makingByCommand, type Making } from '../made-nothing';
import type { Guarded } from '../shapes';
import { artefactOf, headerOf } from './backup-store';
import type { ControlDependencies } from './dependencies';
import type { RestorableBackup } from './find-backup';
import { confirmGuardians } from './guardian-state';
import { schemaToLoad, schemaVariables } from './schema-to-load';

export interface LoadSchemaInput {
  guarded: Guarded;
  backup: RestorableBackup;
  scratchName: string;
  /** The name that it bears at the end. */
  name: string;
  roles: 'require' | 'create' | 'skip';
  tablespaces: 'require' | 'skip';
  /** With `roles: create`: those that preflight missed. What it found is never changed. */
  missingRoles?: string[];
}

/**
 * Loads the schema dump into the scratch database, stopping at the first SQL error. Each attempt begins afresh: a
 * half-loaded scratch database of ours (the name is the marker) is dropped first. Faults 43, 46, 47.
 */
export function makeLoadSchema(dependencies: ControlDependencies) {
  return async function loadSchema(input: LoadSchemaInput): Promise<{ warnings: string[] }> {
    return await makingByCommand(async (command) => await loadOnce(dependencies, input, command));
  };
}

async function loadOnce(
  dependencies: ControlDependencies,
  { guarded, backup, scratchName, name, roles, tablespaces, missingRoles = [] }: LoadSchemaInput,
  command: Making,
): Promise<{ warnings: string[] }> {
  await confirmGuardians(dependencies, guarded);
  const yugabyte = dependencies.yugabyte();
  const header = await headerOf(dependencies, backup);
  const warnings: string[] = [];
  if (!SCRATCH_NAME.test(scratchName)) throw new Error(`${scratchName} is no scratch name; it is never dropped.`);
  await yugabyte.sql.dropDatabase(scratchName);
  const dump = String(await artefactOf(dependencies, backup, header, 'schema'));
  const scratch = await makeScratchFolder();
  try {
    if (roles === 'create' && missingRoles.length > 0) {
      const file = join(scratch, 'roles.sql');
      const creating = { backup, header, file, missing: missingRoles };
      warnings.push(...(await command(() => createRoles(dependencies, creating), 'inSteps')));
    }
    const file = join(scratch, 'schema.sql');
    const names = { from: bareName(header.database), scratch: scratchName, to: name };
    const schema = schemaToLoad(dump, names, { roles, tablespaces });
    warnings.push(...schema.warnings);
    await writeFile(file, schema.sql, { mode: 0o600 });
    const run = {
      file,
      database: dependencies.config.ysql.database,
      variables: schemaVariables({ roles, tablespaces }),
      signal: cancellationSignal(),
    };
    await command(() => yugabyte.runFile(run), 'inSteps');
    return { warnings };
  } catch (error) {
    if (error instanceof DumpRefused || (error instanceof ToolFailed && error.exitCode === 3)) {
      throw failWith(
        'RestoreFailed',
        `The schema of ${backup.backupId} could not be loaded: ${error.message} The scratch database is removed.`,
      );
    }
    throw error;
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

/**
 * Missing roles with their memberships, without passwords: credentials are never restored. An attempt that follows a killed one finds some
 * of them made, and says the rest again.
 */
async function createRoles(
  dependencies: ControlDependencies,
  {
    backup,
    header,
    file,
    missing,
  }: { backup: RestorableBackup; header: ManifestHeader; file: string; missing: readonly string[] },
): Promise<string[]> {
  const yugabyte = dependencies.yugabyte();
  const there = await yugabyte.sql.listRoles();
  const roles = rolesToCreate(String(await artefactOf(dependencies, backup, header, 'roles')), { missing, there });
  await writeFile(file, roles.sql, { mode: 0o600 });
  await yugabyte.runFile({ file, database: dependencies.config.ysql.database, signal: cancellationSignal() });
  return [`Created the roles ${missing.join(', ')} without passwords; give them theirs.`, ...roles.warnings];
}
