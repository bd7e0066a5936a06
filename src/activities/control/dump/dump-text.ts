import { cancellationSignal } from '@temporalio/activity';
import { bareName } from '../../../contract';
import { findDumpPart, layout, type DumpPartRef } from '../../../repository';
import { abortUploads } from '../../../transfer';
import { LostInDump } from '../../../yugabyte';
import type { Guarded } from '../../internal-types';
import type { ControlDependencies } from '../dependencies';
import { withObjectLock } from '../run/object-lock';
import type { DumpIdentity } from './open-dump';
import { confirmGuardians } from '../lock/guardian-state';
import { RenamingRehearsal } from '../content/rehearse-renaming';
import { finalIfNotTransient } from '../run/tool-failure';
import { patternsOf, uploadDump } from './upload-dump';

export interface DumpTextInput {
  guarded: Guarded;
  dump: DumpIdentity;
  /** A database, or what is cluster-wide. */
  part: { database: string; content: 'all' | 'schema' | 'data' } | { database?: never; content: 'roles' | 'globals' };
  /** Only these tables of the database. */
  tables?: string[];
}

/**
 * Dumps one part to the bucket. An attempt whose answer was lost left its record, which is the answer; a killed attempt
 * left at most an open upload, which is aborted.
 */
export function makeDumpText(shared: ControlDependencies) {
  return async function dumpText({
    guarded,
    dump,
    part,
    tables,
  }: DumpTextInput): Promise<DumpPartRef & { warnings?: string[] }> {
    await confirmGuardians(shared, guarded);
    const dependencies = await withObjectLock(shared, dump);
    const { repository, config, timing } = dependencies;
    const name = part.database ?? 'globals';
    const done = await findDumpPart(repository, dump.dumpId, { part: name });
    if (done) return done;
    const signal = cancellationSignal();
    await abortUploads(repository.store, layout.dump(config.cluster, dump.dumpId), { signal });
    const yugabyte = dependencies.yugabyte();
    const options = { signal, timeoutMs: timing.copyTimeout };
    if (part.database === undefined) {
      const { content } = part;
      return await finalIfNotTransient(() =>
        uploadDump(dependencies, dump, { name, content: 'roles' }, async (consume) => {
          await yugabyte.dump.streamGlobals({ content, consume, ...options });
        }),
      );
    }
    const { database: source, content } = part;
    const database = bareName(source);
    const choice =
      tables && (await yugabyte.sql.chooseTables(database, tables, { signal, rowsAlone: content === 'data' }));
    const without = choice ? patternsOf(choice) : [];
    const links = await yugabyte.sql.tableLinks(database, { signal });
    const losable = content === 'data' ? undefined : await yugabyte.sql.losable(database, { signal });
    const serverVersion = await yugabyte.sql.serverVersion({ signal });
    return await finalIfNotTransient(() => {
      // Rows only are loaded into a database that exists.
      const rehearsal = content === 'data' ? undefined : new RenamingRehearsal(source);
      return uploadDump(
        dependencies,
        dump,
        { name, content, rehearsal, links, choice, serverVersion, lost: losable && new LostInDump(losable) },
        async (consume) => {
          await yugabyte.dump.stream({ database, content, without, consume, ...options });
        },
      );
    });
  };
}
