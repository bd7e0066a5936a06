import type { ClusterStore } from '../cluster-store';
import { layout, type BackupKind } from '../layout/layout';
import { reasonOf, recordFolders, recordsOf, removeUnder, type Removing } from './removal';

/**
 * Removes what was written of a backup or dump after it was swept, by a process that had been held up for so long (a
 * paused machine): ids never come again, so nothing needs it, and it would stay for ever. Returns what can't go yet.
 * It is found by listings of the records, and of folders without what is in them.
 */
export async function removeLate(
  repository: ClusterStore,
  swept: readonly { kind: BackupKind; id: string }[],
  removing: Removing,
): Promise<{ id: string; because: string }[]> {
  const waiting: { id: string; because: string }[] = [];
  for (const kind of ['backup', 'dump'] as const) {
    const ids = new Set(swept.filter((one) => one.kind === kind).map(({ id }) => id));
    if (ids.size === 0) continue;
    for (const id of await writtenTo(repository, kind, ids)) {
      const { cluster, store } = repository;
      const folder = layout.folderOf(cluster, kind, id);
      for (const { key, uploadId } of await store.listMultipartUploads(folder))
        await store.abortMultipart(key, uploadId);
      for (const prefix of [folder, ...recordsOf(cluster, kind, id)]) {
        const [left] = await removeUnder(repository, prefix, new Set(), removing);
        if (left) waiting.push({ id, because: `written after it was swept: ${await reasonOf(store, left)}` });
      }
    }
  }
  return waiting;
}

/** Those of which something stands there. */
async function writtenTo(
  { store, cluster }: ClusterStore,
  kind: BackupKind,
  ids: ReadonlySet<string>,
): Promise<Set<string>> {
  const found = new Set<string>();
  const look = (name: string): void => {
    // A name may be read in two ways: a database may be called as a backup is.
    for (const { index, 0: tag } of name.matchAll(TAG)) {
      const id = name.slice(0, index + tag.length);
      if (ids.has(id)) found.add(id);
    }
  };
  const folders = layout.folders(cluster, kind);
  for await (const folder of store.folders(folders)) look(folder.slice(folders.length));
  for (const prefix of recordFolders(cluster, kind))
    for await (const { key } of store.list(prefix)) look(key.slice(prefix.length));
  return found;
}

/** How ids end, wherever one stands in a name. */
const TAG = /-[0-9a-f]{6}(?=[./-]|$)/g;
