import { isStoreError, sha256Of } from '../../transfer';
import type { ClusterStore } from '../cluster-store';
import { readLimited } from '../records';
import { RepositoryError } from '../repository-error';
import { envelopeBytes, openEnvelope } from './envelope';
import { proveSigned, signaturesOf, TRUSTS_EVERYBODY, type SignedKind } from './trust';

/** No honest record is larger: 100,000 tablets are some 25 MB. Refused before it is read. */
const LARGEST_BYTES: Record<SignedKind, number> = {
  manifest: 64 * 1024 * 1024,
  'dump-manifest': 64 * 1024 * 1024,
  cluster: 64 * 1024,
  tombstone: 64 * 1024,
};

/** A record's payload, and its hash. */
export interface SignedRecord {
  payload: Buffer;
  sha256: string;
}

/**
 * Creates a record, signed where this process has a key. `false`: the same payload stands there, whoever of the known
 * keys signed it. `undefined`: another payload does.
 */
export async function createSigned(
  { store, trust = TRUSTS_EVERYBODY }: Pick<ClusterStore, 'store' | 'trust'>,
  kind: SignedKind,
  key: string,
  payload: Buffer,
): Promise<boolean | undefined> {
  if (trust.publicKeys.length > 0 && !trust.signingKey)
    throw new RepositoryError(
      'PreflightFailed',
      `${store.location}/${key} was not written: records of this repository are signed (signing.publicKeys), and this process has no private key. Give the control worker signing.privateKeyFile.`,
    );
  const signatures = signaturesOf(trust, kind, payload);
  const bytes = signatures.length === 0 ? payload : envelopeBytes({ payload, signatures });
  try {
    await store.create(key, bytes, { sha256: sha256Of(bytes), contentType: 'application/json' });
    return true;
  } catch (error) {
    if (!isStoreError(error, 'exists')) throw error;
  }
  const there = await readSigned({ store, trust }, kind, key);
  return there?.payload.equals(payload) === true ? false : undefined;
}

/**
 * Reads a record's payload. Its size is limited before it is read, and its signature proved before anything in it is looked
 * at; with `sha256` the payload must have this hash, which then stands for the signature: whoever names it has seen it
 * proved, or answers for it. Undefined when there is no such record.
 */
export async function readSigned(
  { store, trust = TRUSTS_EVERYBODY }: Pick<ClusterStore, 'store' | 'trust'>,
  kind: SignedKind,
  key: string,
  sha256?: string,
): Promise<SignedRecord | undefined> {
  const where = `${store.location}/${key}`;
  const bytes = await readLimited(store, key, LARGEST_BYTES[kind]);
  if (bytes === undefined) return undefined;
  const envelope = openEnvelope(bytes, where);
  const found = sha256Of(envelope.payload);
  if (sha256 === undefined) proveSigned(trust, kind, envelope, where);
  else if (found !== sha256)
    throw new RepositoryError(
      'ManifestInvalid',
      `${where} is not the one that was asked for: expected SHA-256 ${sha256}, found ${found}. Use another backup, and find out who wrote to the bucket.`,
    );
  return { payload: envelope.payload, sha256: found };
}
