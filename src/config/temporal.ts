import type { ClientConnectConfig } from '@temporalio/envconfig';
import { ConfigurationError } from './configuration-error';
import type { ResolvedConfig } from './load-config';

export interface TemporalSettings {
  connectionOptions: ClientConnectConfig['connectionOptions'] & { address: string };
  address: string;
  namespace: string;
  /** Address of the Web UI, without a trailing slash, if it is known. */
  ui?: string;
}

/** Where Temporal is expected if nobody says otherwise: the SDK's own default. */
export const DEFAULT_TEMPORAL_ADDRESS = 'localhost:7233';

/** Environment variables in the form of envconfig: without the unset ones. */
function definedOf(env: NodeJS.ProcessEnv): Record<string, string> {
  return Object.fromEntries(Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined));
}

/**
 * How to reach Temporal: `temporal.toml` and `TEMPORAL_*`. The embedded stack's configuration means its own Temporal:
 * the profile file is ignored, only `TEMPORAL_*` takes precedence.
 */
export function temporalConnection(resolved: Pick<ResolvedConfig, 'stack'>, env: NodeJS.ProcessEnv): TemporalSettings {
  const stack = resolved.stack?.temporal;
  let found: ClientConnectConfig;
  try {
    // Loaded at first use: whoever only reads the bucket needs no Temporal.
    // eslint-disable-next-line @typescript-eslint/no-require-imports
    const { loadClientConnectConfig } = require('@temporalio/envconfig') as typeof import('@temporalio/envconfig');
    found = loadClientConnectConfig({ overrideEnvVars: definedOf(env), disableFile: stack !== undefined });
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new ConfigurationError(
      `Temporal's client configuration can't be used: ${why} Correct temporal.toml or the TEMPORAL_ variables.`,
    );
  }
  const address = found.connectionOptions.address ?? stack?.address ?? DEFAULT_TEMPORAL_ADDRESS;
  const ui = env['KALPA_UI'] ?? stack?.ui;
  return {
    connectionOptions: { ...found.connectionOptions, address },
    address,
    namespace: found.namespace ?? stack?.namespace ?? 'default',
    ...(ui ? { ui: ui.replace(/\/+$/, '') } : {}),
  };
}
