import type { KalpaConfig, TemporalSettings } from '../../config';
import { exposedConnections } from '../../worker/exposed-connections';
import { ok, type Check } from './check';

/** What goes over the network in clear, or to a server that has proved nothing. That a connection is refused for it is told by its own check. */
export function connectionChecks(config: KalpaConfig, temporal: TemporalSettings): Check[] {
  const found = exposedConnections(config, temporal);
  return found.length === 0
    ? [ok('connections', 'each one is verified, or stays on this machine')]
    : found.map(({ area, ...check }) => ({ area: `connection: ${area}`, ...check }));
}
