import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** What the workers' configurations say of signatures. */
export interface SigningKeys {
  publicKeys: string[];
  /** For the control worker. */
  privateKeyFile: string;
}

/** The key that signs this stack's backups: made at the first start as `kalpa keys create` makes one, and kept in a file that only its owner reads. */
export function signingKeys(home: string): SigningKeys {
  const dir = join(home, 'keys');
  const privateKeyFile = join(dir, 'signing.pem');
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  if (!existsSync(privateKeyFile)) {
    const pem = generateKeyPairSync('ed25519').privateKey.export({ format: 'pem', type: 'pkcs8' });
    writeFileSync(privateKeyFile, pem, { mode: 0o600, flag: 'wx' });
  }
  const { x = '' } = createPublicKey(readFileSync(privateKeyFile)).export({ format: 'jwk' });
  return { publicKeys: [`ed25519:${Buffer.from(x, 'base64url').toString('base64')}`], privateKeyFile };
}
