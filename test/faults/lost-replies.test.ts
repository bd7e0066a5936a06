import { contentOfShop, cql, shopKeyspace } from '../support/cluster/cql';
import { onCluster, type FaultCluster } from '../support/cluster/fault-cluster';
import { EVERY } from '../support/ledger';
import { dialects, inFull, some } from '../support/matrix';
import { until } from '../support/stack';

type Work = (cluster: FaultCluster, lose: () => Promise<void>) => Promise<void>;

const listed = async (cluster: FaultCluster, command: string): Promise<number> =>
  (await cluster.ybAdmin(command)).match(/"options"/g)?.length ?? 0;

/** The database and its copy hold the same. */
async function restoredAlike(cluster: FaultCluster, database: string): Promise<void> {
  const { backupId } = await cluster.backUp(database);
  await cluster.restore({ cluster, backupId, content: {} }, 'copy', { verify: 'counts' });
  expect(await cluster.content('copy')).toEqual(await cluster.content(database));
}

/** Each command that changes a cluster, and a run that sends it; `lose` loses the reply of the next one. */
const COMMANDS: [command: string, since: '2.6' | '2025.1', work: Work][] = [
  [
    'create_snapshot_schedule',
    '2.6',
    async (cluster, lose) => {
      const database = await cluster.database();
      await lose();
      await cluster.run('enablePointInTimeRecovery', { database, ...EVERY });
      expect(await listed(cluster, 'list_snapshot_schedules')).toBe(1);
      await cluster.start('disablePointInTimeRecovery', { database }).then(async (handle) => {
        await handle.result().catch(() => undefined); // 2.6 can't
      });
    },
  ],
  [
    'create_database_snapshot',
    '2.6',
    async (cluster, lose) => {
      const database = await cluster.database();
      await lose();
      await restoredAlike(cluster, database);
    },
  ],
  [
    'import_snapshot',
    '2.6',
    async (cluster, lose) => {
      const database = await cluster.database();
      await lose();
      await restoredAlike(cluster, database);
    },
  ],
  [
    'delete_snapshot',
    '2.6',
    async (cluster, lose) => {
      const database = await cluster.database();
      await lose();
      await restoredAlike(cluster, database);
    },
  ],
  [
    'set_load_balancer_enabled',
    '2.6',
    async (cluster, lose) => {
      const database = await cluster.database();
      await lose();
      await restoredAlike(cluster, database);
    },
  ],
  [
    'disable_tablet_splitting',
    '2025.1',
    async (cluster, lose) => {
      const database = await cluster.database();
      await lose();
      await restoredAlike(cluster, database);
    },
  ],
  [
    'edit_snapshot_schedule',
    '2025.1',
    async (cluster, lose) => {
      const database = await cluster.database();
      await cluster.run('enablePointInTimeRecovery', { database, ...EVERY });
      await lose();
      await cluster.run('enablePointInTimeRecovery', { database, ...EVERY, every: '2 minutes' });
      expect(await cluster.ybAdmin('list_snapshot_schedules')).toContain('"interval": "2 min"');
      await cluster.run('disablePointInTimeRecovery', { database });
    },
  ],
  [
    'delete_snapshot_schedule',
    '2.6',
    async (cluster, lose) => {
      const database = await cluster.database();
      await cluster.run('enablePointInTimeRecovery', { database, ...EVERY });
      await lose();
      await cluster.run('disablePointInTimeRecovery', { database });
      await until('the schedule to go', async () => (await listed(cluster, 'list_snapshot_schedules')) === 0);
    },
  ],
  [
    'create_keyspace_snapshot',
    '2.6',
    async (cluster, lose) => {
      await cql(cluster.json, shopKeyspace('shop'));
      await lose();
      const { backupId } = await cluster.backUp('ycql.shop');
      await cluster.run('restoreDatabase', { backup: backupId, as: 'copy' });
      expect(await contentOfShop(cluster.json, 'copy')).toBe(await contentOfShop(cluster.json, 'shop'));
    },
  ],
  [
    'create_snapshot',
    '2.6',
    async (cluster, lose) => {
      await cql(cluster.json, shopKeyspace('shop'));
      await lose();
      const { backupId } = await cluster.backUp('ycql.shop', { tables: ['customers', 'orders'] });
      await cluster.run('restoreDatabase', { backup: backupId, as: 'copy' });
      expect(await contentOfShop(cluster.json, 'copy')).toBe(await contentOfShop(cluster.json, 'shop'));
    },
  ],
  [
    'import_snapshot_selective',
    '2025.1',
    async (cluster, lose) => {
      await cql(cluster.json, shopKeyspace('shop'));
      const { backupId } = await cluster.backUp('ycql.shop');
      await lose();
      await cluster.run('restoreDatabase', { backup: backupId, as: 'copy', tables: ['customers', 'orders'] });
      expect(await contentOfShop(cluster.json, 'copy')).toBe(await contentOfShop(cluster.json, 'shop'));
    },
  ],
  [
    'clone_namespace',
    '2025.1',
    async (cluster, lose) => {
      await cql(cluster.json, shopKeyspace('shop'));
      await cluster.run('enablePointInTimeRecovery', { database: 'ycql.shop', ...EVERY });
      await lose();
      await cluster.run('recoverToPointInTime', { database: 'ycql.shop', ago: '0s', as: 'copy' });
      expect(await contentOfShop(cluster.json, 'copy')).toBe(await contentOfShop(cluster.json, 'shop'));
      await cluster.run('disablePointInTimeRecovery', { database: 'ycql.shop' });
    },
  ],
];

describe.each(dialects())('a reply is lost, dialect %s', (dialect) => {
  const known = COMMANDS.filter(([, since]) => dialect === '2025.1' || since === '2.6');
  it.concurrent.each(some(known))(
    '3, 54: of %s: what it did is found, and nothing is done twice',
    async (command, _since, work) => {
      await onCluster({ dialect }, async (cluster) => {
        await work(cluster, async () => {
          await cluster.arm({ name: 'lose-reply', command });
        });
        expect((await cluster.status()).struck.map(({ name }) => name)).toEqual(['lose-reply']);
      });
    },
  );
});

describe('a clone of a keyspace', () => {
  inFull('75: it is aborted: made again; aborted again and again: nothing is left', async () => {
    await onCluster({}, async (cluster) => {
      await cql(cluster.json, shopKeyspace('shop'));
      await cluster.run('enablePointInTimeRecovery', { database: 'ycql.shop', ...EVERY });
      await cluster.arm({ name: 'clone-aborts' });
      const copied = await cluster.run<{ warnings?: string[] }>('recoverToPointInTime', {
        database: 'ycql.shop',
        ago: '0s',
        as: 'copy',
      });
      expect(copied.warnings).toEqual([expect.stringMatching(/clone was started again/)]);
      expect(await contentOfShop(cluster.json, 'copy')).toBe(await contentOfShop(cluster.json, 'shop'));
      await cluster.arm({ name: 'clone-aborts', times: 5 });
      const never = await cluster.start('recoverToPointInTime', { database: 'ycql.shop', ago: '0s', as: 'never' });
      await expect(never.result()).rejects.toThrow();
      await cluster.disarm();
      await until('the guardian', async () => !(await cluster.ybAdmin('list_namespaces')).includes('never '));
      await cluster.run('disablePointInTimeRecovery', { database: 'ycql.shop' });
    });
  });

  inFull.each(['cancel', 'terminate'] as const)(
    '37: a %s in the middle: the keyspace that it made is dropped, and nothing else',
    async (end) => {
      await onCluster({}, async (cluster) => {
        await cql(cluster.json, shopKeyspace('shop'));
        const before = await contentOfShop(cluster.json, 'shop');
        await cluster.run('enablePointInTimeRecovery', { database: 'ycql.shop', ...EVERY });
        await cluster.arm({ name: 'slow', command: 'list_clones', nth: 2, times: 3, ms: 1_000 });
        const handle = await cluster.start('recoverToPointInTime', { database: 'ycql.shop', ago: '0s', as: 'gone' });
        await until('the clone', async () => (await cluster.ybAdmin('list_namespaces')).includes('gone '));
        await handle[end]('a person changed their mind');
        await expect(handle.result()).rejects.toThrow();
        await until('it is dropped', async () => !(await cluster.ybAdmin('list_namespaces')).includes('gone '));
        expect(await contentOfShop(cluster.json, 'shop')).toBe(before);
        await cluster.run('disablePointInTimeRecovery', { database: 'ycql.shop' });
      });
    },
  );
});
