import { join } from 'node:path';
import { hashFile, type ObjectStore, type SourceFile } from '../../transfer';
import {
  relativeToCluster,
  chooseFiles,
  digestOf,
  getWorkList,
  isRepositoryError,
  ownerOfKey,
  extendLocks,
  readSegment,
  type ChosenFiles,
  type ClusterStore,
  type RequestedLock,
  type OtherPlace,
  type SegmentLine,
} from '../../repository';
import type { Batch, ReuseProblems } from '../internal-types';
import { knownListLine } from '../work-lines';
import type { SnapshotPlace } from './snapshot-files';

/** Named in a warning; the number covers all. */
const MAX_NAMED = 5;

/**
 * Files that earlier backups have of a batch's tablets, for this node's replicas. If they can't be read that costs an
 * upload, never the backup; `problems` says so.
 */
export class KnownFiles {
  readonly problems: ReuseProblems = { gone: 0, goneFrom: [], unreadable: [], withoutBirthTimes: false };

  private constructor(
    private readonly repository: ClusterStore,
    private readonly byTablet: ReadonlyMap<string, ReadonlyMap<string, SegmentLine>>,
    private readonly found: {
      /** Keys of objects that must not be referred to. */
      bad: ReadonlySet<string>;
      /** The new places of files that were fetched again. */
      elsewhere: ReadonlyMap<SegmentLine, OtherPlace>;
    },
  ) {}

  static async read(
    repository: ClusterStore,
    batch: Batch,
    tablets: ReadonlySet<string>,
    peer: string,
  ): Promise<KnownFiles> {
    const byTablet = new Map<string, Map<string, SegmentLine>>();
    const unreadable: string[] = [];
    const lists = batch.known === undefined ? [] : await getWorkList(repository, batch.known, knownListLine);
    const repaired = new Map(
      lists.flatMap((list) => (list.repaired ?? []).map(({ digest, ...place }) => [digest, place])),
    );
    const elsewhere = new Map<SegmentLine, OtherPlace>();
    for (const list of lists) {
      try {
        for (const line of await readSegment(repository, list)) {
          if (line.peer !== peer || !tablets.has(line.tablet)) continue;
          const place = repaired.size === 0 ? undefined : repaired.get(digestOf(repository.cluster, line));
          if (place !== undefined) elsewhere.set(line, place);
          const files = byTablet.get(line.tablet) ?? new Map<string, SegmentLine>();
          byTablet.set(line.tablet, files.set(line.path, line));
        }
      } catch (error) {
        if (!isRepositoryError(error)) throw error;
        unreadable.push(error.message);
      }
    }
    const bad = new Set(lists.flatMap((list) => list.bad ?? []));
    const known = new KnownFiles(repository, byTablet, { bad, elsewhere });
    known.problems.unreadable.push(...unreadable.slice(0, MAX_NAMED));
    return known;
  }

  /**
   * Which files of a replica are already in the bucket. Recorded ones are looked up there, so that no manifest names a
   * missing object. `locks`: referenced objects stay locked for as long as this backup needs them.
   */
  async choose(
    tablet: string,
    place: SnapshotPlace,
    files: readonly SourceFile[],
    { signal, locks }: { signal: AbortSignal; locks?: RequestedLock },
  ): Promise<ChosenFiles> {
    const written = this.byTablet.get(tablet);
    if (written === undefined) return { reused: [], upload: [...files], missing: [] };
    const { store, cluster } = this.repository;
    const known = this.asRepaired(written);
    const objects = await objectsOf(store, known.values(), signal);
    const chosen = await chooseFiles({
      files,
      known,
      objectOf: (key) => (this.found.bad.has(key) ? undefined : objects.get(key)),
      hashOf: async ({ path }) => (await hashFile(join(place.directory, path), place.within, signal)).sha256,
      ownerOf: (key) => ownerOfKey(relativeToCluster(cluster, key)),
    });
    this.addProblems(chosen, files);
    return locks === undefined ? chosen : await this.keepLocked(chosen, files, locks);
  }

  private async keepLocked(
    chosen: ChosenFiles,
    files: readonly SourceFile[],
    wanted: RequestedLock,
  ): Promise<ChosenFiles> {
    const { kept, upload, refused } = await extendLocks(this.repository.store, chosen.reused, wanted);
    const { unreadable } = this.problems;
    if (refused !== undefined && unreadable.length < MAX_NAMED)
      unreadable.push(`what they hold could not be locked for longer: ${refused}`);
    const paths = new Set(upload.map(({ path }) => path));
    return { ...chosen, reused: kept, upload: [...chosen.upload, ...files.filter(({ path }) => paths.has(path))] };
  }

  /** A file that was fetched again is referred to at its new place. */
  private asRepaired(written: ReadonlyMap<string, SegmentLine>): ReadonlyMap<string, SegmentLine> {
    const { bad, elsewhere } = this.found;
    if (elsewhere.size === 0) return written;
    return new Map(
      [...written].map(([path, line]) => {
        const place = elsewhere.get(line);
        if (place === undefined || bad.has(line.object)) return [path, line];
        // The lock of the replaced object does not apply.
        const { versionId: _version, offset: _offset, lockedUntil: _until, lockMode: _mode, ...file } = line;
        return [path, { ...file, ...place }];
      }),
    );
  }

  private addProblems({ missing: gone }: ChosenFiles, files: readonly SourceFile[]): void {
    const { problems } = this;
    problems.gone += gone.length;
    for (const { object } of gone) {
      const owner = ownerOfKey(relativeToCluster(this.repository.cluster, object));
      if (!problems.goneFrom.includes(owner) && problems.goneFrom.length < MAX_NAMED) problems.goneFrom.push(owner);
    }
    if (files.some(({ birthtimeNs }) => birthtimeNs === '0')) problems.withoutBirthTimes = true;
  }
}

/** Folders of replicas: `clusters/<cluster>/backups/<backup>/<snapshot>/data|packs/<tablet>.<tserver>/`. */
const FOLDER_PARTS = 7;

/** Objects of the replica in the folders of its known files: one listing covers a thousand of them. */
async function objectsOf(
  store: ObjectStore,
  lines: Iterable<SegmentLine>,
  signal: AbortSignal,
): Promise<Map<string, { size: number; etag: string }>> {
  const folders = new Set<string>();
  for (const { object } of lines) folders.add(`${object.split('/').slice(0, FOLDER_PARTS).join('/')}/`);
  const objects = new Map<string, { size: number; etag: string }>();
  for (const folder of folders)
    for await (const { key, size, etag } of store.list(folder, { signal })) objects.set(key, { size, etag });
  return objects;
}
