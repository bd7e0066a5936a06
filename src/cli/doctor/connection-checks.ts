import type { KalpaConfig, TemporalSettings } from '../../config';
import { exposedConnections } from '../../worker/exposed-connections';
import { ok, type Check } from './check';

/**
 * What goes over the network in clear, or to a server that has proved nothing. Connections that are refused for it have
 * a check of their own.
 */
export function connectionChecks(config: KalpaConfig, temporal: TemporalSettings): Check[] {
  const found = exposedConnections(config, temporal);
  return found.length === 0
    ? [ok('connections', 'each one is verified, or stays on this machine')]
    : found.map(({ area, ...check }) => ({ area: `connection: ${area}`, ...check }));
}
