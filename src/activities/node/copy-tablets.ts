import { activityInfo, cancellationSignal } from '@temporalio/activity';
import { SourceChanged, type TransferLimits, type UploadedFile } from '../../transfer';
import { findTablets, type TabletHome } from '../../yugabyte';
import { showProgress } from '../activity-signs';
import { getWorkList, layout, writeSegment, type SegmentLine, type SegmentRef } from '../../repository';
import type { BackupIdentity, Batch, CopyCounters, DoneBefore, MissedTablet, RunLimits } from '../shapes';
import { copyLine } from '../work-lines';
import { withNode } from './counted-before';
import type { NodeDependencies } from './dependencies';
import { confirmNode } from './own-node';
import { snapshotFiles, snapshotPlace } from './snapshot-files';
import { patientRepository } from './patient-repository';
import { transferSignal } from './transfer-signal';
import { readCursor } from './copy-cursor';
import { given } from '../../objects/given';

export interface CopyTabletsInput {
  uuid: string;
  backup: BackupIdentity;
  snapshotId: string;
  batch: Batch;
  runKey: string;
  limits: RunLimits;
  before?: DoneBefore;
}

export interface CopyTabletsResult {
  /** Absent when nothing of the batch could be copied. */
  segment?: SegmentRef;
  /** Replicas that can't be copied from here; others must serve. */
  missed: MissedTablet[];
}

/**
 * Copies the snapshot directories of a batch of tablets to the bucket. Keys are a function of backup, snapshot, tablet
 * and file, so that a second attempt lands on what the first one wrote. A directory counts only when it lists the
 * same files after the copy as before.
 */
export function makeCopyTablets(dependencies: NodeDependencies) {
  return async function copyTablets(input: CopyTabletsInput): Promise<CopyTabletsResult> {
    confirmNode(dependencies, input.uuid);
    const { copies, identity } = dependencies;
    const repository = patientRepository(dependencies);
    const signal = transferSignal(cancellationSignal());
    const counters: CopyCounters = {
      filesDone: 0,
      filesTotal: input.batch.work.files,
      bytesDone: 0,
      bytesTotal: input.batch.work.bytes,
    };
    const limits = copies.limitsOf(input.runKey, input.limits);
    const end = copies.begin(input.runKey);
    try {
      const homes = await findTablets(identity.dataDirs);
      const lines: SegmentLine[] = [];
      const missed: MissedTablet[] = [];
      for (const { tablet } of await getWorkList(repository, input.batch.work, copyLine)) {
        const copied = await copyTablet({
          dependencies,
          input,
          home: homes.get(tablet),
          tablet,
          limits,
          counters,
          signal,
        });
        if ('reason' in copied) missed.push({ tablet, reason: copied.reason });
        else lines.push(...copied.files.map((file) => segmentLine(tablet, copied.home, identity.uuid, file)));
      }
      if (lines.length === 0) return { missed };
      const folder = { backupId: input.backup.backupId, snapshotId: input.snapshotId };
      return {
        segment: await writeSegment(repository, { ...folder, node: identity.uuid, n: input.batch.n, lines }),
        missed,
      };
    } finally {
      end();
    }
  };
}

interface TabletCopy {
  dependencies: NodeDependencies;
  input: CopyTabletsInput;
  home: TabletHome | undefined;
  tablet: string;
  limits: TransferLimits;
  counters: CopyCounters;
  signal: AbortSignal;
}

async function copyTablet(copy: TabletCopy): Promise<{ home: TabletHome; files: UploadedFile[] } | { reason: string }> {
  const { home, tablet, input, dependencies, counters } = copy;
  if (!home) return { reason: `${dependencies.identity.address} holds no replica any more` };
  const place = snapshotPlace(home, tablet, input.snapshotId);
  const found = await snapshotFiles(place, copy.signal);
  if ('problem' in found) return { reason: `${dependencies.identity.address}: ${found.problem}` };
  const listed = found.files;
  const before = { files: counters.filesDone, bytes: counters.bytesDone };
  try {
    const { cluster } = dependencies.repository;
    const folder = { backupId: input.backup.backupId, snapshotId: input.snapshotId };
    const replica = { tablet, peer: input.uuid };
    const keys = {
      data: (path: string) => layout.data(cluster, folder, replica, path),
      pack: (n: number) => layout.pack(cluster, folder, replica, n),
    };
    const cursor = activityInfo().attempt > 1 ? readCursor(activityInfo().heartbeatDetails, tablet) : undefined;
    const files = await dependencies.engine.uploadReplica({
      store: dependencies.store,
      ...place,
      files: listed,
      keys,
      limits: copy.limits,
      retry: { retryForMs: dependencies.timing.phaseDeadline },
      signal: copy.signal,
      ...given({ resume: cursor }),
      onProgress: (progress) => {
        counters.filesDone = before.files + progress.filesDone;
        counters.bytesDone = before.bytes + progress.bytesDone;
        showProgress({
          tablet,
          ...withNode(counters, input.before),
          cursor: { tablet, uploads: progress.cursor.uploads },
        });
      },
    });
    const after = await snapshotFiles(place, copy.signal);
    const difference = 'problem' in after ? after.problem : firstDifference(listed, after.files);
    if (difference !== undefined)
      return {
        reason: `${dependencies.identity.address}: the snapshot directory changed while it was copied (${difference})`,
      };
    return { home, files };
  } catch (error) {
    if (error instanceof SourceChanged || (error as NodeJS.ErrnoException).code === 'ENOENT') {
      Object.assign(counters, { filesDone: before.files, bytesDone: before.bytes });
      return {
        reason: `${dependencies.identity.address}: ${error instanceof SourceChanged ? error.message : 'the snapshot directory was removed while it was copied'}`,
      };
    }
    throw error;
  }
}

interface FileIdentity {
  path: string;
  size: number;
  inode: string;
}

function firstDifference(before: readonly FileIdentity[], after: readonly FileIdentity[]): string | undefined {
  const names = (files: readonly FileIdentity[]): Map<string, string> =>
    new Map(files.map(({ path, size, inode }) => [path, `${size}/${inode}`]));
  const [was, is] = [names(before), names(after)];
  for (const [path, identity] of was)
    if (is.get(path) !== identity) return `${path} is ${is.has(path) ? 'another file' : 'gone'}`;
  for (const path of is.keys()) if (!was.has(path)) return `${path} appeared`;
  return undefined;
}

const segmentLine = (tablet: string, home: TabletHome, peer: string, file: UploadedFile): SegmentLine => ({
  tablet,
  table: home.tableId,
  peer,
  ...file,
});
