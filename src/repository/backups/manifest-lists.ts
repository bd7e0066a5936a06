import type { z } from 'zod';
import { textLines } from '../../untrusted';
import { jsonLine } from '../canonical-json';
import { readChecked } from '../checked-read';
import type { ClusterStore } from '../cluster-store';
import { decompress } from '../gzip';
import { parseRecord } from '../records/records';
import { writeArtefact } from './artefacts';
import {
  LISTS,
  tableEntry,
  tabletEntry,
  type ArtefactRef,
  type ListKind,
  type ManifestHeader,
  type HeaderWithoutLists,
} from './manifest-schema';

/**
 * A manifest that names more tables and tablets than this has them in artefacts of their own: it stays small however
 * large the database, so that listing thousands of backups reads little.
 */
const MOST_INSIDE = 100;

/** Writes tables and tablets as artefacts if there are many, and returns the manifest without them. */
export async function withListsApart(repository: ClusterStore, header: ManifestHeader): Promise<HeaderWithoutLists> {
  if (header.tables.length + header.tablets.length <= MOST_INSIDE) return header;
  const { tables, tablets, ...rest } = header;
  const { backupId, snapshotId } = header;
  const write = async (kind: ListKind, entries: readonly object[]): Promise<ArtefactRef> =>
    await writeArtefact(repository, {
      ...{ backupId, snapshotId, kind, count: entries.length },
      content: entries.map(jsonLine).join(''),
    });
  const lists = [await write('tables', tables), await write('tablets', tablets)];
  return { ...rest, artefacts: [...header.artefacts, ...lists] };
}

/** The manifest with its tables and tablets, wherever they are. Keys are complete. */
export async function withListsOf(repository: ClusterStore, header: HeaderWithoutLists): Promise<ManifestHeader> {
  const [tables, tablets] = await Promise.all([
    header.tables ?? readList(repository, header, 'tables', tableEntry),
    header.tablets ?? readList(repository, header, 'tablets', tabletEntry),
  ]);
  return { ...header, tables, tablets };
}

/** The artefacts without those that only continue the manifest. */
export const withoutLists = (artefacts: readonly ArtefactRef[]): ArtefactRef[] =>
  artefacts.filter(({ kind }) => !LISTS.some((list) => list === kind));

/** A list of 100,000 tablets is about 20 MB; whatever a manifest says, no list is larger. */
const LARGEST_BYTES = 256 * 1024 * 1024;

async function readList<T>(
  repository: ClusterStore,
  { artefacts }: HeaderWithoutLists,
  kind: ListKind,
  entry: z.ZodType<T>,
): Promise<T[]> {
  const ref = artefacts.find((one) => one.kind === kind);
  if (ref === undefined) return []; // refused as inconsistent when it was parsed
  const where = `${repository.store.location}/${ref.key}`;
  const bytes = await readChecked(repository.store, ref, 'ManifestInvalid', `list of ${kind}`);
  const content = await decompress(bytes, Math.min(ref.contentBytes ?? LARGEST_BYTES, LARGEST_BYTES), where);
  return Array.from(textLines(content), (line) => parseRecord(entry, line, where));
}
