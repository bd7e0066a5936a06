import { ConfigurationError, signerKeys, type KalpaConfig } from '../config';
import { publicKeyText, trustOf, type Trust } from '../repository';

/** The keys of a control worker: it signs with one that its own configuration believes. */
export function controlTrust(config: KalpaConfig, env: NodeJS.ProcessEnv): Trust {
  const trust = keysOf(config, env);
  const { signingKey, publicKeys } = trust;
  if (!signingKey || publicKeys.some(({ keyId }) => keyId === signingKey.keyId)) return trust;
  throw new ConfigurationError(
    `This control worker would sign with the key ${signingKey.keyId}, which signing.publicKeys does not name, so nobody would believe its backups. Add "${publicKeyText(signingKey)}" to signing.publicKeys of every worker and reader, then start it again.`,
  );
}

function keysOf(config: KalpaConfig, env: NodeJS.ProcessEnv): Trust {
  try {
    return trustOf(signerKeys(config, env));
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new ConfigurationError(`The key that signs can't be used: ${error.message} Make one: kalpa keys create.`);
  }
}
