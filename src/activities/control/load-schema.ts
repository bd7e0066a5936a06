import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { cancellationSignal } from '@temporalio/activity';
import { bareName, SCRATCH_NAME } from '../../contract';
import { DumpRefused, dumpOfRoles, makeScratchFolder, ToolFailed } from '../../yugabyte';
import { failWith } from '../application-failure';
import type { ManifestHeader } from '../../repository';
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
  roles: 'require' | 'create' | 'skip';
  tablespaces: 'require' | 'skip';
}

/**
 * Loads the schema dump into the scratch database, stopping at the first SQL error. Each attempt begins afresh: a
 * half-loaded scratch database of ours (the name is the marker) is dropped first. Faults 43, 46, 47.
 */
export function makeLoadSchema(dependencies: ControlDependencies) {
  return async function loadSchema({
    guarded,
    backup,
    scratchName,
    roles,
    tablespaces,
  }: LoadSchemaInput): Promise<{ warnings: string[] }> {
    await confirmGuardians(dependencies, guarded);
    const yugabyte = dependencies.yugabyte();
    const header = await headerOf(dependencies, backup);
    const warnings: string[] = [];
    if (!SCRATCH_NAME.test(scratchName)) throw new Error(`${scratchName} is no scratch name; it is never dropped.`);
    await yugabyte.sql.dropDatabase(scratchName);
    const dump = String(await artefactOf(dependencies, backup, header, 'schema'));
    const scratch = await makeScratchFolder();
    try {
      if (roles === 'create')
        warnings.push(...(await createRoles(dependencies, { backup, header, file: join(scratch, 'roles.sql') })));
      const file = join(scratch, 'schema.sql');
      await writeFile(
        file,
        schemaToLoad(dump, { from: bareName(header.database), to: scratchName }, { roles, tablespaces }),
        { mode: 0o600 },
      );
      await yugabyte.runFile({
        file,
        database: dependencies.config.ysql.database,
        variables: schemaVariables({ roles, tablespaces }),
        signal: cancellationSignal(),
      });
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
  };
}

/** Missing roles with their memberships, without passwords: credentials are never restored. */
async function createRoles(
  dependencies: ControlDependencies,
  { backup, header, file }: { backup: RestorableBackup; header: ManifestHeader; file: string },
): Promise<string[]> {
  const yugabyte = dependencies.yugabyte();
  const there = new Set(await yugabyte.sql.listRoles());
  const missing = header.roles.filter((role) => !there.has(role));
  if (missing.length === 0) return [];
  await writeFile(file, dumpOfRoles(String(await artefactOf(dependencies, backup, header, 'roles')), missing), {
    mode: 0o600,
  });
  await yugabyte.runFile({ file, database: dependencies.config.ysql.database, signal: cancellationSignal() });
  return [`Created the roles ${missing.join(', ')} without passwords; give them theirs.`];
}
