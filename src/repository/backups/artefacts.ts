import { readChecked } from '../checked-read';
import type { ClusterStore } from '../cluster-store';
import { compress, decompress } from '../gzip';
import { createHashed } from '../hashed-object';
import { layout, type BackupFolder } from '../layout/layout';
import { ARTEFACTS, type ArtefactKind, type ArtefactRef } from './manifest-schema';
import { given } from '../../objects/given';

export interface ArtefactContent extends BackupFolder {
  kind: ArtefactKind;
  content: Buffer | string;
  /** Lines, for a list. */
  count?: number;
}

/** Stores what a restore needs besides tablet files. */
export async function writeArtefact({ store, cluster }: ClusterStore, artefact: ArtefactContent): Promise<ArtefactRef> {
  const { name, extension, compressed } = ARTEFACTS[artefact.kind];
  const content = Buffer.from(artefact.content as string);
  const bytes = compressed ? await compress(content) : content;
  const made = await createHashed(store, (sha16) => layout.artefact(cluster, artefact, name, sha16, extension), bytes);
  const contentBytes = compressed ? { contentBytes: content.length } : {};
  return {
    kind: artefact.kind,
    ...made,
    ...contentBytes,
    ...given({ count: artefact.count }),
  };
}

/** The limit where the size of the content was not recorded: no schema is larger. */
const LARGEST_BYTES = 256 * 1024 * 1024;

/** An artefact's content, its hash checked. */
export async function readArtefact(
  { store }: ClusterStore,
  ref: Pick<ArtefactRef, 'kind' | 'key' | 'sha256'> & Partial<Pick<ArtefactRef, 'size' | 'contentBytes'>>,
): Promise<Buffer> {
  const bytes = await readChecked(store, ref, 'ChecksumMismatch', 'artefact');
  if (!ARTEFACTS[ref.kind].compressed) return bytes;
  return await decompress(bytes, ref.contentBytes ?? LARGEST_BYTES, `${store.location}/${ref.key}`);
}
