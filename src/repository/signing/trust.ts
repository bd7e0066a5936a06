import { sign, verify } from 'node:crypto';
import { RepositoryError } from '../repository-error';
import type { Envelope, Signature } from './envelope';
import { publicKeyOf, publicKeyText, signingKeyOf, type PublicKey, type SigningKey } from './keys';
import { given } from '../../objects/given';

/**
 * The kind of record that a signature is for: it is part of what is signed, so that one kind can't pass for another.
 */
export type SignedKind =
  | 'manifest'
  | 'dump-manifest'
  | 'cluster'
  | 'tombstone'
  | 'intent'
  | 'closed'
  | 'dump-intent'
  | 'dump-closed'
  | 'dump-part'
  | 'operation'
  | 'making'
  | 'snapshot'
  | 'point-in-time'
  | 'schedule'
  | 'lease'
  | 'hold'
  | 'policies'
  | 'verification'
  | 'proof'
  | 'repair'
  | 'summary';

/** Whose records are trusted and, on a control worker, who signs. Without keys, all records are trusted. */
export interface Trust {
  readonly publicKeys: readonly PublicKey[];
  readonly signingKey?: SigningKey | undefined;
}

export const TRUSTS_EVERYBODY: Trust = { publicKeys: [] };

/** Whether records count only if a known key has signed them. */
export const requiresSignatures = (trust: Trust | undefined): boolean => (trust?.publicKeys.length ?? 0) > 0;

/** Parses the keys in the configuration. Throws an error that does not quote the private key. */
export function trustOf(settings: { publicKeys: readonly string[]; privateKey?: string | undefined }): Trust {
  const publicKeys = settings.publicKeys.map(publicKeyOf);
  const signingKey = settings.privateKey === undefined ? undefined : signingKeyOf(settings.privateKey);
  return { publicKeys, ...given({ signingKey }) };
}

/** The same for writers of records: the signing key must be one of the trusted keys. */
export function signerTrustOf(settings: Parameters<typeof trustOf>[0]): Trust {
  const trust = trustOf(settings);
  const { signingKey, publicKeys } = trust;
  if (!signingKey || publicKeys.some(({ keyId }) => keyId === signingKey.keyId)) return trust;
  throw new RangeError(
    `It is ${signingKey.keyId}, which signing.publicKeys does not name, so no one would trust what it signs. Add "${publicKeyText(signingKey)}" to signing.publicKeys of every worker and reader.`,
  );
}

/** Signatures for a record; none if this process has no key. */
export function signaturesOf({ signingKey }: Trust, kind: SignedKind, payload: Buffer): Signature[] {
  if (!signingKey) return [];
  const sig = sign(null, signedBytes(kind, payload), signingKey.privateKey).toString('base64');
  return [{ keyId: signingKey.keyId, sig }];
}

/** Why a record is not trusted. */
export type MissingSignature = 'unsigned' | 'unknown key' | 'wrong signature';

/** A record that no configured key has signed. Nothing else in it was read. */
export class Untrusted extends RepositoryError {
  constructor(
    readonly signature: MissingSignature,
    kind: SignedKind,
    where: string,
    found: string,
    { publicKeys }: Trust,
  ) {
    const ids = publicKeys.map(({ keyId }) => keyId).join(', ');
    super(
      'ManifestInvalid',
      `${where} ${found}; expected a signature by ${ids} (signing.publicKeys). Nothing else in it was read. ${ADVICE[kind] ?? 'If it is older than the keys or was signed by a key that has been removed, it no longer counts; otherwise find out who wrote to the bucket.'}`,
    );
  }
}

/** A signed record under another name: someone has copied it there. */
export class Moved extends RepositoryError {
  constructor(where: string, found: string) {
    super(
      'ManifestInvalid',
      `${where} is ${found}. Someone moved it; use another one, and find out who wrote to the bucket.`,
    );
  }
}

const PINNED =
  'If it is older than the keys or was signed by a key that has been removed, restore it with "manifestSha256" set to the hash that its backup reported; otherwise find out who wrote to the bucket.';
/** What to do about an untrusted record, beyond finding out who wrote it. */
const ADVICE: Partial<Record<SignedKind, string>> = { manifest: PINNED, 'dump-manifest': PINNED };

/** Checks that a record names one of the configured keys as its signer; fails otherwise. Verifies nothing else. */
export function checkClaimedSigner(trust: Trust, kind: SignedKind, signers: readonly string[], where: string): void {
  if (trust.publicKeys.length === 0) return;
  if (signers.length === 0) throw new Untrusted('unsigned', kind, where, 'is not signed', trust);
  if (!signers.some((id) => trust.publicKeys.some(({ keyId }) => keyId === id)))
    throw new Untrusted('unknown key', kind, where, `is signed by ${signers.join(', ')}`, trust);
}

/** Verifies that one of the configured keys has signed a record; without configured keys, every record passes. */
export function verifySignature(trust: Trust, kind: SignedKind, envelope: Envelope, where: string): void {
  if (trust.publicKeys.length === 0) return;
  const { payload, signatures } = envelope;
  checkClaimedSigner(
    trust,
    kind,
    signatures.map(({ keyId }) => keyId),
    where,
  );
  const known = signatures.flatMap(({ keyId, sig }) => {
    const signer = trust.publicKeys.find((one) => one.keyId === keyId);
    return signer ? [{ ...signer, sig }] : [];
  });
  const bytes = signedBytes(kind, payload);
  if (known.some(({ key, sig }) => verify(null, bytes, key, Buffer.from(sig, 'base64')))) return;
  const names = known.map(({ keyId }) => keyId).join(', ');
  throw new Untrusted('wrong signature', kind, where, `names the key ${names}, which did not sign these bytes`, trust);
}

const signedBytes = (kind: SignedKind, payload: Buffer): Buffer =>
  Buffer.concat([Buffer.from(`kalpa/${kind}/1\n`), payload]);
