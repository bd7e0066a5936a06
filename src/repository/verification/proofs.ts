import { z } from 'zod';
import { given } from '../../objects/given';
import { FOUND, layout, BACKUP_KINDS, type BackupKind, type Found } from '../layout/layout';
import type { ClusterStore } from '../cluster-store';
import { count, sha256 } from '../records/recorded-fields';
import { FORMAT } from '../records/record-schemas';
import { isRepositoryError, RepositoryError } from '../repository-error';
import { readEach, readProved, writeProved, type RecordForm } from '../signing/proved-records';
import { DIGEST_CHARS } from './stored-files';

const instant = z.iso.datetime({ offset: true });
const digest = z.string().regex(/^[0-9A-Za-z_-]{20}$/, 'not a digest (20 characters of base64url)');

/** An object that differs from what was recorded. */
const badFile = z.looseObject({
  digest,
  /** Relative to the cluster's prefix. */
  object: z.string().max(1024),
  offset: count.optional(),
  size: count,
  sha256,
  problem: z.string().max(1000),
});
export type BadFile = z.output<typeof badFile>;

/**
 * What a batch of a verification found of one backup's objects, as digests: a few thousand files take 40 KB, so the
 * proofs of a million files can be read at once.
 */
export const proofRecord = z.looseObject({
  format: z.literal(FORMAT),
  cluster: z.string(),
  /** The owner of the objects. */
  backupId: z.string(),
  kind: z.enum(BACKUP_KINDS).optional(),
  plannedAt: instant,
  /** Identifies the run that read them. */
  tag: z.string().regex(/^[0-9a-f]{1,12}$/),
  n: count,
  workflowId: z.string(),
  found: z.enum(FOUND),
  /** When reading began, by the store's clock. */
  at: instant,
  files: count,
  bytes: count,
  /** Digests of intact files, concatenated. */
  good: z.string().regex(/^(?:[0-9A-Za-z_-]{20})*$/, 'not digests'),
  bad: z.array(badFile),
});
export type ProofRecord = z.output<typeof proofRecord>;

const proofs: RecordForm<ProofRecord> = {
  kind: 'proof',
  schema: proofRecord,
  keysOf: (cluster, one) => (one.cluster === cluster ? [proofKey(cluster, one)] : []),
};

const proofKey = (cluster: string, { kind = 'backup', backupId, plannedAt, tag, n, found }: ProofRecord): string =>
  layout.proof(cluster, kind, backupId, { plannedAt: new Date(plannedAt), tag, n, found });

/** What a batch found of one owner's objects. */
export interface NewProof {
  backupId: string;
  kind: BackupKind;
  plannedAt: string;
  tag: string;
  n: number;
  workflowId: string;
  at: string;
  files: number;
  bytes: number;
  good: string;
  bad: BadFile[];
  /** Some of it was known to be bad before, and no longer is. */
  healed: boolean;
}

/** Records what a batch found. An earlier attempt's record stays, and is what is returned. */
export async function writeProof(repository: ClusterStore, { healed, ...proof }: NewProof): Promise<ProofRecord> {
  const found: Found = proof.bad.length > 0 ? 'bad' : healed ? 'healed' : 'ok';
  const record: ProofRecord = { ...proof, format: FORMAT, cluster: repository.cluster, found };
  return (await writeProved(repository, proofs, proofKey(repository.cluster, record), record)).record;
}

/** What an earlier attempt of a batch recorded, or undefined. */
export async function findProof(
  repository: ClusterStore,
  name: Pick<ProofRecord, 'backupId' | 'plannedAt' | 'tag' | 'n'> & { kind: BackupKind },
): Promise<ProofRecord | undefined> {
  const { kind, backupId, tag, n } = name;
  for (const found of FOUND) {
    const key = layout.proof(repository.cluster, kind, backupId, {
      ...{ plannedAt: new Date(name.plannedAt), tag, n, found },
    });
    try {
      const record = await readProved(repository, proofs, key);
      if (record) return record;
    } catch (error) {
      if (!isRepositoryError(error, 'ManifestInvalid')) throw error; // an unparsable record doesn't count
    }
  }
  return undefined;
}

/** An object that is bad according to the newest record that mentions it. */
export interface KnownBadObject extends BadFile {
  owner: string;
  at: Date;
}

/** What is known of the objects of some backups, by digest; the newest record of each counts. */
export class Proofs {
  private readonly good = new Map<string, number>();
  readonly bad = new Map<string, KnownBadObject>();

  /** Adds a record; they must be added in order of time. */
  add({ good, bad, at, backupId: owner }: Pick<ProofRecord, 'good' | 'bad' | 'at' | 'backupId'>): void {
    const ms = Date.parse(at);
    for (let from = 0; from < good.length; from += DIGEST_CHARS) {
      const one = good.slice(from, from + DIGEST_CHARS);
      this.good.set(one, ms);
      this.bad.delete(one);
    }
    for (const one of bad) {
      this.bad.set(one.digest, { ...one, owner, at: new Date(at) });
      this.good.delete(one.digest);
    }
  }

  /** Whether it was read, and found intact, since then. */
  provedSince(digestOfFile: string, since: Date): boolean {
    const at = this.good.get(digestOfFile);
    return at !== undefined && at >= since.getTime();
  }

  /** When it was last found intact, in milliseconds. */
  provedAt(digestOfFile: string): number | undefined {
    return this.good.get(digestOfFile);
  }
}

/**
 * What is known of the objects of some backups or dumps. Records from before `since` that found everything intact are
 * not read. Untrusted and damaged records do not count.
 */
export async function readProofs(
  repository: ClusterStore,
  {
    kind,
    owners,
    since,
    atMost = Infinity,
  }: { kind: BackupKind; owners: readonly string[]; since: Date; atMost?: number },
): Promise<Proofs> {
  const { store, cluster } = repository;
  const known = new Proofs();
  for (const owner of owners) {
    const prefix = layout.proofs(cluster, kind, owner);
    const keys: string[] = [];
    for await (const { key, lastModified } of store.list(prefix)) {
      const found = /-(ok|bad|healed)\.json$/.exec(key)?.[1];
      if (found === undefined) continue;
      // Records are written after the reading that they describe, so one from before `since` describes an earlier
      // reading.
      if (found === 'ok' && lastModified !== undefined && lastModified < since) continue;
      keys.push(key);
      if (keys.length > atMost)
        throw new RepositoryError(
          'ManifestInvalid',
          `More than ${atMost} records say that objects of ${owner} are damaged; find out who writes to ${store.location}/${prefix}.`,
        );
    }
    const read: ProofRecord[] = [];
    for (let from = 0; from < keys.length; from += BATCH_SIZE) {
      const { records } = await readEach(repository, proofs, keys.slice(from, from + BATCH_SIZE), {
        evenDamaged: true,
      });
      const own = records
        .map(({ record }) => record)
        // Without signatures, nothing else ties a record to this backup.
        .filter(({ backupId, kind: of = 'backup' }) => backupId === owner && of === kind);
      read.push(...own);
    }
    for (const record of inOrder(read)) known.add(record);
  }
  return known;
}

/**
 * In order of time. The store's clock has whole seconds: within one, a run that reads objects again after their repair
 * does so in a later batch, and of two runs nobody knows which was the later one, so that which found something bad
 * counts.
 */
function inOrder(records: readonly ProofRecord[]): ProofRecord[] {
  const runs = new Set(records.filter(({ bad }) => bad.length > 0).map(({ tag }) => tag));
  const foundBad = ({ tag }: ProofRecord): number => Number(runs.has(tag));
  return [...records].sort(
    (a, b) =>
      Date.parse(a.at) - Date.parse(b.at) ||
      Date.parse(a.plannedAt) - Date.parse(b.plannedAt) ||
      foundBad(a) - foundBad(b) ||
      a.tag.localeCompare(b.tag) ||
      a.n - b.n,
  );
}

const BATCH_SIZE = 32;

/** Anyone who may create objects can forge any number, and a backup must not wait until all are read. */
const MAX_BAD_RECORDS = 2_000;

/** Only bad objects, of the backups whose objects a backup needs. Fails if too many records would have to be read. */
export async function knownBadObjects(
  repository: ClusterStore,
  kind: BackupKind,
  owners: readonly string[],
): Promise<ReadonlyMap<string, KnownBadObject>> {
  const { bad } = await readProofs(repository, {
    ...{ kind, owners, since: await repository.store.serverTime(), atMost: MAX_BAD_RECORDS },
  });
  return bad;
}

/** In the form of a record. */
export const toBadFile = (
  digestOfFile: string,
  { object, offset, size, sha256: hash }: { object: string; offset?: number | undefined; size: number; sha256: string },
  problem: string,
): BadFile => ({ digest: digestOfFile, object, ...given({ offset }), size, sha256: hash, problem });
