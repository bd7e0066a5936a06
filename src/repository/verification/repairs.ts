import { z } from 'zod';
import { given } from '../../objects/given';
import type { RecordedFile } from '../../transfer';
import type { ClusterStore } from '../cluster-store';
import { inCluster, layout, ownerOfKey } from '../layout/layout';
import { count, keyOfBackup, sha256 } from '../records/recorded-fields';
import { FORMAT } from '../records/record-schemas';
import { readEach, writeProved, type RecordForm } from '../signing/proved-records';
import { requiresSignatures } from '../signing/trust';
import { digestOf } from './stored-files';

/** A file that was fetched again from the cluster, and where it is now. Keys are relative to the cluster's prefix. */
const repairedFile = z.looseObject({
  /** Of the file as the file lists name it. */
  digest: z.string().regex(/^[0-9A-Za-z_-]{20}$/, 'not a digest (20 characters of base64url)'),
  /** Its original object. */
  of: keyOfBackup,
  size: count,
  sha256,
  object: keyOfBackup,
  etag: z.string(),
  versionId: z.string().optional(),
  /** Where it begins in the object; absent: it is the whole object. */
  offset: count.optional(),
  /** Size of the object. */
  objectBytes: count,
});
export type RepairedFile = z.output<typeof repairedFile>;

const repairRecord = z.looseObject({
  format: z.literal(FORMAT),
  cluster: z.string(),
  /** The backup whose objects were bad. */
  backupId: z.string(),
  repairedAt: z.iso.datetime({ offset: true }),
  /** Identifies the run that fetched them. */
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

/** Records what was fetched of one backup's objects. An earlier attempt's record stays. */
export async function writeRepair(
  repository: ClusterStore,
  repair: Omit<RepairRecord, 'format' | 'cluster'>,
): Promise<RepairRecord> {
  const record = { ...repair, format: FORMAT, cluster: repository.cluster } as RepairRecord;
  return (await writeProved(repository, repairs, repairKey(repository.cluster, record), record)).record;
}

/** Another place of a file: what is needed to read it there. Its key is complete. */
export interface OtherPlace {
  object: string;
  etag: string;
  versionId?: string | undefined;
  offset?: number | undefined;
}

/** The repairs of some backups, by digest. */
export class Repairs {
  private readonly byDigest = new Map<string, (OtherPlace & { objectBytes: number })[]>();

  constructor(private readonly cluster: string) {}

  /** Adds a record; they must be added in order of time. */
  add({ files, backupId }: RepairRecord): void {
    for (const { digest, object, etag, versionId, offset, objectBytes } of files) {
      // A place in another backup's folder would be swept with that backup.
      if (ownerOfKey(object) !== backupId) continue;
      const place = { object: inCluster(this.cluster, object), etag, objectBytes, ...given({ versionId, offset }) };
      this.byDigest.set(digest, [place, ...(this.byDigest.get(digest) ?? [])]);
    }
  }

  /** The latest place of every repaired file, by digest. */
  *newest(): Generator<[string, OtherPlace]> {
    for (const [digest, [place]] of this.byDigest) if (place) yield [digest, place];
  }

  get none(): boolean {
    return this.byDigest.size === 0;
  }

  /** The other places of a file, the latest repair first; SHA-256 and size remain those of the file. */
  placesOf(file: RecordedFile): readonly (OtherPlace & { objectBytes: number })[] {
    return this.none ? [] : (this.byDigest.get(digestOf(this.cluster, file)) ?? []);
  }
}

/**
 * The repairs of some backups' objects, or of all. Untrusted and unparsable records repair nothing and stop nothing;
 * but with `strict`, one that a known key has signed and this version can't parse fails with `ManifestInvalid`, since
 * what it names must not be removed.
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
  // Repairs are rare, so one listing of all is cheaper than one for each backup that is referred to.
  for await (const { key } of store.list(prefix)) {
    const [owner = '', name = ''] = key.slice(prefix.length).split('/');
    if ((wanted?.has(owner) ?? true) && name.endsWith('.json')) keys.push(key);
  }
  if (keys.length === 0) return found;
  const { records } = await readEach(repository, repairs, keys, {
    evenDamaged: !(strict && requiresSignatures(trust)),
  });
  const own = records.filter(({ key, record }) => key.startsWith(layout.repairsOf(cluster, record.backupId)));
  for (const { record } of own.sort((a, b) => Date.parse(a.record.repairedAt) - Date.parse(b.record.repairedAt)))
    found.add(record);
  return found;
}

/** A file with every place where it may be: the latest repair first, its original place last. */
export function placesOf<F extends RecordedFile>(file: F, repaired: readonly OtherPlace[]): F[] {
  return [
    ...repaired.map(({ object, etag, versionId, offset }) => ({ ...file, object, etag, versionId, offset })),
    file,
  ];
}
