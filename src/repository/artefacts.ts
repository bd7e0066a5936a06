import { readChecked } from './checked-read';
import type { ClusterStore } from './cluster-store';
import { compress, decompress } from './gzip';
import { createHashed } from './hashed-object';
import { layout, type BackupFolder } from './layout';
import { ARTEFACTS, type ArtefactKind, type ArtefactRef } from './manifest-schema';

export interface ArtefactContent extends BackupFolder {
  kind: ArtefactKind;
  content: Buffer | string;
  /** Lines, where it is a list. */
  count?: number;
}

/** Keeps what the restore needs beside tablets. */
export async function writeArtefact({ store, cluster }: ClusterStore, artefact: ArtefactContent): Promise<ArtefactRef> {
  const { name, extension, compressed } = ARTEFACTS[artefact.kind];
  const content = Buffer.from(artefact.content as string);
  const bytes = compressed ? await compress(content) : content;
  const made = await createHashed(store, (sha16) => layout.artefact(cluster, artefact, name, sha16, extension), bytes);
  return { kind: artefact.kind, ...made, ...(artefact.count === undefined ? {} : { count: artefact.count }) };
}

/** Its content, after the hash was checked. */
export async function readArtefact(
  { store }: ClusterStore,
  ref: Pick<ArtefactRef, 'kind' | 'key' | 'sha256'>,
): Promise<Buffer> {
  const bytes = await readChecked(store, ref, 'ChecksumMismatch', 'artefact');
  return ARTEFACTS[ref.kind].compressed ? decompress(bytes) : bytes;
}
