import { cancellationSignal } from '@temporalio/activity';
import { bareName, languageOf } from '../../../contract';
import { writeArtefact } from '../../../repository';
import { contentMade, ToolFailed } from '../../../yugabyte';
import type { ArtefactRef, BackupIdentity } from '../../shapes';
import { madeContentWarnings } from '../content/content-findings';
import { gateContent, textOf } from '../content/gate-content';
import type { ControlDependencies } from '../dependencies';
import { rehearseRenaming } from '../content/rehearse-renaming';

export interface DumpSchemaInput {
  backup: BackupIdentity;
  snapshotId: string;
  /** Catalog version before the snapshot: a dump that fails under another one met DDL. */
  catalogBefore?: string;
}

export interface DumpedSchema {
  artefacts: ArtefactRef[];
  warnings?: string[];
  /** Why there is no dump of one moment; the snapshot has to be taken again. */
  inconsistent?: string;
}

/**
 * The schema as the restore will load it, the sequences (neither in the snapshot nor in the schema dump) and the roles,
 * each into the bucket. A schema that no restore could rename is refused now. Of a keyspace only what people read: its snapshot brings its own definitions. A second attempt writes other objects; the manifest names those of the one that ended.
 */
export function makeDumpSchema({ yugabyte, repository, timing }: ControlDependencies) {
  return async function dumpSchema({ backup, snapshotId, catalogBefore }: DumpSchemaInput): Promise<DumpedSchema> {
    const cluster = yugabyte();
    const database = bareName(backup.database);
    const folder = { backupId: backup.backupId, snapshotId };
    // 3,500 tables took ysql_dump an hour (yugabyte-db #5643), 67,000 colocated ones 80 minutes (#14986)
    const options = { signal: cancellationSignal(), timeoutMs: timing.copyTimeout };
    const api = cluster.api(backup.database);
    let content: Buffer;
    try {
      content = await api.definitions(database, options);
    } catch (error) {
      // A table that goes while it is dumped ends the dump; another attempt would meet the next one. What passes (a lock) is waited for.
      if (catalogBefore === undefined || !(error instanceof ToolFailed) || error.transient) throw error;
      const after = await api.catalogVersion(database, options);
      if (after === catalogBefore) throw error;
      const why = `the catalog version went from ${catalogBefore} to ${after} while the schema was dumped, and the dump failed: ${error.reason}`;
      return { artefacts: [], inconsistent: why };
    }
    if (!languageOf(backup.database).loadsDefinitions)
      return { artefacts: [await writeArtefact(repository, { ...folder, kind: 'cqlSchema', content })] };
    rehearseRenaming(String(content), backup.database);
    const warnings = madeContentWarnings(
      `The schema of ${backup.backupId}`,
      await gateContent(textOf(content), { content: 'database', database }),
    );
    const schema = await writeArtefact(repository, { ...folder, kind: 'schema', content });
    const sequences = await cluster.sql.readSequences(database);
    const lines = sequences.map((sequence) => `${JSON.stringify(sequence)}\n`).join('');
    const roles = await contentMade('ysql_dumpall', async (file) => {
      await cluster.dump.roles({ file, ...options });
    });
    const ofRoles = await gateContent(textOf(roles), { content: 'roles', database: '' });
    warnings.push(...madeContentWarnings(`The roles of ${backup.backupId}`, ofRoles));
    return {
      ...(warnings.length > 0 ? { warnings } : {}),
      artefacts: [
        schema,
        await writeArtefact(repository, { ...folder, kind: 'sequences', content: lines, count: sequences.length }),
        await writeArtefact(repository, { ...folder, kind: 'roles', content: roles }),
      ],
    };
  };
}
