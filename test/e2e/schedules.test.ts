import { Client, Connection } from '@temporalio/client';
import { KalpaClient, type ListedSchedule } from '../../src/client';
import type { InspectClusterResult } from '../../src/contract';
import { listSchedules } from '../../src/schedules';
import { onCluster, type FaultCluster } from '../support/cluster/fault-cluster';
import { kalpaCommand, kalpaJson } from '../support/kalpa-command';
import { inFull } from '../support/matrix';
import { until } from '../support/stack';

interface Listed {
  schedules: ListedSchedule[];
}

async function list(cluster: FaultCluster): Promise<ListedSchedule[]> {
  return (await kalpaJson<Listed>(cluster.json, 'schedule', 'list')).schedules;
}

/** A cluster on which no schedule stays behind: Temporal outlives it. */
async function onClusterWithSchedules(work: (cluster: FaultCluster) => Promise<void>): Promise<void> {
  await onCluster({}, async (cluster) => {
    try {
      await work(cluster);
    } finally {
      const left = await listSchedules(cluster.client, cluster.name);
      await Promise.all(left.map(async ({ id }) => await cluster.client.schedule.getHandle(id).delete()));
    }
  });
}

describe('schedules', () => {
  it.concurrent('added, triggered, paused, listed, removed: a backup exists and nothing else stays', async () => {
    await onClusterWithSchedules(async (cluster) => {
      const database = await cluster.database();
      const id = `backup/${cluster.name}/${database}`;
      const add = ['schedule', 'add', 'backup', database, '--cron', '0 2 * * *', '--time-zone', 'Europe/Berlin'];
      const added = await kalpaJson<ListedSchedule>(cluster.json, ...add, '--note', 'nightly', '--label', 'daily');
      expect(added).toMatchObject({ id, state: 'active', note: 'nightly', when: '0 2 * * * Europe/Berlin' });
      expect(new Date(added.nextRunAt ?? '').getTime()).toBeGreaterThan(Date.now());

      const again = await kalpaCommand(cluster.json, ...add);
      expect(again.code).toBe(3);
      expect(again.stderr).toContain(`The schedule ${id} already exists`);

      const described = await cluster.client.schedule.getHandle(id).describe();
      expect(described.policies).toMatchObject({ overlap: 'SKIP', catchupWindow: 86_400_000, pauseOnFailure: false });
      expect(described.action.args).toEqual([{ database, whenBusy: 'wait', label: 'daily' }]);

      const run = await kalpaJson<{ workflowId: string; link: string }>(cluster.json, 'schedule', 'trigger', id);
      expect(run.workflowId).toMatch(new RegExp(`^backup/${cluster.name}/${database}-\\d{4}-\\d\\d-\\d\\dT`));
      expect(run.link).toContain(encodeURIComponent(run.workflowId));
      await cluster.client.workflow.getHandle(run.workflowId).result();
      expect(await cluster.backupStates(database)).toEqual(['committed']);

      const inspected = await kalpaJson<InspectClusterResult>(cluster.json, 'inspect');
      expect(inspected.databases.find((one) => one.database === database)).toMatchObject({
        newestRecoveryPoint: { by: expect.stringMatching(new RegExp(`^${database}-`)) as string },
        nextRuns: [{ schedule: id, operation: 'backUpDatabase', at: added.nextRunAt }],
      });

      await kalpaJson(cluster.json, 'schedule', 'pause', id, '--note', 'a migration');
      expect(await list(cluster)).toMatchObject([
        { id, operation: 'backUpDatabase', database, state: 'paused', recorded: true, note: 'a migration' },
      ]);
      expect((await kalpaJson<ListedSchedule>(cluster.json, 'schedule', 'resume', id)).state).toBe('active');

      await kalpaJson(cluster.json, 'schedule', 'remove', id);
      expect(await list(cluster)).toEqual([]);
      const gone = await kalpaCommand(cluster.json, 'schedule', 'trigger', id);
      expect(gone.code).toBe(3);
      expect(gone.stderr).toContain(`There is no schedule ${id}`);
    });
  });

  it.concurrent('a new Temporal gets the recorded schedules back, the paused one paused', async () => {
    await onClusterWithSchedules(async (cluster) => {
      const [orders, shop] = [`backup/${cluster.name}/ysql.orders`, `snapshot/${cluster.name}/ysql.shop`];
      const add = ['schedule', 'add'];
      await kalpaJson(cluster.json, ...add, 'backup', 'ysql.orders', '--every', '6h');
      await kalpaJson(
        cluster.json,
        ...add,
        'snapshot',
        'ysql.shop',
        '--every',
        '1h',
        '--keep-for',
        '1 day',
        '--paused',
      );
      await kalpaJson(cluster.json, ...add, 'dump-cluster', 'ysql', '--cron', '@daily');
      await kalpaJson(cluster.json, 'schedule', 'remove', `dump-cluster/${cluster.name}/ysql`);
      // What a Temporal that was set up anew knows of them: nothing.
      for (const id of [orders, shop]) await cluster.client.schedule.getHandle(id).delete();

      expect((await list(cluster)).map(({ id, state }) => [id, state])).toEqual([
        [orders, 'missing'],
        [shop, 'missing'],
      ]);
      const restored = await kalpaJson(cluster.json, 'schedule', 'restore');
      expect(restored).toEqual({ restored: [orders, shop], present: [] });
      expect(await list(cluster)).toMatchObject([
        { id: orders, state: 'active', when: 'every 6h' },
        { id: shop, state: 'paused', when: 'every 1h' },
      ]);
      expect(await kalpaJson(cluster.json, 'schedule', 'restore')).toEqual({ restored: [], present: [orders, shop] });
    });
  });

  inFull('times that Temporal refuses are a wrong input, and nothing is made', async () => {
    await onClusterWithSchedules(async (cluster) => {
      const add = ['schedule', 'add', 'backup', 'ysql.orders'];
      const hour = await kalpaCommand(cluster.json, ...add, '--cron', '0 25 * * *');
      expect(hour.code).toBe(2);
      expect(hour.stderr).toMatch(/Temporal refused the times .* \(0 25 \* \* \* UTC\), nothing was changed: /);
      const zone = await kalpaCommand(cluster.json, ...add, '--cron', '0 2 * * *', '--time-zone', 'Europe/Kalpa');
      expect(zone.code).toBe(2);
      expect(await list(cluster)).toEqual([]);
    });
  });

  inFull('one made in the Temporal UI is listed, and said not to be recorded', async () => {
    await onClusterWithSchedules(async (cluster) => {
      const database = await cluster.database();
      const temporal = cluster.client;
      await temporal.schedule.create({
        scheduleId: `by-hand-${cluster.name}`,
        spec: { cronExpressions: ['0 3 * * *'] },
        action: {
          type: 'startWorkflow',
          workflowType: 'backUpDatabase',
          taskQueue: `kalpa/${cluster.name}`,
          args: [{ database }],
        },
      });
      await until('Temporal lists it', async () => (await listSchedules(temporal, cluster.name)).length === 1);
      expect(await list(cluster)).toMatchObject([{ id: `by-hand-${cluster.name}`, database, recorded: false }]);
    });
  });

  it.concurrent(
    '38: a run is still going: it is not started a second time, and the run that goes is named',
    async () => {
      await onClusterWithSchedules(async (cluster) => {
        const database = await cluster.database();
        const connection = await Connection.connect({ address: cluster.json.temporal.address });
        const kalpa = KalpaClient.of(new Client({ connection, namespace: cluster.json.temporal.namespace }), {
          cluster: cluster.name,
        });
        try {
          const input = { database };
          const { id } = await kalpa.schedules.add({ operation: 'backUpDatabase', input, every: '365 days' });
          await cluster.arm({ command: 'create_database_snapshot', name: 'slow', ms: 3_000, times: 1 });
          const first = await kalpa.schedules.trigger(id);
          await expect(kalpa.schedules.trigger(id)).rejects.toMatchObject({
            type: 'DatabaseBusy',
            run: { workflowId: first.workflowId },
          });
          await cluster.client.workflow.getHandle(first.workflowId).result();
        } finally {
          await connection.close();
        }
      });
    },
  );
});
