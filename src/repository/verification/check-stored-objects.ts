import { isStoreError, runAll, type ObjectStore, type RecordedFile } from '../../transfer';
import type { ClusterStore } from '../cluster-store';
import { relativeToCluster } from '../layout/layout';
import { addTo } from '../../objects/grouped';

/** What a store reports of an object without its bytes. */
interface Seen {
  size: number;
  etag: string;
}

/** Requests at a time. */
const WIDTH = 16;
/** For this many files of one replica or more, a listing is cheaper than single requests. */
const LIST_FROM = 4;

/**
 * Checks files without reading them, and returns problems by their index: `present`: whether they exist; `sizes`: and
 * are the objects that were written. Files of one tablet have a common prefix, so one listing covers all of them; what
 * it does not show is requested singly, since a listing may be late.
 */
export async function checkStoredObjects(
  { store, cluster }: ClusterStore,
  files: readonly RecordedFile[],
  deep: 'present' | 'sizes',
): Promise<Map<number, string>> {
  const problems = new Map<number, string>();
  const groups = new Map<string, { index: number; file: RecordedFile }[]>();
  for (const [index, file] of files.entries()) {
    const folder = folderOf(cluster, file.object);
    addTo(groups, folder, { index, file });
  }
  await runAll([...groups], WIDTH, new AbortController(), async ([folder, group]) => {
    const listed = new Map<string, Seen>();
    if (group.length >= LIST_FROM)
      for await (const { key, size, etag } of store.list(folder)) listed.set(key, { size, etag });
    const heads = new Map<string, Seen | undefined>();
    for (const { index, file } of group) {
      const seen = listed.get(file.object);
      if (seen !== undefined && problemOf(file, seen, deep) === undefined) continue;
      const name = `${file.object} ${file.versionId ?? ''}`;
      if (!heads.has(name)) heads.set(name, await headOf(store, file));
      const problem = problemOf(file, heads.get(name), deep);
      if (problem !== undefined) problems.set(index, problem);
    }
  });
  return problems;
}

async function headOf(store: ObjectStore, { object, versionId }: RecordedFile): Promise<Seen | undefined> {
  try {
    return await store.head(object, { versionId });
  } catch (error) {
    if (isStoreError(error, 'missing') && error.code !== 'NoSuchBucket') return undefined;
    throw error;
  }
}

function problemOf(file: RecordedFile, seen: Seen | undefined, deep: 'present' | 'sizes'): string | undefined {
  if (seen === undefined) return 'it is missing';
  if (deep === 'present') return undefined;
  const { offset, size, etag } = file;
  if (offset === undefined ? seen.size !== size : seen.size < offset + size)
    return `it has ${seen.size} bytes, expected ${offset === undefined ? size : `at least ${offset + size}`}`;
  return etag !== undefined && plain(etag) !== plain(seen.etag)
    ? `the object was replaced: expected ETag ${plain(etag)}, found ${plain(seen.etag)}`
    : undefined;
}

/** Some stores list ETags without their quotes. */
const plain = (etag: string): string => etag.replaceAll('"', '');

/** The prefix of a replica's files; for an object that belongs to no tablet, its own key. */
function folderOf(cluster: string, object: string): string {
  const parts = relativeToCluster(cluster, object).split('/');
  const replica = parts[0] === 'backups' && (parts[3] === 'data' || parts[3] === 'packs') && parts.length > 5;
  return replica ? object.slice(0, object.length - parts.slice(5).join('/').length) : object;
}
