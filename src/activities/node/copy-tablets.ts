import { activityInfo } from '@temporalio/activity';
import { runAll, SourceChanged, type UploadedFile } from '../../transfer';
import type { TabletHome } from '../../yugabyte';
import { showProgress } from '../heartbeat-interceptor';
import {
  getWorkList,
  layout,
  lockedCluster,
  lockedStore,
  linesLocked,
  putWorkList,
  writeSegment,
  type ClusterStore,
  type SegmentLine,
  type SegmentRef,
} from '../../repository';
import type {
  BackupIdentity,
  Batch,
  EarlierProgress,
  MissedReplicas,
  MissedTablet,
  ReuseProblems,
  RunLimits,
} from '../internal-types';
import { copyLine } from '../work-lines';
import { BatchCounters, CONCURRENT_TABLETS } from './batch-counters';
import { OpenUploads, readCursor, withNodeTotals } from './copy-heartbeat';
import { copying, type Copying } from './copying';
import type { NodeDependencies } from './dependencies';
import { KnownFiles } from './known-files';
import { snapshotFiles, snapshotPlace } from './snapshot-files';
import { given } from '../../objects/given';

export interface CopyTabletsInput {
  uuid: string;
  backup: BackupIdentity;
  snapshotId: string;
  batch: Batch;
  runKey: string;
  limits: RunLimits;
  before?: EarlierProgress;
}

export interface CopyTabletsResult {
  /** Absent when nothing of the batch could be copied. */
  segment?: SegmentRef;
  /** Replicas that can't be copied from here; other replicas have to be. Absent: none. */
  missed?: MissedReplicas;
  /** Why more was uploaded than necessary; absent: nothing to report. */
  reuse?: ReuseProblems;
}

/**
 * Copies the snapshot directories of a batch of tablets to the bucket. Keys are a function of backup, snapshot, tablet
 * and file, so that a second attempt writes to the keys of the first. Files that an earlier backup has are referred to.
 * A directory counts only if it lists the same files after the copy as before.
 */
export function makeCopyTablets(dependencies: NodeDependencies) {
  return async function copyTablets(input: CopyTabletsInput): Promise<CopyTabletsResult> {
    return await copying(dependencies, input, async ({ homes, ...common }) => {
      const { repository, failed } = common;
      const lines: SegmentLine[] = [];
      const missed: MissedTablet[] = [];
      const tablets = (await getWorkList(repository, input.batch.work, copyLine)).map(({ tablet }) => tablet);
      const known = await KnownFiles.read(repository, input.batch, new Set(tablets), input.uuid);
      const counters = new BatchCounters(input.batch);
      const shared = { ...common, dependencies, input, known, counters, uploads: new OpenUploads() };
      const outcomes = await runAll(tablets, CONCURRENT_TABLETS, failed, async (tablet) => ({
        tablet,
        copied: await copyTablet({ ...shared, home: homes.get(tablet), tablet }),
      }));
      for (const { tablet, copied } of outcomes) {
        if ('reason' in copied) missed.push({ tablet, reason: copied.reason });
        else
          lines.push(
            ...copied.reused,
            ...copied.files.map((file) => ({
              ...segmentLine(tablet, copied.home, input.uuid, file),
              ...linesLocked(input.batch.lock),
            })),
          );
      }
      const report = {
        ...problemsToReport(known.problems),
        ...given({ missed: await listOfMissed(repository, input, missed) }),
      };
      if (lines.length === 0) return report;
      const folder = { backupId: input.backup.backupId, snapshotId: input.snapshotId };
      return {
        segment: await writeSegment(lockedCluster(repository, input.batch.lock), {
          ...folder,
          node: input.uuid,
          n: input.batch.n,
          lines,
        }),
        ...report,
      };
    });
  };
}

async function listOfMissed(
  repository: ClusterStore,
  { backup, batch }: CopyTabletsInput,
  missed: MissedTablet[],
): Promise<MissedReplicas | undefined> {
  const [first] = missed;
  if (!first) return undefined;
  const { workflowId } = backup.chain;
  const work = await putWorkList(repository, { workflowId, name: `missed-${batch.n}`, lines: missed, bytes: 0 });
  return { work, tablets: missed.length, reason: `${first.tablet}: ${first.reason}` };
}

interface TabletCopy extends Pick<Copying, 'limits' | 'signal'> {
  dependencies: NodeDependencies;
  input: CopyTabletsInput;
  home: TabletHome | undefined;
  tablet: string;
  known: KnownFiles;
  counters: BatchCounters;
  uploads: OpenUploads;
}

interface CopiedTablet {
  home: TabletHome;
  files: UploadedFile[];
  reused: SegmentLine[];
}

async function copyTablet(copy: TabletCopy): Promise<CopiedTablet | { reason: string }> {
  const { home, tablet, input, dependencies, counters } = copy;
  if (!home) return { reason: `${dependencies.identity.address} no longer has a replica` };
  const place = snapshotPlace(home, tablet, input.snapshotId);
  const found = await snapshotFiles(place, copy.signal);
  if ('problem' in found) return { reason: `${dependencies.identity.address}: ${found.problem}` };
  const listed = found.files;
  try {
    const { cluster } = dependencies.repository;
    const folder = { backupId: input.backup.backupId, snapshotId: input.snapshotId };
    const replica = { tablet, peer: input.uuid };
    const keys = {
      data: (path: string) => layout.data(cluster, folder, replica, path),
      pack: (n: number, sha16: string) => layout.pack(cluster, folder, replica, n, sha16),
    };
    const { lock } = input.batch;
    const { reused, upload } = await copy.known.choose(tablet, place, listed, {
      signal: copy.signal,
      ...given({ locks: lock && { lock, from: input.backup.startedAt } }),
    });
    const there = { files: reused.length, bytes: reused.reduce((sum, { size }) => sum + size, 0) };
    const cursor = activityInfo().attempt > 1 ? readCursor(activityInfo().heartbeatDetails) : undefined;
    const files = await dependencies.engine.uploadReplica({
      store: lockedStore(dependencies.store, lock),
      ...place,
      files: upload,
      keys,
      limits: copy.limits,
      retry: { retryForMs: dependencies.timing.phaseDeadline },
      signal: copy.signal,
      ...given({ resume: cursor }),
      onProgress: (progress) => {
        counters.set(tablet, there.files + progress.filesDone, there.bytes + progress.bytesDone);
        copy.uploads.set(tablet, progress.cursor.uploads);
        showProgress({ tablet, ...withNodeTotals(counters.read(), input.before), cursor: copy.uploads.read() });
      },
    });
    counters.set(
      tablet,
      listed.length,
      listed.reduce((sum, { size }) => sum + size, 0),
    );
    const after = await snapshotFiles(place, copy.signal);
    const difference = 'problem' in after ? after.problem : firstDifference(listed, after.files);
    if (difference !== undefined) {
      counters.set(tablet, 0, 0);
      return {
        reason: `${dependencies.identity.address}: the snapshot directory changed while it was copied (${difference})`,
      };
    }
    return { home, files, reused };
  } catch (error) {
    if (error instanceof SourceChanged || (error as NodeJS.ErrnoException).code === 'ENOENT') {
      counters.set(tablet, 0, 0);
      return {
        reason: `${dependencies.identity.address}: ${error instanceof SourceChanged ? error.message : 'the snapshot directory was removed while it was copied'}`,
      };
    }
    throw error;
  }
}

/** Nothing if there is nothing to report. */
const problemsToReport = (problems: ReuseProblems): { reuse?: ReuseProblems } =>
  problems.gone > 0 || problems.unreadable.length > 0 || problems.withoutBirthTimes ? { reuse: problems } : {};

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
