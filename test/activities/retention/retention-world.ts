import { WorkflowNotFoundError } from '@temporalio/common';
import { createRetentionActivities } from '../../../src/activities/control/retention';
import type { ControlDependencies } from '../../../src/activities/control/dependencies';
import { makeJanitorActivities } from '../../../src/activities/janitor';
import type { JanitorDependencies } from '../../../src/activities/janitor/dependencies';
import type { Policies } from '../../../src/contract';
import { listBackups, type ClusterStore } from '../../../src/repository';
import type { ObjectStore } from '../../../src/transfer';
import { idOf, makeBackup, OPTIONS } from '../../repository/retention/kept-backups';
import { MemoryStore } from '../../support/store/memory-store';

/** Cancels the attempt that runs; the test's stand-in for `cancellationSignal` reads it. */
export const control = { stop: new AbortController() };

const [A, B, C] = [idOf(1), idOf(2), idOf(3)];
export const chain = { workflowId: 'retention/1', firstExecutionRunId: 'r' };
const timing = { deletionGrace: OPTIONS.graceMs, maxRunTime: OPTIONS.maxRunTimeMs, heartbeatTimeout: 60_000 };
/** Runs that this Temporal knows. */
const RUNS: Record<string, string> = { 'restore/1': 'RUNNING', 'restore/ended': 'COMPLETED' };
const client = {
  options: { namespace: 'default' },
  workflow: {
    getHandle: (workflowId: string) => ({
      describe: async () => {
        const name = RUNS[workflowId];
        if (name === undefined) throw new WorkflowNotFoundError('not found', workflowId, undefined);
        return await Promise.resolve({ status: { name } });
      },
    }),
  },
  workflowService: {
    getWorkflowExecutionHistory: async () =>
      await Promise.resolve({
        history: { events: [{ workflowExecutionStartedEventAttributes: { identity: 'ines@host' } }] },
      }),
  },
};

/** What both workers do, on a store. */
export function activitiesOn(store: ObjectStore, policies: Policies | undefined) {
  const repository: ClusterStore = { store, cluster: 'demo' };
  const common = { client, timing, repository };
  return {
    ...createRetentionActivities({ ...common, config: { policies } } as unknown as ControlDependencies),
    ...makeJanitorActivities(common as unknown as JanitorDependencies),
  };
}
export type Acts = ReturnType<typeof activitiesOn>;

export interface World {
  memory: MemoryStore;
  repository: ClusterStore;
  /** What the activities are, for an attempt whose store is disturbed. */
  on: (store: ObjectStore) => Acts;
}

/** A has two files, one of which B needs; C, the newest, stands alone. By the policy the last one stays. */
export async function three(policies: Policies | 'none' = { keep: { last: 1 } }): Promise<World> {
  const memory = new MemoryStore();
  const repository = { store: memory.open(), cluster: 'demo' };
  await makeBackup(repository, A, { own: ['1', '2'] });
  await makeBackup(repository, B, { own: ['3'], others: { [A]: ['2'] } });
  await makeBackup(repository, C, { own: ['4'] });
  return { memory, repository, on: (store) => activitiesOn(store, policies === 'none' ? undefined : policies) };
}

/** The same store; someone may do something before each of its requests. */
export function pausing(store: ObjectStore, before: () => Promise<void>): ObjectStore {
  const paused = { ...store };
  for (const name of ['create', 'read', 'head', 'delete'] as const)
    paused[name] = (async (...given: never[]) => {
      await before();
      return await (store[name] as (...all: never[]) => Promise<unknown>)(...given);
    }) as never;
  paused.list = async function* (...given) {
    await before();
    yield* store.list(...given);
  };
  return paused;
}

export const states = async (repository: ClusterStore): Promise<string[]> =>
  (await listBackups(repository)).map(({ state }) => state);
export const planned = async ({ on, memory }: World) => await on(memory.open()).planRetention({ chain });
export const deleting = async (world: World) => {
  const { plan } = await planned(world);
  return async (acts: Acts) => await acts.deletePlanned({ chain, plan });
};
export const named = (backup: string) => ({ chain, backup, reason: 'a test' });
