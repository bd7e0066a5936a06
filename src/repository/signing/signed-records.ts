import { isStoreError, sha256Of } from '../../transfer';
import type { ClusterStore } from '../cluster-store';
import { readLimited, readTwice } from '../records/records';
import { isRepositoryError, RepositoryError } from '../repository-error';
import { envelopeBytes, openEnvelope, type Envelope } from './envelope';
import { ownOr } from './name-taken';
import {
  requiresSignatures,
  verifySignature,
  signaturesOf,
  TRUSTS_EVERYBODY,
  Untrusted,
  type SignedKind,
  type Trust,
} from './trust';

const KIB = 1024;
const MIB = 1024 * KIB;

/**
 * No genuine record is larger: a manifest has its long lists in artefacts, a dump's does not; an operation's input and
 * result are limited by Temporal. Larger ones are refused before they are read.
 */
const LARGEST_BYTES: Record<SignedKind, number> = {
  manifest: 64 * MIB,
  'dump-manifest': 64 * MIB,
  'dump-part': 64 * MIB,
  cluster: 64 * KIB,
  tombstone: 64 * KIB,
  intent: 64 * KIB,
  closed: MIB,
  'dump-intent': 64 * KIB,
  'dump-closed': 64 * KIB,
  operation: 16 * MIB,
  making: 16 * MIB,
  snapshot: 64 * KIB,
  'point-in-time': 64 * KIB,
  schedule: 16 * MIB,
  lease: 64 * KIB,
  hold: 64 * KIB,
  policies: MIB,
  verification: 16 * MIB,
  proof: 64 * MIB,
  repair: 64 * MIB,
  summary: 16 * MIB,
};

/** A record's payload, and its hash. */
export interface SignedRecord {
  payload: Buffer;
  sha256: string;
}

/** The outcome of writing under a key. */
export interface Created {
  /** This call wrote it. */
  made: boolean;
  /** The stored payload: ours, or another one that a known key signed. */
  payload: Buffer;
}

/**
 * Creates a record, signed if this process has a key. An existing object is verified like any that is read: the same
 * payload is an earlier attempt's, whichever known key signed it. Fails with `NameTaken` if someone else has written
 * under its key.
 */
export async function createSigned(
  { store, trust = TRUSTS_EVERYBODY }: Pick<ClusterStore, 'store' | 'trust'>,
  kind: SignedKind,
  key: string,
  payload: Buffer,
): Promise<Created> {
  if (requiresSignatures(trust) && !trust.signingKey)
    throw new RepositoryError(
      'PreflightFailed',
      `${store.location}/${key} was not written: records of this repository are signed (signing.publicKeys), and this process has no private key. Give the control worker signing.privateKeyFile.`,
    );
  const signatures = signaturesOf(trust, kind, payload);
  const bytes = signatures.length === 0 ? payload : envelopeBytes({ payload, signatures });
  for (let tries = 0; ; tries += 1) {
    try {
      await store.create(key, bytes, { sha256: sha256Of(bytes), contentType: 'application/json' });
      return { made: true, payload };
    } catch (error) {
      if (!isStoreError(error, 'exists') || tries === MAX_ATTEMPTS) throw error;
    }
    const there = await readOwnSigned({ store, trust }, kind, key);
    if (there) return { made: false, payload: there.payload };
  }
}

/** Attempts to read an object that was just reported to exist: someone keeps removing it. */
const MAX_ATTEMPTS = 3;

/** Reads a record that only this run can have written: an untrusted one has taken its name (`NameTaken`). */
export async function readOwnSigned(
  repository: Pick<ClusterStore, 'store' | 'trust'>,
  kind: SignedKind,
  key: string,
): Promise<SignedRecord | undefined> {
  return await ownOr(repository, key, async () => await readSigned(repository, kind, key));
}

/**
 * Reads a record's payload. Its size is limited before it is read, and its signature verified before anything in it is
 * parsed; with `sha256` the payload must have that hash, which then replaces the signature: whoever names the hash has
 * verified the record, or vouches for it. Undefined if there is no such record.
 */
export async function readSigned(
  repository: Pick<ClusterStore, 'store' | 'trust'>,
  kind: SignedKind,
  key: string,
  sha256?: string,
): Promise<SignedRecord | undefined> {
  return await readTwice(async () => await readSignedOnce(repository, kind, key, sha256));
}

/** The same, of what arrives the first time: whoever calls reads twice. */
export async function readSignedOnce(
  { store, trust = TRUSTS_EVERYBODY }: Pick<ClusterStore, 'store' | 'trust'>,
  kind: SignedKind,
  key: string,
  sha256?: string,
): Promise<SignedRecord | undefined> {
  const where = `${store.location}/${key}`;
  const mustBeSigned = requiresSignatures(trust) && sha256 === undefined;
  const read = async (): Promise<Envelope | undefined> => {
    const bytes = await readLimited(store, key, LARGEST_BYTES[kind]);
    return bytes && openEnvelope(bytes, where);
  };
  const envelope = await (mustBeSigned ? orUntrusted(trust, kind, where, read) : read());
  if (envelope === undefined) return undefined;
  const found = sha256Of(envelope.payload);
  if (sha256 === undefined) verifySignature(trust, kind, envelope, where);
  else if (found !== sha256)
    throw new RepositoryError(
      'ManifestInvalid',
      `${where} is not the requested one: expected SHA-256 ${sha256}, found ${found}. Use another backup, and find out who wrote to the bucket.`,
    );
  return { payload: envelope.payload, sha256: found };
}

/** A record that can't even be checked for a signature counts as unsigned. */
async function orUntrusted<T>(trust: Trust, kind: SignedKind, where: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (!isRepositoryError(error, 'ManifestInvalid')) throw error;
    const found = error.message.replace(`${where} `, '').replace(/\. [^]*$/, '');
    throw new Untrusted('unsigned', kind, where, found, trust);
  }
}
