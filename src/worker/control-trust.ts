import { ConfigurationError, signerKeys, type KalpaConfig } from '../config';
import { signerTrustOf, type Trust } from '../repository';

/** The keys of a control worker: it signs with a key that its own configuration trusts. */
export function controlTrust(config: KalpaConfig, env: NodeJS.ProcessEnv): Trust {
  try {
    return signerTrustOf(signerKeys(config, env));
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new ConfigurationError(`The key that signs can't be used: ${error.message} To make one: kalpa keys create.`);
  }
}
