import type { ClusterStore } from '../cluster-store';
import { relativeToCluster, ownerOfKey } from '../layout/layout';
import {
  LISTS,
  type ManifestHeader,
  type HeaderWithoutLists,
  type SegmentLine,
  type SegmentRef,
} from './manifest-schema';
import { isRepositoryError, RepositoryError } from '../repository-error';
import { ownerProblem } from './completeness';
import { listProblem } from './list-problem';
import { readSegment } from './segments';

/**
 * Why a header, with keys relative to the cluster, is inconsistent, or undefined. A hash proves that it is the
 * requested one, not that it makes sense: anyone who may create objects can write one. Lists that are in artefacts are
 * judged by `listsProblem` once they are read.
 */
export function headerProblem(header: HeaderWithoutLists): string | undefined {
  const { tables, tablets, segments, artefacts, totals } = header;
  if (segments.length === 0) return 'it names no tables or no files';
  const twice =
    firstTwice([...segments, ...artefacts].map(({ key }) => key)) ??
    firstTwice(artefacts.map(({ kind }) => kind)) ??
    firstTwice(header.refersTo.map(({ backupId }) => backupId));
  if (twice !== undefined) return `it names ${twice} twice`;
  if (header.refersTo.some(({ backupId }) => backupId === header.backupId)) return 'it refers to itself';
  const owners = ownersOf(header);
  const foreign = [...segments, ...artefacts].find(({ key }) => !isOf(owners, key));
  if (foreign !== undefined) return `${foreign.key} belongs to none of the backups that it refers to`;
  const files = segments.reduce((sum, one) => sum + one.files, 0);
  const bytes = segments.reduce((sum, one) => sum + one.bytes, 0);
  if (files !== totals.files || bytes !== totals.bytes)
    return `its file lists have ${files} files and ${bytes} bytes, its totals say ${totals.files} and ${totals.bytes}`;
  const referred = header.refersTo.reduce((sum, one) => sum + one.bytes, 0);
  if (referred !== totals.reusedBytes || totals.uploadedBytes + totals.reusedBytes !== totals.bytes)
    return `of its ${totals.bytes} bytes ${totals.uploadedBytes} are new and ${totals.reusedBytes} of earlier backups, of which it names ${referred}`;
  const missing = LISTS.find((kind) => header[kind] === undefined && !artefacts.some((one) => one.kind === kind));
  if (missing !== undefined) return `it has no ${missing}`;
  return listsProblem({ tables, tablets, segments, totals });
}

/** The same of its tables and tablets, as far as they are known. */
export function listsProblem({
  tables,
  tablets,
  segments,
  totals,
}: Pick<HeaderWithoutLists, 'tables' | 'tablets' | 'segments' | 'totals'>): string | undefined {
  if (tables?.length === 0 || tablets?.length === 0) return 'it names no tables or no files';
  const twice = firstTwice((tables ?? []).map(({ id }) => id)) ?? firstTwice((tablets ?? []).map(({ id }) => id));
  if (twice !== undefined) return `it names ${twice} twice`;
  if (tablets === undefined) return undefined;
  const unlisted = tablets.find(({ list = 0 }) => list >= segments.length);
  if (unlisted !== undefined)
    return `tablet ${unlisted.id} is said to be in list ${unlisted.list} of ${segments.length}`;
  return tablets.length === totals.tablets
    ? undefined
    : `it names ${tablets.length} tablets, its totals say ${totals.tablets}`;
}

/** Told of a file list that is missing or damaged; what it names is skipped. */
export type OnUnreadable = (list: SegmentRef, why: string) => void;

/**
 * Every file of a backup, one file list in memory at a time. Together the lists must match the header: each tablet
 * once, from one replica, no duplicates, and no object of a backup that it does not refer to. Fails with
 * `ManifestInvalid`, also if a list can't be read and there is no `onUnreadable` to tell.
 */
export async function* readFilesOf(
  repository: ClusterStore,
  header: ManifestHeader,
  onUnreadable?: OnUnreadable,
): AsyncGenerator<SegmentLine> {
  const peers = new Map(header.tablets.map(({ id, peer }) => [id, peer]));
  const owners = ownersOf(header);
  const refuse = (problem: string): RepositoryError =>
    new RepositoryError(
      'ManifestInvalid',
      `The file lists of ${header.backupId} are not what its manifest names: ${problem}. Use another backup, and find out who wrote to the bucket.`,
    );
  const listed = new Set<string>();
  let unreadable = 0;
  for (const ref of header.segments) {
    const lines = await readSegment(repository, ref).catch((error: unknown) => {
      if (onUnreadable === undefined || !isRepositoryError(error, 'ManifestInvalid')) throw error;
      onUnreadable(ref, error.message);
      return undefined;
    });
    if (lines === undefined) {
      unreadable += 1;
      continue;
    }
    const wrong = listProblem(lines);
    if (wrong !== undefined) throw refuse(wrong);
    const here = new Set<string>();
    for (const line of lines) {
      const peer = peers.get(line.tablet);
      if (peer === undefined) throw refuse(`tablet ${line.tablet} does not belong to it`);
      if (peer !== line.peer) throw refuse(`tablet ${line.tablet} has files of another replica, ${line.peer}`);
      if (listed.has(line.tablet)) throw refuse(`tablet ${line.tablet} is in two lists`);
      if (!isOf(owners, relativeToCluster(repository.cluster, line.object)))
        throw refuse(`${line.object} is an object of a backup that it does not refer to`);
      here.add(line.tablet);
    }
    const other = ownerProblem(lines, { cluster: repository.cluster, backupId: header.backupId });
    if (other !== undefined) throw refuse(other);
    for (const tablet of here) listed.add(tablet);
    yield* lines;
  }
  if (unreadable > 0) return;
  const missing = header.tablets.find(({ id }) => !listed.has(id));
  if (missing) throw refuse(`tablet ${missing.id} has no file`);
}

/** The backups whose objects a backup may name: itself, and those that it refers to. */
const ownersOf = ({ backupId, refersTo }: HeaderWithoutLists): ReadonlySet<string> =>
  new Set([backupId, ...refersTo.map((one) => one.backupId)]);

const isOf = (owners: ReadonlySet<string>, key: string): boolean => owners.has(ownerOfKey(key));

function firstTwice(names: readonly string[]): string | undefined {
  const seen = new Set<string>();
  return names.find((name) => seen.size === seen.add(name).size);
}
