import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** What the workers' configurations say of signatures. */
export interface SigningKeys {
  publicKeys: string[];
  /** For the control worker. */
  privateKeyFile: string;
  /** For the janitor, which alone signs deletions. */
  janitorKeyFile: string;
}

/**
 * The keys that sign this stack's records: made at the first start as `kalpa keys create` makes one, and kept in files
 * that only their owner reads.
 */
export function signingKeys(home: string): SigningKeys {
  const dir = join(home, 'keys');
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  const [privateKeyFile, janitorKeyFile] = [join(dir, 'signing.pem'), join(dir, 'janitor.pem')];
  return { publicKeys: [privateKeyFile, janitorKeyFile].map(publicKeyIn), privateKeyFile, janitorKeyFile };
}

/** The public key of a file, which is made where there is none. */
function publicKeyIn(file: string): string {
  if (!existsSync(file)) {
    const pem = generateKeyPairSync('ed25519').privateKey.export({ format: 'pem', type: 'pkcs8' });
    writeFileSync(file, pem, { mode: 0o600, flag: 'wx' });
  }
  const { x = '' } = createPublicKey(readFileSync(file)).export({ format: 'jwk' });
  return `ed25519:${Buffer.from(x, 'base64url').toString('base64')}`;
}
