import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';

/** A key that verifies who signed a record. */
export interface PublicKey {
  /** First 16 hex digits of the SHA-256 of the key's 32 bytes. */
  keyId: string;
  key: KeyObject;
}

/** A key that signs records, with its public half. */
export interface SigningKey extends PublicKey {
  privateKey: KeyObject;
}

/**
 * Encodings of the curve points whose order is at most eight, without the sign bit (RFC 8032, 5.1.7; the all-zero bytes
 * of a placeholder are one): anyone can find signatures that such a "key" verifies.
 */
const LOW_ORDER_POINTS = new Set([
  '00'.repeat(32),
  `01${'00'.repeat(31)}`,
  `ec${'ff'.repeat(30)}7f`,
  `ed${'ff'.repeat(30)}7f`,
  `ee${'ff'.repeat(30)}7f`,
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
]);

function isLowOrder(bytes: Buffer): boolean {
  const point = Buffer.from(bytes);
  point[31] = (point[31] ?? 0) & 0x7f;
  return LOW_ORDER_POINTS.has(point.toString('hex'));
}

const PREFIX = 'ed25519:';
/** The prefix of an Ed25519 key's 32 bytes in SubjectPublicKeyInfo (RFC 8410). */
const SPKI_HEAD = Buffer.from('302a300506032b6570032100', 'hex');

/** A public key as written in `kalpa.yaml`: `ed25519:` and the 32 bytes in base64. */
export const PUBLIC_KEY_TEXT = /^ed25519:[A-Za-z0-9+/]{43}=$/;

/** Throws an error that does not quote the text if it is not a public key. */
export function publicKeyOf(text: string): PublicKey {
  if (!PUBLIC_KEY_TEXT.test(text))
    throw new RangeError('A public key is "ed25519:" and 32 bytes in base64, as `kalpa keys create` prints it.');
  const bytes = Buffer.from(text.slice(PREFIX.length), 'base64');
  if (isLowOrder(bytes))
    throw new RangeError(
      'This public key protects nothing: anyone could sign for it. Use the line that `kalpa keys create` printed.',
    );
  const der = Buffer.concat([SPKI_HEAD, bytes]);
  return named(createPublicKey({ key: der, format: 'der', type: 'spki' }));
}

/** Throws an error that quotes nothing of the key if it is not a private key. */
export function signingKeyOf(pem: string): SigningKey {
  let privateKey: KeyObject;
  try {
    privateKey = createPrivateKey(pem);
  } catch {
    throw new RangeError('It is not a private key in PEM (PKCS #8).');
  }
  if (privateKey.asymmetricKeyType !== 'ed25519')
    throw new RangeError(`It is a key of type ${privateKey.asymmetricKeyType ?? 'unknown'}, and must be Ed25519.`);
  return { ...named(createPublicKey(privateKey)), privateKey };
}

/** The line for `kalpa.yaml`. */
export const publicKeyText = ({ key }: PublicKey): string => PREFIX + rawBytes(key).toString('base64');

/** A new key, in the form of the key file. */
export function newSigningKey(): { pem: string; publicKey: string; keyId: string } {
  const pem = generateKeyPairSync('ed25519').privateKey.export({ format: 'pem', type: 'pkcs8' }).toString();
  const made = signingKeyOf(pem);
  return { pem, publicKey: publicKeyText(made), keyId: made.keyId };
}

const named = (key: KeyObject): PublicKey => ({
  keyId: createHash('sha256').update(rawBytes(key)).digest('hex').slice(0, 16),
  key,
});

const rawBytes = (key: KeyObject): Buffer => key.export({ format: 'der', type: 'spki' }).subarray(SPKI_HEAD.length);
