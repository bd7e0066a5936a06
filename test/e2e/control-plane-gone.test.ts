import type { ListedSchedule } from '../../src/client';
import { listSchedules } from '../../src/schedules';
import { Client } from '@temporalio/client';
import { onCluster } from '../support/cluster/fault-cluster';
import { kalpaCommand, kalpaJson } from '../support/kalpa-command';
import { openStackStore } from '../support/store/stack-store';
import { until } from '../support/stack';

interface Adopted {
  backups: number;
  newestBackup: string;
  restored: string[];
  present: string[];
}
interface Browsed {
  clusters: string[];
  databases: { cluster: string; database: string; backups: number; newestBackup: string }[];
}

it('26.6: on an empty Temporal the backups are there, and the schedules come back from the bucket, paused', async () => {
  await onCluster({}, async (cluster) => {
    const database = await cluster.database();
    const { backupId } = await kalpaJson<{ backupId: string }>(cluster.json, 'backup', database);
    const ids = [`backup/${cluster.name}/${database}`, `rehearse/${cluster.name}/${database}`];
    const daily = ['--cron', '0 2 * * *', '--note', 'nightly'];
    await kalpaJson(cluster.json, 'schedule', 'add', 'backup', database, ...daily);
    await kalpaJson(cluster.json, 'schedule', 'add', 'rehearse', database, '--every', '1 day');
    const { connection } = cluster.client;
    const namespace = `empty-${cluster.name}`;
    await connection.workflowService.registerNamespace({
      namespace,
      workflowExecutionRetentionPeriod: { seconds: 86_400 as never },
    });
    const fresh = { ...cluster.json, temporal: { ...cluster.json.temporal, namespace } };
    const empty = new Client({ connection, namespace });
    try {
      const list = async () => (await kalpaJson<{ schedules: ListedSchedule[] }>(fresh, 'schedule', 'list')).schedules;
      await until('the namespace answers', async () => (await kalpaCommand(fresh, 'schedule', 'list')).code === 0);
      expect((await list()).map(({ id, state }) => [id, state])).toEqual(ids.map((id) => [id, 'missing']));
      const { backups } = await kalpaJson<{ backups: { backupId: string }[] }>(fresh, 'backups');
      expect(backups).toMatchObject([{ backupId, state: 'committed' }]);

      const adopted = await kalpaJson<Adopted>(fresh, 'adopt');
      expect(adopted).toMatchObject({ backups: 1, newestBackup: backupId, restored: ids, present: [] });
      expect((await list()).map(({ id, state, note }) => [id, state, note])).toEqual([
        [ids[0], 'paused', 'nightly'],
        [ids[1], 'paused', expect.stringContaining('restored from the bucket') as string],
      ]);
      expect(await kalpaJson<Adopted>(fresh, 'adopt')).toMatchObject({ restored: [], present: ids });
      await kalpaJson(fresh, 'schedule', 'resume', ids[0] ?? '');
      expect((await list())[0]).toMatchObject({ state: 'active', when: '0 2 * * * UTC' });
    } finally {
      for (const client of [empty, cluster.client])
        for (const { id } of await listSchedules(client, cluster.name)) await client.schedule.getHandle(id).delete();
    }

    const { s3 } = cluster.json;
    const store = openStackStore(cluster.json);
    const keys = async (): Promise<string[]> => {
      const found: string[] = [];
      for await (const { key } of store.list(`clusters/${cluster.name}/`)) found.push(key);
      return found;
    };
    try {
      const before = await keys();
      const nowhere = { ...cluster.json, config: '/nowhere/kalpa.yaml' };
      const where = ['browse', `s3://${s3.bucket}/${s3.prefix}`, '--endpoint', s3.endpoint, '--region', s3.region];
      const browsed = await kalpaJson<Browsed>(nowhere, ...where, '--cluster', cluster.name);
      expect(browsed).toMatchObject({
        clusters: [cluster.name],
        databases: [{ cluster: cluster.name, database, backups: 1, newestBackup: backupId, dumps: 0 }],
      });
      const one = await kalpaCommand(nowhere, ...where, database, '--cluster', cluster.name);
      expect(one.stdout).toContain(backupId);
      expect(one.stderr).toContain('None of this is verified');
      const missing = await kalpaCommand(nowhere, 'browse', `s3://${s3.bucket}/gone`, '--endpoint', s3.endpoint);
      expect(missing).toMatchObject({ code: 3 });
      expect(missing.stderr).toContain('There is no repository of Kalpa');
      expect(await keys()).toEqual(before);
    } finally {
      store.close();
    }
  });
}, 180_000);
