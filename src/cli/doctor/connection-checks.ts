import type { KalpaConfig, TemporalSettings } from '../../config';
import { exposedConnections } from '../../worker/exposed-connections';
import { ok, type Check } from './check';

/**
 * Connections that are unencrypted, or to servers whose identity is not verified. Connections that are refused for that
 * reason have their own check.
 */
export function connectionChecks(config: KalpaConfig, temporal: TemporalSettings): Check[] {
  const found = exposedConnections(config, temporal);
  return found.length === 0
    ? [ok('connections', 'each one is verified, or stays on this machine')]
    : found.map(({ area, ...check }) => ({ area: `connection: ${area}`, ...check }));
}
