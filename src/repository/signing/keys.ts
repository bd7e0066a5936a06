import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';

/** A key that proves who signed a record. */
export interface PublicKey {
  /** First 16 hex digits of the SHA-256 of the key's 32 bytes. */
  keyId: string;
  key: KeyObject;
}

/** A key that signs records, with its public half. */
export interface SigningKey extends PublicKey {
  privateKey: KeyObject;
}

const PREFIX = 'ed25519:';
/** What stands before the 32 bytes of an Ed25519 key in SubjectPublicKeyInfo (RFC 8410). */
const SPKI_HEAD = Buffer.from('302a300506032b6570032100', 'hex');

/** A public key as `kalpa.yaml` has it: `ed25519:` and the 32 bytes in base64. */
export const PUBLIC_KEY_TEXT = /^ed25519:[A-Za-z0-9+/]{43}=$/;

/** Throws a sentence without the text when it is no public key. */
export function publicKeyOf(text: string): PublicKey {
  if (!PUBLIC_KEY_TEXT.test(text))
    throw new RangeError('A public key is "ed25519:" and 32 bytes in base64, as `kalpa keys create` prints it.');
  const der = Buffer.concat([SPKI_HEAD, Buffer.from(text.slice(PREFIX.length), 'base64')]);
  return named(createPublicKey({ key: der, format: 'der', type: 'spki' }));
}

/** Throws a sentence that quotes nothing of the key when it is none. */
export function signingKeyOf(pem: string): SigningKey {
  let privateKey: KeyObject;
  try {
    privateKey = createPrivateKey(pem);
  } catch {
    throw new RangeError('It is no private key in PEM (PKCS #8).');
  }
  if (privateKey.asymmetricKeyType !== 'ed25519')
    throw new RangeError(`It is a key of type ${privateKey.asymmetricKeyType ?? 'unknown'}, and must be Ed25519.`);
  return { ...named(createPublicKey(privateKey)), privateKey };
}

/** The line for `kalpa.yaml`. */
export const publicKeyText = ({ key }: PublicKey): string => PREFIX + rawBytes(key).toString('base64');

/** A new key as the file holds it. */
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
