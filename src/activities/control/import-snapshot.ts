import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { activityInfo, cancellationSignal, sleep } from '@temporalio/activity';
import { putWorkList } from '../../repository';
import { importSnapshot as importCommand, ToolFailed } from '../../yugabyte';
import { failWith } from '../application-failure';
import type { Guarded, ListRef } from '../shapes';
import type { TabletMapLine } from '../work-lines';
import { artefactOf, headerOf } from './backup-store';
import { ensureDeleted } from './delete-snapshot';
import type { ControlDependencies } from './dependencies';
import type { RestorableBackup } from './find-backup';
import { confirmGuardians } from './guardian-state';
import { snapshotCandidates } from './snapshot-candidates';

export interface ImportSnapshotInput {
  guarded: Guarded;
  backup: RestorableBackup;
  scratchName: string;
  /** Snapshots before the import; a new one that is in no schedule is an earlier attempt's. */
  listedBefore: string[];
}

/**
 * Imports the exported snapshot into the scratch database: new tablets, and a map from old to new ids that stands on
 * stdout alone. An attempt whose reply was lost is taken back (its snapshot deleted) and the import is run again.
 */
export function makeImportSnapshot(dependencies: ControlDependencies) {
  return async function importSnapshot({
    guarded,
    backup,
    scratchName,
    listedBefore,
  }: ImportSnapshotInput): Promise<{ snapshotId: string; tabletMap: ListRef }> {
    await confirmGuardians(dependencies, guarded);
    const yugabyte = dependencies.yugabyte();
    const signal = cancellationSignal();
    if (activityInfo().attempt > 1) await takeBack(dependencies, listedBefore);
    const header = await headerOf(dependencies, backup);
    const scratch = await mkdtemp(join(tmpdir(), 'kalpa-import-'));
    try {
      const file = join(scratch, 'snapshot.pb');
      await writeFile(file, await artefactOf(dependencies, backup, header, 'snapshot'));
      const imported = await yugabyte.run(importCommand, { file, database: scratchName }, { signal });
      const lines: TabletMapLine[] = imported.tables.flatMap(({ tablets }) =>
        tablets.map(({ oldId, newId }) => ({ oldTablet: oldId, newTablet: newId })),
      );
      const mapped = new Set(lines.map(({ oldTablet }) => oldTablet));
      const unmapped = header.tablets.filter(({ id }) => !mapped.has(id));
      if (unmapped.length > 0) {
        throw failWith(
          'RestoreFailed',
          `The import of ${backup.backupId} left ${unmapped.length} tablets without a counterpart (first: ${unmapped[0]?.id ?? ''} of table ${unmapped[0]?.table ?? ''}). A partial restore is no restore; the scratch database is removed.`,
        );
      }
      const unique = [...new Map(lines.map((line) => [line.oldTablet, line])).values()];
      const tabletMap = await putWorkList(dependencies.repository, {
        workflowId: backup.chain.workflowId,
        name: `tablet-map-${imported.snapshot.newId.slice(0, 8)}`,
        lines: unique,
        bytes: 0,
      });
      return { snapshotId: imported.snapshot.newId, tabletMap };
    } catch (error) {
      if (error instanceof ToolFailed && error.exitCode === 1 && !error.transient) {
        throw failWith(
          'RestoreFailed',
          `The snapshot of ${backup.backupId} could not be imported: ${error.message} The scratch database is removed.`,
        );
      }
      throw error;
    } finally {
      await rm(scratch, { recursive: true, force: true });
    }
  };
}

/** Deletes what an earlier attempt imported; asked under the cluster lock, so a sole new snapshot is ours. */
async function takeBack(dependencies: ControlDependencies, listedBefore: readonly string[]): Promise<void> {
  const yugabyte = dependencies.yugabyte();
  await sleep(dependencies.timing.rpcTimeout); // the master may still be at it
  const candidates = await snapshotCandidates(yugabyte, listedBefore, cancellationSignal());
  const [only] = candidates;
  if (only !== undefined && candidates.length === 1) await ensureDeleted(yugabyte, only, cancellationSignal());
}
