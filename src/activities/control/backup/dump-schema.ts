import { cancellationSignal } from '@temporalio/activity';
import { bareName, languageOf } from '../../../contract';
import { writeArtefact } from '../../../repository';
import {
  contentMade,
  LostInDump,
  scanSql,
  sequencesOfDump,
  ToolFailed,
  type DatabaseApi,
  type Yugabyte,
} from '../../../yugabyte';
import type { ArtefactRef, BackupIdentity } from '../../internal-types';
import { madeContentWarnings } from '../content/content-findings';
import { gateContent, textOf } from '../content/gate-content';
import type { ControlDependencies } from '../dependencies';
import { withObjectLock } from '../run/object-lock';
import { rehearseRenaming } from '../content/rehearse-renaming';
import { exportedSnapshot } from '../history/exported-snapshot';

export interface DumpSchemaInput {
  backup: BackupIdentity;
  snapshotId: string;
  /** Catalog version before the snapshot: a dump that fails under another version was interrupted by DDL. */
  catalogBefore?: string;
}

export interface DumpedSchema {
  artefacts: ArtefactRef[];
  warnings?: string[];
  /** The schema was dumped as of the snapshot's moment: DDL committed later is not in it. */
  ofSnapshotMoment?: boolean;
  /** Why snapshot and dump do not share one moment; the snapshot has to be taken again. */
  inconsistent?: string;
}

/**
 * Writes three things to the bucket: the schema as the restore will load it (as of the snapshot's moment where the
 * release can do that), the sequences (neither the snapshot nor the schema dump has their values) and the roles. A
 * schema that no restore could rename is refused now. For a keyspace the dump is only documentation: its snapshot
 * carries the definitions. A second attempt writes objects of its own; the manifest names those of the attempt that
 * finished.
 */
export function makeDumpSchema(dependencies: ControlDependencies) {
  const { yugabyte, timing } = dependencies;
  return async function dumpSchema({ backup, snapshotId, catalogBefore }: DumpSchemaInput): Promise<DumpedSchema> {
    const { repository } = await withObjectLock(dependencies, backup);
    const cluster = yugabyte();
    const database = bareName(backup.database);
    const folder = { backupId: backup.backupId, snapshotId };
    // 3,500 tables took ysql_dump an hour (yugabyte-db #5643), 67,000 colocated ones 80 minutes (#14986)
    const options = { signal: cancellationSignal(), timeoutMs: timing.copyTimeout };
    const api = cluster.api(backup.database);
    let dumped: { content: Buffer; ofSnapshotMoment: boolean };
    try {
      const snapshot = { database: backup.database, snapshotId, signal: options.signal };
      const readTimeMicros = catalogBefore === undefined ? undefined : await momentToDump(cluster, snapshot);
      dumped = await definitionsAt(api, database, { ...options, readTimeMicros });
    } catch (error) {
      // A table dropped during the dump ends it, and another attempt would meet the next dropped table. A lock passes,
      // so it is waited for.
      if (catalogBefore === undefined || !(error instanceof ToolFailed) || error.transient) throw error;
      const after = await api.catalogVersion(database, options);
      if (after === catalogBefore) throw error;
      const why = `the catalog version went from ${catalogBefore} to ${after} while the schema was dumped, and the dump failed: ${error.reason}`;
      return { artefacts: [], inconsistent: why };
    }
    const { content, ofSnapshotMoment } = dumped;
    if (!languageOf(backup.database).loadsDefinitions)
      return { artefacts: [await writeArtefact(repository, { ...folder, kind: 'cqlSchema', content })] };
    rehearseRenaming(String(content), backup.database);
    const warnings = madeContentWarnings(
      `The schema of ${backup.backupId}`,
      await gateContent(textOf(content), { content: 'database', database }),
    );
    const lost = new LostInDump(await cluster.sql.losable(database, { signal: options.signal }));
    lost.note(scanSql(String(content)));
    warnings.push(...lost.warnings(backup.database));
    const found = await cluster.sql.readSequences(database, { signal: options.signal });
    const { sequences, dropped } = ofSnapshotMoment ? sequencesIn(String(content), found) : { sequences: found };
    if (dropped !== undefined)
      return { artefacts: [], inconsistent: `the sequence ${dropped} was dropped while the schema was dumped` };
    const schema = await writeArtefact(repository, { ...folder, kind: 'schema', content });
    const lines = sequences.map((sequence) => `${JSON.stringify(sequence)}\n`).join('');
    const roles = await contentMade('ysql_dumpall', async (file) => {
      await cluster.dump.roles({ file, ...options });
    });
    const ofRoles = await gateContent(textOf(roles), { content: 'roles', database: '' });
    warnings.push(...madeContentWarnings(`The roles of ${backup.backupId}`, ofRoles));
    return {
      ...(warnings.length > 0 ? { warnings } : {}),
      ...(ofSnapshotMoment ? { ofSnapshotMoment } : {}),
      artefacts: [
        schema,
        await writeArtefact(repository, { ...folder, kind: 'sequences', content: lines, count: sequences.length }),
        await writeArtefact(repository, { ...folder, kind: 'roles', content: roles }),
      ],
    };
  };
}

/** As of a moment, if one is given. If the history no longer reaches back that far, the present schema is dumped. */
async function definitionsAt(
  api: DatabaseApi,
  name: string,
  { readTimeMicros, ...options }: { readTimeMicros: string | undefined; signal: AbortSignal; timeoutMs: number },
): Promise<{ content: Buffer; ofSnapshotMoment: boolean }> {
  if (readTimeMicros !== undefined)
    try {
      return { content: await api.definitions(name, { ...options, readTimeMicros }), ofSnapshotMoment: true };
    } catch (error) {
      if (!(error instanceof ToolFailed) || !isTooOld(error.reason)) throw error;
    }
  return { content: await api.definitions(name, options), ofSnapshotMoment: false };
}

/**
 * Sequences are read as they are now. When the schema dump is of an older moment, sequences created since are left out;
 * one dropped since has lost its value.
 */
function sequencesIn<T extends { schema: string; name: string }>(
  dump: string,
  found: readonly T[],
): { sequences: readonly T[]; dropped?: string } {
  const keyOf = ({ schema, name }: { schema: string; name: string }): string => `${schema}.${name}`;
  const dumped = sequencesOfDump(dump).map(keyOf);
  const there = new Set(found.map(keyOf));
  const dropped = dumped.find((key) => !there.has(key));
  const wanted = new Set(dumped);
  return { sequences: found.filter((one) => wanted.has(keyOf(one))), ...(dropped === undefined ? {} : { dropped }) };
}

/**
 * The snapshot's moment, if the schema can be dumped as of it, so that later DDL no longer matters: `ysql_dump` has the
 * option and our user may read the past. DDL that was under way at that moment still matters, because yb-admin passes
 * the tables to the master, which only then chooses the moment (#28406): `exportSnapshot` detects it.
 */
export async function momentToDump(
  cluster: Yugabyte,
  { database, snapshotId, signal }: { database: string; snapshotId: string; signal: AbortSignal },
): Promise<string | undefined> {
  if (!(await cluster.api(database).readsPastSchema(bareName(database), { signal }))) return undefined;
  return (await exportedSnapshot(cluster, snapshotId, signal)).exported.snapshotMicros;
}

/**
 * The moment is older than the history that is kept (`timestamp_syscatalog_history_retention_interval_sec`), and will
 * remain so.
 */
export const isTooOld = (reason: string): boolean => /snapshot ?too ?old/i.test(reason);
