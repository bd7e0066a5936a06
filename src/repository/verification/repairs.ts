import { z } from 'zod';
import { given } from '../../objects/given';
import type { RecordedFile } from '../../transfer';
import type { ClusterStore } from '../cluster-store';
import { inCluster, layout, ownerOfKey } from '../layout/layout';
import { count, keyOfBackup, sha256 } from '../records/recorded-fields';
import { FORMAT } from '../records/record-schemas';
import { readEach, writeProved, type RecordForm } from '../signing/proved-records';
import { asksForSignatures } from '../signing/trust';
import { digestOf } from './stored-files';

/** A file that was fetched anew from the cluster, and where it stands now. Keys are below the cluster's prefix. */
const repairedFile = z.looseObject({
  /** Of the file as the file lists name it. */
  digest: z.string().regex(/^[0-9A-Za-z_-]{20}$/, 'no digest (20 characters of base64url)'),
  /** Where it stood. */
  of: keyOfBackup,
  size: count,
  sha256,
  object: keyOfBackup,
  etag: z.string(),
  versionId: z.string().optional(),
  /** Where it begins in the object; absent: it is the whole object. */
  offset: count.optional(),
  /** Of the object. */
  objectBytes: count,
});
export type RepairedFile = z.output<typeof repairedFile>;

const repairRecord = z.looseObject({
  format: z.literal(FORMAT),
  cluster: z.string(),
  /** Whose objects were bad. */
  backupId: z.string(),
  repairedAt: z.iso.datetime({ offset: true }),
  /** Of the run that fetched them. */
  tag: z.string().regex(/^[0-9a-f]{1,12}$/),
  n: count,
  workflowId: z.string(),
  files: z.array(repairedFile),
});
export type RepairRecord = z.output<typeof repairRecord>;

const repairs: RecordForm<RepairRecord> = {
  kind: 'repair',
  schema: repairRecord,
  keysOf: (cluster, one) => (one.cluster === cluster ? [repairKey(cluster, one)] : []),
};

const repairKey = (cluster: string, { backupId, repairedAt, tag, n }: RepairRecord): string =>
  layout.repair(cluster, backupId, { at: new Date(repairedAt), tag, n });

/** Records what was fetched of one backup's objects. What an attempt before this one has written stays. */
export async function writeRepair(
  repository: ClusterStore,
  repair: Omit<RepairRecord, 'format' | 'cluster'>,
): Promise<RepairRecord> {
  const record = { ...repair, format: FORMAT, cluster: repository.cluster } as RepairRecord;
  return (await writeProved(repository, repairs, repairKey(repository.cluster, record), record)).record;
}

/** Where else a file stands: what a reader needs to read it there. Its key is complete. */
export interface OtherPlace {
  object: string;
  etag: string;
  versionId?: string | undefined;
  offset?: number | undefined;
}

/** What was repaired of some backups, by digest. */
export class Repairs {
  private readonly byDigest = new Map<string, (OtherPlace & { objectBytes: number })[]>();

  constructor(private readonly cluster: string) {}

  /** Adds a record; they must come in order of time. */
  add({ files, backupId }: RepairRecord): void {
    for (const { digest, object, etag, versionId, offset, objectBytes } of files) {
      // What stood elsewhere would be swept with another backup.
      if (ownerOfKey(object) !== backupId) continue;
      const place = { object: inCluster(this.cluster, object), etag, objectBytes, ...given({ versionId, offset }) };
      this.byDigest.set(digest, [place, ...(this.byDigest.get(digest) ?? [])]);
    }
  }

  /** Of every file that was repaired, by digest, where it was fetched to last. */
  *newest(): Generator<[string, OtherPlace]> {
    for (const [digest, [place]] of this.byDigest) if (place) yield [digest, place];
  }

  get none(): boolean {
    return this.byDigest.size === 0;
  }

  /** Where else a file stands, what was fetched last first; the SHA-256 and size are those of the file all the same. */
  placesOf(file: RecordedFile): readonly (OtherPlace & { objectBytes: number })[] {
    return this.none ? [] : (this.byDigest.get(digestOf(this.cluster, file)) ?? []);
  }
}

/**
 * What was repaired of the objects of some backups, or of all. A record that nobody answers for, or that no one can understand,
 * repairs nothing and stops nothing; where records are signed, one that a known key has signed and this version does not
 * understand fails with `ManifestInvalid` if `strict` is set, since what it names must not be removed.
 */
export async function readRepairs(
  repository: ClusterStore,
  owners: readonly string[] | 'all',
  { strict = false }: { strict?: boolean } = {},
): Promise<Repairs> {
  const { store, cluster, trust } = repository;
  const found = new Repairs(cluster);
  const wanted = owners === 'all' ? undefined : new Set(owners);
  const prefix = layout.repairs(cluster);
  const keys: string[] = [];
  // Repairs are few, so one listing of all is less than one for each backup that is referred to.
  for await (const { key } of store.list(prefix)) {
    const [owner = '', name = ''] = key.slice(prefix.length).split('/');
    if ((wanted?.has(owner) ?? true) && name.endsWith('.json')) keys.push(key);
  }
  if (keys.length === 0) return found;
  const { records } = await readEach(repository, repairs, keys, { evenDamaged: !(strict && asksForSignatures(trust)) });
  const own = records.filter(({ key, record }) => key.startsWith(layout.repairsOf(cluster, record.backupId)));
  for (const { record } of own.sort((a, b) => Date.parse(a.record.repairedAt) - Date.parse(b.record.repairedAt)))
    found.add(record);
  return found;
}

/** A file with every place where it may stand: what was fetched anew first, where it was written at first last. */
export function placesOf<F extends RecordedFile>(file: F, repaired: readonly OtherPlace[]): F[] {
  return [
    ...repaired.map(({ object, etag, versionId, offset }) => ({ ...file, object, etag, versionId, offset })),
    file,
  ];
}
