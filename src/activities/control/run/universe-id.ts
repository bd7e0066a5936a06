import type { UniverseConfig } from '../../../yugabyte';

/** What tells two clusters of one name apart; a cluster that tells none is known by its name. */
export function universeIdOf({ universeUuid, clusterUuid }: UniverseConfig, cluster: string): string {
  return universeUuid ?? clusterUuid ?? cluster;
}
