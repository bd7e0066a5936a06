import { redact } from '../redaction';

/**
 * The configuration can't be used as it is. The message says what, in which file, why and what to do; it never contains
 * a password. The command line exits with 2.
 */
export class ConfigurationError extends Error {
  /** Tested instead of the class: `instanceof` does not survive two copies of this package. */
  readonly code = 'KALPA_CONFIGURATION';
  /** One entry for each wrong key, for `--json`. */
  readonly problems: readonly string[];

  constructor(message: string, problems: readonly string[] = []) {
    super(redact(message));
    this.problems = problems.map(redact);
    this.name = 'ConfigurationError';
  }
}

/** Whether an error is one of the configuration's own. */
export function isConfigurationError(error: unknown): error is ConfigurationError {
  return typeof error === 'object' && error !== null && (error as { code?: unknown }).code === 'KALPA_CONFIGURATION';
}
