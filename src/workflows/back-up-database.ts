import { BACKUP_PHASES, backUpDatabaseInput, type BackUpDatabaseInput, type BackUpDatabaseResult } from '../contract';
import { copyFromNodes } from './backup/copy-from-nodes';
import { openBackup } from './backup/open-backup';
import { takeConsistentSnapshot } from './backup/take-consistent-snapshot';
import { planCopies } from './backup/plan-copies';
import { SnapshotGone } from './backup/snapshot-gone';
import { finishRun } from './run/finish-run';
import { patient } from './run/policies';
import { ownCluster } from './run/run-context';
import { runOperation, type Begun } from './run/run-operation';
import { bytesText } from '../objects/texts';

const SNAPSHOTS_AT_MOST = 3;

/**
 * Backs up one database, in the order of the manual procedure: snapshot, schema, tablet files from the nodes. The
 * manifest comes last and alone makes the backup exist.
 */
export async function backUpDatabase(input: BackUpDatabaseInput): Promise<BackUpDatabaseResult> {
  return await runOperation(
    {
      name: 'backUpDatabase',
      input: backUpDatabaseInput,
      phases: BACKUP_PHASES,
      subject: ({ database }) => `Backup of ${database} on ${ownCluster()}`,
      complete: ({ backupId, recoveryPoint, tables, tablets, bytes }) =>
        `backup ${backupId}, recovery point ${recoveryPoint}; ${tables} tables, ${tablets} tablets, ${bytesText(bytes)}. Restore it with \`kalpa restore ${backupId} --as <new name>\`.`,
    },
    input,
    backUp,
  );
}

async function backUp(begun: Begun<BackUpDatabaseInput>): Promise<BackUpDatabaseResult> {
  const { request, settings, seconds } = begun;
  const backup = await openBackup(begun);
  return await finishRun(backup, async () => {
    for (let take = 1; ; take += 1) {
      try {
        const snapshot = await takeConsistentSnapshot(backup, take);
        const tablets = await planCopies(backup, snapshot);
        const copied = await copyFromNodes(backup, snapshot, tablets);
        backup.progress.enter('manifest');
        const committed = await patient(settings, `commit ${backup.backupId}`).commitManifest({
          guarded: backup.guardians.guarded(),
          backup: backup.identity,
          snapshot,
          segments: copied.segments,
        });
        return {
          backupId: backup.backupId,
          database: request.database,
          recoveryPoint: committed.recoveryPoint,
          snapshotId: snapshot.snapshotId,
          tables: committed.tables,
          tablets: committed.tablets,
          files: committed.files,
          bytes: committed.bytes,
          uploadedBytes: committed.bytes,
          reusedBytes: 0,
          manifest: committed.manifest,
          durationSeconds: seconds(),
        };
      } catch (error) {
        if (!(error instanceof SnapshotGone)) throw error;
        if (take >= SNAPSHOTS_AT_MOST) throw error.asFailure(take);
        backup.warn(`Snapshot ${take} was taken again: ${error.reason}`);
      }
    }
  });
}
