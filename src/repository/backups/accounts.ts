import { z } from 'zod';
import type { ClusterStore } from '../cluster-store';
import { dumpManifest } from '../dumps/dump-schema';
import { readDump } from '../dumps/dumps';
import { layout, type BackupKind } from '../layout/layout';
import type { SummarizedBackup } from '../records/record-schemas';
import { parseRecord } from '../records/records';
import { isRepositoryError } from '../repository-error';
import { referencesOf } from '../retention/references';
import { openEnvelope } from '../signing/envelope';
import { readFacts, SMALL_BYTES } from './manifest-facts';
import { manifestHeader } from './manifest-schema';
import { readWithoutLists } from './manifests';

/** What a backup or dump holds, and whose objects it needs. */
export interface Account {
  /** Including objects of other backups: what a restore reads. */
  bytes: number;
  /** Bytes of its own objects. */
  ownBytes: number;
  label: string | undefined;
  refersTo: { id: string; bytes: number }[];
}

/** Built once: building a schema for each of thousands of records costs more than reading them. */
const accountFacts = manifestHeader.pick({
  ...{ format: true, backupId: true, cluster: true, label: true, totals: true, refersTo: true },
});

/** The same from a summary. */
export const accountOf = ({ bytes, uploadedBytes: ownBytes, label, refersTo }: SummarizedBackup): Account => ({
  ...{ bytes, ownBytes, label, refersTo },
});

/** What a list shows of a dump's manifest. */
export const factsOfDump = (dumpId: string, cluster: string) =>
  dumpManifest.pick({ format: true, totals: true }).extend({ dumpId: z.literal(dumpId), cluster: z.literal(cluster) });

/** What a committed backup or dump holds, whoever signed its manifest; undefined if that is damaged or gone. */
export async function readAccount(
  { store, cluster }: ClusterStore,
  { kind, id, manifestBytes }: { kind: BackupKind; id: string; manifestBytes: number },
): Promise<Account | undefined> {
  const unsigned = { store, cluster };
  try {
    if (kind === 'dump') {
      const { totals } = await readFacts(
        unsigned,
        { kind: 'dump-manifest', key: layout.dumpManifest(cluster, id), bytes: manifestBytes },
        factsOfDump(id, cluster),
        async () => (await readDump(unsigned, id)).manifest,
      );
      return { bytes: totals.bytes, ownBytes: totals.bytes, label: undefined, refersTo: [] };
    }
    const key = layout.manifest(cluster, id);
    const whole = async () => (await readWithoutLists(unsigned, id)).header;
    const header = await readFacts(unsigned, { kind: 'manifest', key, bytes: manifestBytes }, accountFacts, async () =>
      // Of thousands of small manifests, only the fields that are shown are read.
      manifestBytes <= SMALL_BYTES
        ? parseRecord(accountFacts, openEnvelope(await store.read(key, { atMost: SMALL_BYTES }), key).payload, key)
        : await whole(),
    );
    if (header.backupId !== id || header.cluster !== cluster) return undefined;
    const { bytes, uploadedBytes: ownBytes } = header.totals;
    return { bytes, ownBytes, label: header.label, refersTo: referencesOf(header) };
  } catch (error) {
    if (isRepositoryError(error, 'ManifestInvalid') || isRepositoryError(error, 'NotFound')) return undefined;
    throw error;
  }
}
