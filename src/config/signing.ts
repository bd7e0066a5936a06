import { ConfigurationError } from './configuration-error';
import { readPrivateFile } from './private-file';
import type { KalpaConfig } from './schema';
import { given } from '../objects/given';

/** The keys of the repository as text. */
export interface SigningSettings {
  publicKeys: string[];
  /** PEM; only on a control worker. */
  privateKey?: string;
}

/** Has the private key in PEM if there is no file. */
export const SIGNING_KEY_VARIABLE = 'KALPA_SIGNING_KEY';

/** Whose records are trusted: what every reader of the bucket needs. */
export const readerKeys = ({ signing }: KalpaConfig): SigningSettings => ({ publicKeys: signing?.publicKeys ?? [] });

/**
 * The same with the private key, for processes that write records. Public keys without it are refused: nobody would
 * trust what is written.
 */
export function signerKeys(config: KalpaConfig, env: NodeJS.ProcessEnv): SigningSettings {
  const { publicKeys } = readerKeys(config);
  const file = config.signing?.privateKeyFile;
  const value = env[SIGNING_KEY_VARIABLE];
  const privateKey = file === undefined ? value : readPrivateFile(file, 'signing.privateKeyFile');
  if (privateKey === undefined && publicKeys.length > 0)
    throw new ConfigurationError(
      `signing.publicKeys says that the records of this repository are signed, and this process has no private key, so nobody would trust what it writes. Set signing.privateKeyFile, or ${SIGNING_KEY_VARIABLE}.`,
    );
  return { publicKeys, ...given({ privateKey }) };
}
