import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { newSigningKey, publicKeyText, signingKeyOf } from '../src/repository';

/** What the workers' configurations say of signatures. */
export interface SigningKeys {
  publicKeys: string[];
  /** For the control worker. */
  privateKeyFile: string;
}

/** The key that signs this stack's backups: made at the first start, and kept in a file that only its owner reads. */
export function signingKeys(home: string): SigningKeys {
  const dir = join(home, 'keys');
  const privateKeyFile = join(dir, 'signing.pem');
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  if (!existsSync(privateKeyFile)) writeFileSync(privateKeyFile, newSigningKey().pem, { mode: 0o600, flag: 'wx' });
  return { publicKeys: [publicKeyText(signingKeyOf(readFileSync(privateKeyFile, 'utf8')))], privateKeyFile };
}
