import { findBackup, type FindBackupInput, type RestorableBackup } from './find-backup';
import { findDump, type FindDumpInput, type LoadableDump } from './find-dump';
import { findSnapshot, type FoundSnapshot } from './find-snapshot';
import { listNodes, type ListedNode } from '../run/list-nodes';
import { definePreflight } from '../preflight/define-preflight';

/**
 * The subject of a run is looked up as preflight asks its questions: a store or master that is unavailable is asked
 * again, and the run's page says so.
 */

export const makeFindBackup = definePreflight<FindBackupInput, RestorableBackup>({
  subject: () => 'The restore',
  ask: async (checks, input) => await checks.look(undefined, async (clients) => await findBackup(clients, input)),
});

export const makeFindDump = definePreflight<FindDumpInput, LoadableDump>({
  subject: () => 'The load',
  ask: async (checks, input) => await checks.look(undefined, async (clients) => await findDump(clients, input)),
});

export const makeFindSnapshot = definePreflight<{ snapshotId: string }, FoundSnapshot>({
  subject: ({ snapshotId }) => `What is asked of snapshot ${snapshotId}`,
  ask: async (checks, { snapshotId }) =>
    await checks.look(undefined, async (clients, { signal }) => await findSnapshot(clients, snapshotId, signal)),
});

/** Every tserver that the masters list, for the node survey of a preflight. */
export const makeSurveyNodes = definePreflight<object, { nodes: ListedNode[] }>({
  subject: () => 'The survey of the nodes',
  ask: async (checks) => await checks.look(undefined, async (clients, { signal }) => await listNodes(clients, signal)),
});
