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
const digest = z.string().regex(/^[0-9A-Za-z_-]{20}$/, 'no digest (20 characters of base64url)');

/** Something that is not as it was recorded. */
const badFile = z.looseObject({
  digest,
  /** Below the cluster's prefix. */
  object: z.string().max(1024),
  offset: count.optional(),
  size: count,
  sha256,
  problem: z.string().max(1000),
});
export type BadFile = z.output<typeof badFile>;

/**
 * What a batch of a verification has found of one backup's objects, by digests: some thousand files are 40 KB, so that
 * what is known of a million files is read at once.
 */
export const proofRecord = z.looseObject({
  format: z.literal(FORMAT),
  cluster: z.string(),
  /** Whose objects they are. */
  backupId: z.string(),
  kind: z.enum(BACKUP_KINDS).optional(),
  plannedAt: instant,
  /** Of the run that read them. */
  tag: z.string().regex(/^[0-9a-f]{1,12}$/),
  n: count,
  workflowId: z.string(),
  found: z.enum(FOUND),
  /** When the reading began, by the store's clock. */
  at: instant,
  files: count,
  bytes: count,
  /** Digests of what is as it was recorded, one behind the other. */
  good: z.string().regex(/^(?:[0-9A-Za-z_-]{20})*$/, 'no digests'),
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

/** What a batch has found of one owner's objects. */
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
  /** Something of it was known to be bad before, and is no more. */
  healed: boolean;
}

/** Writes what a batch has found. What an attempt before this one has written stays, and is what is returned. */
export async function writeProof(repository: ClusterStore, { healed, ...proof }: NewProof): Promise<ProofRecord> {
  const found: Found = proof.bad.length > 0 ? 'bad' : healed ? 'healed' : 'ok';
  const record: ProofRecord = { ...proof, format: FORMAT, cluster: repository.cluster, found };
  return (await writeProved(repository, proofs, proofKey(repository.cluster, record), record)).record;
}

/** What an earlier attempt of a batch has written, or undefined. */
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
      if (!isRepositoryError(error, 'ManifestInvalid')) throw error; // nobody answers for it, so it is none
    }
  }
  return undefined;
}

/** Something that is bad by the newest record that speaks of it. */
export interface KnownBad extends BadFile {
  owner: string;
  at: Date;
}

/** What is known of the objects of some backups, by digest; of each the newest record counts. */
export class Proofs {
  private readonly good = new Map<string, number>();
  readonly bad = new Map<string, KnownBad>();

  /** Adds a record; they must come in order of time. */
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

  /** Whether it was read, and found as it was recorded, since then. */
  provedSince(digestOfFile: string, since: Date): boolean {
    const at = this.good.get(digestOfFile);
    return at !== undefined && at >= since.getTime();
  }

  /** When it was last found as it was recorded, in milliseconds. */
  provedAt(digestOfFile: string): number | undefined {
    return this.good.get(digestOfFile);
  }
}

/**
 * What is known of the objects of some backups or dumps. Of what was only found right, records from before `since` are
 * not read. Records that nobody answers for, or that are damaged, do not count.
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
      // Written after it was read, so what was written before `since` was read before it.
      if (found === 'ok' && lastModified !== undefined && lastModified < since) continue;
      keys.push(key);
      if (keys.length > atMost)
        throw new RepositoryError(
          'ManifestInvalid',
          `More than ${atMost} records say that objects of ${owner} are damaged; find out who writes to ${store.location}/${prefix}.`,
        );
    }
    const read: ProofRecord[] = [];
    for (let from = 0; from < keys.length; from += AT_A_TIME) {
      const { records } = await readEach(repository, proofs, keys.slice(from, from + AT_A_TIME), {
        evenDamaged: true,
      });
      const own = records
        .map(({ record }) => record)
        // Without signatures nothing else says that a record is of this backup.
        .filter(({ backupId, kind: of = 'backup' }) => backupId === owner && of === kind);
      read.push(...own);
    }
    for (const record of read.sort(inOrder)) known.add(record);
  }
  return known;
}

/** The store's clock tells seconds: what a run has read again after it was repaired is a later batch. */
const inOrder = (a: ProofRecord, b: ProofRecord): number =>
  Date.parse(a.at) - Date.parse(b.at) || Date.parse(a.plannedAt) - Date.parse(b.plannedAt) || a.n - b.n;

const AT_A_TIME = 32;

/** Whoever may create objects can forge as many as they like, and a backup does not wait until all are read. */
const BAD_RECORDS_AT_MOST = 2_000;

/** Only what is bad, of the backups whose objects a backup needs. Fails where too many records would have to be read. */
export async function knownBad(
  repository: ClusterStore,
  kind: BackupKind,
  owners: readonly string[],
): Promise<ReadonlyMap<string, KnownBad>> {
  const { bad } = await readProofs(repository, {
    ...{ kind, owners, since: await repository.store.serverTime(), atMost: BAD_RECORDS_AT_MOST },
  });
  return bad;
}

/** For a record. */
export const badFileOf = (
  digestOfFile: string,
  { object, offset, size, sha256: hash }: { object: string; offset?: number | undefined; size: number; sha256: string },
  problem: string,
): BadFile => ({ digest: digestOfFile, object, ...given({ offset }), size, sha256: hash, problem });
