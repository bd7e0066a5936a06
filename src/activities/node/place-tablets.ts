import { rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { TabletHome } from '../../yugabyte';
import { fsyncFolder, inFolder, refuseTarget, runAll } from '../../transfer';
import { showProgress } from '../heartbeat-interceptor';
import type { Batch, RunLimits, EarlierProgress } from '../internal-types';
import { getWorkList } from '../../repository';
import { placeLine, type PlaceLine } from '../work-lines';
import { BatchCounters, CONCURRENT_TABLETS } from './batch-counters';
import { withNodeTotals } from './copy-heartbeat';
import { copying, type Copying } from './copying';
import type { NodeDependencies } from './dependencies';
import { isUnexpectedContent, placesByContent, placesByHead } from './choose-places';
import { grouped } from '../../objects/grouped';
import { placedProblem } from './placed-files';
import { snapshotPlace } from './snapshot-files';

export interface PlaceTabletsInput {
  uuid: string;
  /** The imported snapshot under whose id the files are placed. */
  snapshotId: string;
  batch: Batch;
  runKey: string;
  limits: RunLimits;
  before?: EarlierProgress;
  /** Part of the temporary name, so that two runs never share one. */
  attemptToken: string;
}

/**
 * Places the files of a batch under their new tablets: into a temporary directory ending in `.tmp` (which the tserver
 * skips), each file verified and fsynced, then one rename. A tablet that is already placed is left as it is.
 */
export function makePlaceTablets(dependencies: NodeDependencies) {
  return async function placeTablets(input: PlaceTabletsInput): Promise<void> {
    await copying(dependencies, input, async ({ homes, ...common }) => {
      const lines = await getWorkList(common.repository, input.batch.work, placeLine);
      const shared = { ...common, dependencies, input, counters: new BatchCounters(input.batch) };
      const tablets = [...grouped(lines, ({ tablet }) => tablet)];
      await runAll(tablets, CONCURRENT_TABLETS, common.failed, async ([tablet, files]) => {
        const home = homes.get(tablet);
        // Moved away, or not made yet: `verifyPlaced` reports it, and the replicas are listed again.
        if (home) await placeTablet({ ...shared, tablet, home, lines: files });
      });
    });
  };
}

interface TabletPlacement extends Pick<Copying, 'repository' | 'limits' | 'signal'> {
  dependencies: NodeDependencies;
  input: PlaceTabletsInput;
  tablet: string;
  home: TabletHome;
  lines: PlaceLine[];
  counters: BatchCounters;
}

async function placeTablet(placement: TabletPlacement): Promise<void> {
  const { dependencies, input, tablet, home, lines, limits, counters, signal } = placement;
  const place = snapshotPlace(home, tablet, input.snapshotId);
  const { directory: target, within } = place;
  if ((await placedProblem(place, lines)) === undefined) {
    counters.set(
      tablet,
      lines.length,
      lines.reduce((sum, { size }) => sum + size, 0),
    );
    return;
  }
  const name = `${basename(target)}.${input.attemptToken}.tmp`;
  const { store } = placement.repository;
  const download = async (files: PlaceLine[]): Promise<void> => {
    await dependencies.engine.downloadFiles({
      store: dependencies.store,
      files,
      into: join(dirname(target), name),
      within,
      limits,
      retry: { retryForMs: dependencies.timing.phaseDeadline },
      signal,
      onProgress: (progress) => {
        counters.set(tablet, progress.filesDone, progress.bytesDone);
        showProgress({ tablet, ...withNodeTotals(counters.read(), input.before) });
      },
    });
  };
  try {
    await download(await placesByHead(store, lines));
  } catch (error) {
    if (!isUnexpectedContent(error) || lines.every(({ elsewhere }) => elsewhere === undefined)) throw error;
    await download(await placesByContent(store, lines, { limits, signal }));
  }
  await inFolder(within, dirname(target), async (folder) => {
    // an older, incomplete copy of this very snapshot
    await rm(folder.at(basename(target)), { recursive: true, force: true });
    await rename(folder.at(name), folder.at(basename(target)));
  }).catch((error: unknown) => {
    throw refuseTarget(error);
  });
  await fsyncFolder(dirname(target));
}
