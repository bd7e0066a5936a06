import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { activityInfo, cancellationSignal, sleep } from '@temporalio/activity';
import { apiOf, bareName } from '../../../contract';
import { putWorkList, readSegments, type MakingRecord, type ManifestHeader } from '../../../repository';
import {
  decodeSnapshotFile,
  importSnapshot as importCommand,
  makeScratchFolder,
  ToolFailed,
  type StoredTable,
  type Yugabyte,
} from '../../../yugabyte';
import { failWith } from '../../application-failure';
import { makingByCommand, type Making } from '../../made-nothing';
import type { Guarded, ListRef } from '../../internal-types';
import type { TabletMapLine } from '../../work-lines';
import { artefactOf, headerOf, storeOf } from '../lookup/backup-store';
import { tablesToRestore, restoredName } from './tables-to-restore';
import { ensureDeleted } from '../undo/snapshot-deletion';
import type { ControlDependencies } from '../dependencies';
import type { RestorableBackup } from '../lookup/find-backup';
import { confirmGuardians } from '../lock/guardian-state';
import { snapshotCandidates } from '../undo/snapshot-candidates';
import { recordMaking } from '../undo/makings';
import { given } from '../../../objects/given';

export interface ImportSnapshotInput {
  guarded: Guarded;
  backup: RestorableBackup;
  /** Bare name of the database or keyspace to import into. */
  scratchName: string;
  /** Into a keyspace: what this run makes in it; `chosen`: not the whole backup. */
  keyspace?: { database: string; tables: string[]; chosen: boolean };
  /** Of a keyspace: new names of tables and indexes. */
  renameTables?: Record<string, string>;
  /** Snapshots before the import; a new one that is in no schedule is an earlier attempt's. */
  listedBefore: string[];
}

export interface ImportSnapshotResult {
  snapshotId: string;
  tabletMap: ListRef;
  /** Of the database or keyspace that was imported into. */
  namespaceId?: string;
  /** The chosen tablets of the backup. */
  chosen?: { tables: number; tablets: number; files: number; bytes: number };
}

/**
 * Imports the exported snapshot into the scratch database: new tablets, and a map from old to new ids that is printed
 * on stdout and nowhere else. An attempt whose reply was lost is taken back (its snapshot deleted) and the import is
 * run again.
 */
export function makeImportSnapshot(dependencies: ControlDependencies) {
  return async function importSnapshot(input: ImportSnapshotInput): Promise<ImportSnapshotResult> {
    return await makingByCommand(async (command) => await importOnce(dependencies, input, command));
  };
}

async function importOnce(
  dependencies: ControlDependencies,
  { guarded, backup, scratchName, keyspace, renameTables, listedBefore }: ImportSnapshotInput,
  command: Making,
): Promise<ImportSnapshotResult> {
  await confirmGuardians(dependencies, guarded);
  const yugabyte = dependencies.yugabyte();
  const signal = cancellationSignal();
  const header = await headerOf(dependencies, backup);
  const database = `${apiOf(backup.database)}.${scratchName}`;
  const tables = keyspace?.chosen ? keyspace.tables : undefined;
  const before = keyspace && (await recordMaking(dependencies, guarded.chain, keyspace.database));
  if (activityInfo().attempt > 1) {
    await takeBack(dependencies, { database, listedBefore });
    if (keyspace && before) await dropMade(yugabyte, keyspace, before);
  } else if (keyspace) await refusePresent(yugabyte, keyspace);
  const scratch = await makeScratchFolder();
  try {
    const file = join(scratch, 'snapshot.pb');
    const content = await artefactOf(dependencies, backup, header, 'snapshot');
    await writeFile(file, content);
    const newNames = renameTables && namesInFile(content, renameTables);
    const imported = await command(() =>
      yugabyte.run(
        importCommand,
        { file, database, ...given({ tables, newNames }) },
        // the tool applies its RPC time-out once for each table, and then waits for each
        { signal, timeoutMs: dependencies.timing.copyTimeout },
      ),
    );
    const lines: TabletMapLine[] = imported.tables.flatMap(({ tablets }) =>
      tablets.map(({ oldId, newId }) => ({ oldTablet: oldId, newTablet: newId })),
    );
    const mapped = new Set(lines.map(({ oldTablet }) => oldTablet));
    const wanted = new Set(tablesToRestore(header, tables).map(({ id }) => id));
    const unmapped = header.tablets.filter(({ id, table }) => wanted.has(table) && !mapped.has(id));
    if (unmapped.length > 0) {
      throw failWith(
        'RestoreFailed',
        `The import of ${backup.backupId} left ${unmapped.length} tablets without a new tablet (first: ${unmapped[0]?.id ?? ''} of table ${unmapped[0]?.table ?? ''}). A restore must be complete, so what was made is removed.`,
      );
    }
    const unique = [...new Map(lines.map((line) => [line.oldTablet, line])).values()];
    const tabletMap = await putWorkList(dependencies.repository, {
      workflowId: backup.chain.workflowId,
      name: `tablet-map-${imported.snapshot.newId.slice(0, 8)}`,
      lines: unique,
      bytes: 0,
    });
    return {
      snapshotId: imported.snapshot.newId,
      tabletMap,
      ...(imported.database ? { namespaceId: imported.database.newId } : {}),
      ...(tables
        ? { chosen: await sizeOf(dependencies, backup, header, { tables: tables.length, tablets: mapped }) }
        : {}),
    };
  } catch (error) {
    if (error instanceof ToolFailed && error.exitCode === 1 && !error.transient) {
      throw failWith(
        'RestoreFailed',
        `The snapshot of ${backup.backupId} could not be imported: ${error.message} What was created is removed.`,
      );
    }
    throw error;
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

/** `import_snapshot` takes a name for every table and index, in the order of the file. */
const namesInFile = (content: Buffer, renameTables: Readonly<Record<string, string>>): string[] =>
  decodeSnapshotFile(content).tables.map((table) => restoredName(table, renameTables));

/** Someone may have created one of the tables since preflight: an import would put its rows into it. */
async function refusePresent(yugabyte: Yugabyte, { database, tables }: Keyspace): Promise<void> {
  const there = await tablesIn(yugabyte, database);
  const present = there.filter(({ name }) => tables.includes(name)).map(({ name }) => name);
  if (present.length > 0)
    throw failWith(
      'AlreadyExists',
      `${present.join(', ')} of ${database} were created while the restore was prepared, and nothing is ever overwritten. Drop them yourself, or restore under another name with "as".`,
    );
}

/**
 * An earlier attempt's tables: they did not exist when the run first looked, and under the lock of the keyspace nobody
 * else can have made them.
 */
async function dropMade(
  yugabyte: Yugabyte,
  { database, tables }: Keyspace,
  before: Pick<MakingRecord, 'tables'>,
): Promise<void> {
  const keyspace = bareName(database);
  const there = await tablesIn(yugabyte, database);
  const made = there
    .filter(({ name, kind }) => kind === 'table' && tables.includes(name) && !before.tables.includes(name))
    .map(({ name }) => name);
  await yugabyte.cql.dropTables(keyspace, made, { signal: cancellationSignal() });
}

const tablesIn = async (yugabyte: Yugabyte, database: string): Promise<StoredTable[]> =>
  (await yugabyte.api(database).tables(bareName(database), { signal: cancellationSignal() })) ?? [];

type Keyspace = NonNullable<ImportSnapshotInput['keyspace']>;

async function sizeOf(
  dependencies: ControlDependencies,
  backup: RestorableBackup,
  { segments }: ManifestHeader,
  { tables, tablets }: { tables: number; tablets: ReadonlySet<string> },
): Promise<NonNullable<ImportSnapshotResult['chosen']>> {
  const chosen = { tables, tablets: tablets.size, files: 0, bytes: 0 };
  for await (const lines of readSegments(storeOf(dependencies, backup), segments)) {
    for (const { tablet, size } of lines) {
      if (!tablets.has(tablet)) continue;
      chosen.files += 1;
      chosen.bytes += size;
    }
  }
  return chosen;
}

/** Deletes what an earlier attempt imported; called under the cluster lock, so the only new snapshot is ours. */
async function takeBack(
  dependencies: ControlDependencies,
  importing: { database: string; listedBefore: readonly string[] },
): Promise<void> {
  const yugabyte = dependencies.yugabyte();
  await sleep(dependencies.timing.rpcTimeout); // the master may still be importing it
  const candidates = await snapshotCandidates(yugabyte, importing, cancellationSignal());
  const [only] = candidates;
  if (only !== undefined && candidates.length === 1) await ensureDeleted(yugabyte, only, cancellationSignal());
}
