import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** The signing section of the workers' configurations. */
export interface SigningKeys {
  publicKeys: string[];
  /** For the control worker. */
  privateKeyFile: string;
  /** For the janitor; only it signs deletions. */
  janitorKeyFile: string;
}

/**
 * The keys that sign this stack's records: created at the first start in the manner of `kalpa keys create`, and kept in
 * files that only their owner can read.
 */
export function signingKeys(home: string): SigningKeys {
  const dir = join(home, 'keys');
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  const [privateKeyFile, janitorKeyFile] = [join(dir, 'signing.pem'), join(dir, 'janitor.pem')];
  return { publicKeys: [privateKeyFile, janitorKeyFile].map(publicKeyIn), privateKeyFile, janitorKeyFile };
}

/** The public key of a file, which is created if missing. */
function publicKeyIn(file: string): string {
  if (!existsSync(file)) {
    const pem = generateKeyPairSync('ed25519').privateKey.export({ format: 'pem', type: 'pkcs8' });
    writeFileSync(file, pem, { mode: 0o600, flag: 'wx' });
  }
  const { x = '' } = createPublicKey(readFileSync(file)).export({ format: 'jwk' });
  return `ed25519:${Buffer.from(x, 'base64url').toString('base64')}`;
}
