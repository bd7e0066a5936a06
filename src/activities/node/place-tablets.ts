import { mkdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { cancellationSignal } from '@temporalio/activity';
import { findTablets, snapshotDirectory, type TabletHome } from '../../yugabyte';
import { fsyncFolder, type TransferLimits } from '../../transfer';
import { showProgress } from '../activity-signs';
import type { Batch, CopyCounters, RunLimits, DoneBefore } from '../shapes';
import { getWorkList } from '../../repository';
import { placeLine, type PlaceLine } from '../work-lines';
import { withNode } from './counted-before';
import type { NodeDependencies } from './dependencies';
import { confirmNode } from './own-node';
import { patientRepository } from './patient-repository';
import { transferSignal } from './transfer-signal';
import { byTablet, placedProblem } from './placed-files';

export interface PlaceTabletsInput {
  uuid: string;
  /** The imported snapshot under whose id the files are placed. */
  snapshotId: string;
  batch: Batch;
  runKey: string;
  limits: RunLimits;
  before?: DoneBefore;
  /** Part of the temporary name, so that two runs never share one. */
  attemptToken: string;
}

/**
 * Places the files of a batch under their new tablets: into a temporary directory ending in `.tmp` (which the tserver
 * skips), each file verified and fsynced, then one rename. A tablet that is placed already is left as it is.
 */
export function makePlaceTablets(dependencies: NodeDependencies) {
  return async function placeTablets(input: PlaceTabletsInput): Promise<void> {
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
      for (const [tablet, lines] of byTablet(await getWorkList(repository, input.batch.work, placeLine))) {
        const home = homes.get(tablet);
        if (!home) continue; // moved away, or not made yet: `verifyPlaced` reports it, and the replicas are listed again
        await placeTablet({ dependencies, input, tablet, home, lines, limits, counters, signal });
      }
    } finally {
      end();
    }
  };
}

interface TabletPlacement {
  dependencies: NodeDependencies;
  input: PlaceTabletsInput;
  tablet: string;
  home: TabletHome;
  lines: PlaceLine[];
  limits: TransferLimits;
  counters: CopyCounters;
  signal: AbortSignal;
}

async function placeTablet({
  dependencies,
  input,
  tablet,
  home,
  lines,
  limits,
  counters,
  signal,
}: TabletPlacement): Promise<void> {
  const target = snapshotDirectory(home, tablet, input.snapshotId);
  const before = { files: counters.filesDone, bytes: counters.bytesDone };
  if ((await placedProblem(target, lines)) === undefined) {
    counters.filesDone += lines.length;
    counters.bytesDone += lines.reduce((sum, { size }) => sum + size, 0);
    return;
  }
  const temporary = join(dirname(target), `${basename(target)}.${input.attemptToken}.tmp`);
  await mkdir(temporary, { recursive: true });
  await dependencies.engine.downloadFiles({
    store: dependencies.store,
    files: lines,
    into: temporary,
    limits,
    retry: { retryForMs: dependencies.timing.phaseDeadline },
    signal,
    onProgress: (progress) => {
      counters.filesDone = before.files + progress.filesDone;
      counters.bytesDone = before.bytes + progress.bytesDone;
      showProgress({ tablet, ...withNode(counters, input.before) });
    },
  });
  await rm(target, { recursive: true, force: true }); // an older copy of this very snapshot that is not whole
  await rename(temporary, target);
  await fsyncFolder(dirname(target));
}
