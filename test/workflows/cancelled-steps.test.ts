import { Context } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import type { WorkflowHandle } from '@temporalio/client';
import { temporal } from '@temporalio/proto';
import { guardianId, streamsQueue } from '../../src/contract';
import type { Undo } from '../../src/contract/internal';
import { controlQueues } from '../../src/worker/control-queues';
import { FakedCluster } from '../support/workflows/faked-cluster';
import { standardActivities, type Activities } from '../support/workflows/standard-activities';

const { PENDING_ACTIVITY_STATE_SCHEDULED: SCHEDULED } = temporal.api.enums.v1.PendingActivityState;

const standard = standardActivities() as Partial<Activities> as Activities;

/** Activities that wait until they are let go. */
class Gate {
  private opened: () => void = () => undefined;
  private readonly open = new Promise<void>((resolve) => (this.opened = resolve));
  inside = 0;

  async pass(): Promise<void> {
    this.inside += 1;
    await this.open;
    this.inside -= 1;
  }

  letGo(): void {
    this.opened();
  }
}

describe('22.16: a cancel of a step whose undo is noted', () => {
  let cluster: FakedCluster;
  const undone: { guardianId: string; undo: Undo }[] = [];
  const undoneOf = (database: string): Undo[] =>
    undone.filter((one) => one.guardianId === guardianId(cluster.name, database)).map(({ undo }) => undo);
  const undo: Activities['undo'] = async (one) => {
    undone.push(one);
    return await Promise.resolve({});
  };

  beforeAll(async () => {
    cluster = await FakedCluster.open({ retryPause: 60_000, retryPauseMax: 60_000, heartbeatTimeout: 20_000 });
  }, 30_000);
  afterAll(async () => {
    await cluster.close();
  });

  const pending = async (run: WorkflowHandle) =>
    ((await run.describe()).raw.pendingActivities ?? []).map(({ activityType, state, attempt }) => ({
      name: activityType?.name,
      state,
      attempt,
    }));
  const cancelled = async (run: WorkflowHandle): Promise<void> => {
    await run.cancel();
    await expect(run.result()).rejects.toMatchObject({ cause: { name: 'CancelledFailure' } });
  };

  it('that waits for a slot of the worker ends at once, with nothing to undo', async () => {
    const slots = controlQueues(cluster.name)[0].maxConcurrentActivityTaskExecutions ?? 0;
    const [full, victims] = [new Gate(), new Gate()];
    const isVictim = (): boolean => Context.current().info.workflowExecution?.workflowId.endsWith('/victim') === true;
    cluster.use({
      undo,
      preflightBackup: async (input) => {
        if (isVictim()) await victims.pass();
        return await standard.preflightBackup(input);
      },
      openBackup: async (input) => {
        await full.pass();
        return await standard.openBackup(input);
      },
    });
    const victim = await cluster.start('backUpDatabase', { database: 'ysql.victim' }, `${cluster.name}/victim`);
    await cluster.until('the victim is before its step', () => victims.inside === 1);
    const others: WorkflowHandle[] = [];
    for (let n = 0; n < slots + 1; n += 1)
      others.push(await cluster.start('backUpDatabase', { database: `ysql.other_${n}` }));
    await cluster.until('the others have all other slots', () => full.inside === slots - 1);
    await cluster.until(
      'two wait for a slot',
      async () =>
        (await Promise.all(others.map(pending))).flat().filter(({ state }) => state === SCHEDULED).length >= 2,
    );
    victims.letGo();
    await cluster.until('the step of the victim waits', async () =>
      (await pending(victim)).some(
        ({ name, state, attempt }) => name === 'openBackup' && state === SCHEDULED && attempt === 1,
      ),
    );
    await cancelled(victim); // while every slot is still taken
    expect(full.inside).toBe(slots);
    expect(undoneOf('ysql.victim')).toEqual([]);
    full.letGo();
    await Promise.all(others.map(async (run) => await run.result()));
  }, 60_000);

  it('that began before, and waits for its next attempt, is undone as ever', async () => {
    let tries = 0;
    cluster.use({
      undo,
      createSnapshot: async () => {
        tries += 1;
        throw await Promise.resolve(ApplicationFailure.retryable('the answer was lost', 'ToolFailed'));
      },
    });
    const run = await cluster.start('createSnapshot', { database: 'ysql.perhaps' });
    await cluster.until('its second attempt is due', async () =>
      (await pending(run)).some(({ name, attempt }) => name === 'createSnapshot' && attempt === 2),
    );
    await cancelled(run);
    expect(tries).toBe(1);
    expect(undoneOf('ysql.perhaps')).toMatchObject([{ kind: 'snapshot' }]);
  }, 30_000);

  it('that nobody serves ends at once, with nothing to undo', async () => {
    let left: Promise<void> | undefined;
    cluster.use({
      undo,
      // The last step before it, on the same queue.
      readContent: async (input) => {
        left = cluster.leave(streamsQueue(cluster.name));
        return await standard.readContent(input);
      },
      findDump: async (asked) => ({ ...(await standard.findDump(asked)), database: 'ysql.unserved' }),
    });
    const run = await cluster.start('loadDump', { dump: 'ysql.unserved-dump-20261122T020000Z-3fa9c1' });
    await cluster.until('the step waits', async () =>
      (await pending(run)).some(({ name, state }) => name === 'loadText' && state === SCHEDULED),
    );
    await left;
    await cancelled(run);
    expect(undoneOf('ysql.unserved')).toEqual([]);
  }, 30_000);
});
