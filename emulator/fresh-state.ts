import { randomUUID } from 'node:crypto';
import { rawUuid } from './ids';
import type { ClusterState } from './state';

/** A cluster that has never run: three tservers, no database yet. */
export const freshState = (): ClusterState => ({
  universeUuid: randomUUID(),
  clusterUuid: randomUUID(),
  masterUuid: rawUuid(),
  tservers: [0, 1, 2].map(() => ({ uuid: rawUuid(), alive: true })),
  databases: [],
  snapshots: [],
  restorations: [],
  loadBalancerEnabled: true,
  splittingDisabledUntilMs: 0,
});
