import { BACKUP_PHASES, backUpDatabaseInput, type BackUpDatabaseInput, type BackUpDatabaseResult } from '../contract';
import { copyFromNodes } from './backup/copy-from-nodes';
import { openBackup, type Backup } from './backup/open-backup';
import { takeConsistentSnapshot } from './backup/take-consistent-snapshot';
import { planCopies } from './backup/plan-copies';
import { SnapshotGone } from './backup/snapshot-gone';
import { finishRun } from './run/finish-run';
import { longStep } from './run/policies';
import { ownCluster } from './run/run-context';
import { runOperation, type StartedRun } from './run/run-operation';
import { bytesText } from '../objects/texts';

const MAX_SNAPSHOTS = 3;

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
      complete: ({ backupId, recoveryPoint, tables, tablets, bytes, uploadedBytes }) =>
        `backup ${backupId}, recovery point ${recoveryPoint}; ${tables} tables, ${tablets} tablets, ${bytesText(bytes)}, of which ${bytesText(uploadedBytes)} new. Restore it with \`kalpa restore ${backupId} --as <new name>\`.`,
    },
    input,
    backUp,
  );
}

async function backUp(begun: StartedRun<BackUpDatabaseInput>): Promise<BackUpDatabaseResult> {
  const { request, settings, seconds } = begun;
  const backup = await openBackup(begun);
  return await finishRun(backup, async () => {
    for (let take = 1; ; take += 1) {
      try {
        const snapshot = await takeConsistentSnapshot(backup, take);
        const { nodes, bases } = await planCopies(backup, snapshot);
        const copied = await copyFromNodes(backup, snapshot, nodes);
        backup.progress.enter('manifest');
        const committed = await longStep(settings, `commit ${backup.backupId}`).commitManifest({
          guarded: backup.guardians.guarded(),
          backup: backup.identity,
          snapshot,
          segments: copied.segments,
        });
        warnOfLowReuse(backup, bases, committed);
        return {
          backupId: backup.backupId,
          database: request.database,
          recoveryPoint: committed.recoveryPoint,
          snapshotId: snapshot.snapshotId,
          tables: committed.tables,
          tablets: committed.tablets,
          files: committed.files,
          bytes: committed.bytes,
          uploadedBytes: committed.uploadedBytes,
          reusedBytes: committed.reusedBytes,
          manifest: committed.manifest,
          durationSeconds: seconds(),
        };
      } catch (error) {
        if (!(error instanceof SnapshotGone)) throw error;
        if (take >= MAX_SNAPSHOTS) throw error.asFailure(take);
        backup.warn(`Snapshot ${take} was taken again: ${error.reason}`);
      }
    }
  });
}

/** Below this share an incremental is as large as a full backup, and people ask why. */
const LOW_REUSE_FRACTION = 0.1;
/** For smaller databases nobody asks. */
const WORTH_A_WORD = 1024 ** 3;

/** Compaction rewrites files, and other replicas have different ones: an incremental stores all of these. Fault 40. */
function warnOfLowReuse(
  { warn }: Backup,
  [newest]: readonly string[],
  { bytes, reusedBytes }: { bytes: number; reusedBytes: number },
): void {
  if (newest === undefined || bytes < WORTH_A_WORD || reusedBytes >= bytes * LOW_REUSE_FRACTION) return;
  warn(
    `Only ${bytesText(reusedBytes)} of ${bytesText(bytes)} was in earlier backups already (the newest is ${newest}), so this one is about as large as a full one: compaction has rewritten the files since, or other replicas were copied.`,
  );
}
