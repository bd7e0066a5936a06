import { basename, dirname, join } from 'node:path';
import { chainTag, type Chain } from '../../contract';
import { given } from '../../objects/given';
import { relativeToCluster, getWorkList, layout, lockedStore, putWorkList } from '../../repository';
import {
  hashFile,
  inFolder,
  runAll,
  sourceFile,
  SourceChanged,
  SourceRefused,
  refuseSource,
  type SourceFile,
} from '../../transfer';
import { hardLinkPlaces, tabletsRoot, type HardLinkPlace, type TabletHome } from '../../yugabyte';
import { showProgress } from '../heartbeat-interceptor';
import type { ListRef, RunLimits } from '../internal-types';
import { repairLine, type RepairLine, type RepairOutcome } from '../work-lines';
import { copying, type Copying } from './copying';
import type { NodeDependencies } from './dependencies';

export interface RepairFilesInput {
  uuid: string;
  chain: Chain;
  /** Of the verification that repairs; names the folder of the fetched files. */
  plannedAt: string;
  /** Number of the batch, unique in the run. */
  n: number;
  /** Files of this node's replicas that are missing or damaged in the bucket. */
  work: ListRef;
  runKey: string;
  limits: RunLimits;
}

/** A file up to this size is compared by its content only: snapshots copy the small ones instead of linking them. */
const READ_TO_COMPARE_BYTES = 1024 * 1024;
/** Files at a time. */
const WIDTH = 4;

/**
 * Fetches files again from this node: each one that is still the very file that was backed up, and has the recorded
 * SHA-256, is uploaded under a new key. The others have a reason. A second attempt writes to the same keys.
 */
export function makeRepairFiles(dependencies: NodeDependencies) {
  return async function repairFiles(input: RepairFilesInput): Promise<{ outcomes: ListRef }> {
    return await copying(dependencies, input, async ({ repository, homes, failed, ...common }) => {
      const lines = await getWorkList(repository, input.work, repairLine);
      const [filesTotal, bytesTotal] = [lines.length, input.work.bytes];
      let [filesDone, bytesDone] = [0, 0];
      const outcomes = await runAll(lines, WIDTH, failed, async (line): Promise<RepairOutcome> => {
        common.signal.throwIfAborted();
        const outcome = await repairOne({
          ...{ ...common, dependencies, input, repository, line },
          home: homes.get(line.tablet),
        });
        filesDone += 1;
        bytesDone += line.size;
        showProgress({ filesDone, filesTotal, bytesDone, bytesTotal });
        return outcome;
      });
      const bytes = outcomes.reduce((sum, { repaired }) => sum + (repaired?.size ?? 0), 0);
      const name = `repaired-${input.n}`;
      return {
        outcomes: await putWorkList(repository, { workflowId: input.chain.workflowId, name, lines: outcomes, bytes }),
      };
    });
  };
}

interface FileRepair extends Pick<Copying, 'repository' | 'limits' | 'signal'> {
  dependencies: NodeDependencies;
  input: RepairFilesInput;
  line: RepairLine;
  home: TabletHome | undefined;
}

async function repairOne(one: FileRepair): Promise<RepairOutcome> {
  const { line, home, dependencies, signal } = one;
  const { digest } = line;
  const { address } = dependencies.identity;
  if (!home) return { digest, reason: `${address} no longer has a replica of tablet ${line.tablet}` };
  let reason = `it is no longer on ${address}, neither in the tablet (compacted away) nor in a snapshot of it`;
  for (const place of await hardLinkPlaces(home, line.tablet, line.path)) {
    try {
      const found = await statPlace(place, tabletsRoot(home));
      if (found === undefined) continue;
      if (!isVeryFile(found, line)) {
        reason = `another file has its name on ${address} (${fullPath(place)})`;
        continue;
      }
      const { sha256 } = await hashFile(fullPath(place), tabletsRoot(home), signal);
      if (sha256 !== line.sha256) {
        reason =
          line.size <= READ_TO_COMPARE_BYTES
            ? `another file has its name on ${address} (${fullPath(place)})`
            : `on ${address} it has another SHA-256, too (${fullPath(place)}): check whether the disk is damaged`;
        continue;
      }
      return { digest, repaired: await upload(one, home, { place, found }) };
    } catch (error) {
      signal.throwIfAborted();
      const refused = refuseSource(error);
      if (refused instanceof SourceRefused || refused instanceof SourceChanged)
        reason = `it can't be read on ${address}: ${refused.message}`;
      // removed meanwhile: as if it were not there
      else if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
  }
  return { digest, reason };
}

const fullPath = ({ directory, path }: HardLinkPlace): string => join(directory, path);

/** The file at a place, or undefined. */
async function statPlace(place: HardLinkPlace, within: string): Promise<SourceFile | undefined> {
  const file = fullPath(place);
  try {
    return await inFolder(within, dirname(file), async (folder) => {
      const found = await folder.look(basename(file));
      if (!found.isFile()) throw new SourceRefused(file, 'is not a file');
      return sourceFile(place.path, found);
    });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Never by name and size alone; a small file by its content, which is compared in any case. */
function isVeryFile(found: SourceFile, line: RepairLine): boolean {
  if (found.size !== line.size) return false;
  const same = found.mtimeNs === line.mtimeNs && found.inode === line.inode && found.birthtimeNs === line.birthtimeNs;
  return same || line.size <= READ_TO_COMPARE_BYTES;
}

async function upload(
  { dependencies, input, repository, line, limits, signal }: FileRepair,
  home: TabletHome,
  { place, found }: { place: HardLinkPlace; found: SourceFile },
): Promise<NonNullable<RepairOutcome['repaired']>> {
  const { cluster } = repository;
  const folder = layout.repairFolder(line.owner, { at: new Date(input.plannedAt), tag: chainTag(input.chain) });
  const replica = { tablet: line.tablet, peer: input.uuid };
  const [file] = await dependencies.engine.uploadReplica({
    store: lockedStore(dependencies.store, line.lock),
    directory: place.directory,
    within: tabletsRoot(home),
    files: [found],
    keys: {
      data: () => layout.data(cluster, folder, replica, line.path),
      pack: (n, sha16) => layout.pack(cluster, folder, replica, n, sha16),
    },
    limits,
    retry: { retryForMs: dependencies.timing.phaseDeadline },
    signal,
  });
  if (file?.sha256 !== line.sha256) throw new SourceChanged(fullPath(place), 'it was changed while it was read');
  const { object, etag, versionId, offset, size } = file;
  return { size, object: relativeToCluster(cluster, object), etag, objectBytes: size, ...given({ versionId, offset }) };
}
