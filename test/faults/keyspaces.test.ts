import type {
  BackUpDatabaseResult,
  DumpDatabaseResult,
  LoadDumpResult,
  RestoreDatabaseResult,
} from '../../src/contract';
import { contentOfShop, cql, shopKeyspace } from '../support/cluster/cql';
import { dumpsOf } from '../support/store/dump-list';
import { onCluster, type FaultCluster } from '../support/cluster/fault-cluster';
import { dialects, inFull, some } from '../support/matrix';
import { onFaultyStore } from '../support/store/on-faulty-store';
import { failureOf } from '../support/stack';
import { guardianEnd, untilPending } from '../support/cluster/watch-run';

const DATABASE = 'ycql.shop';
const BACKUP_STEPS = ['createSnapshot', 'exportSnapshot', 'commitManifest'];
const RESTORE_STEPS = ['importSnapshot', 'restoreSnapshot', 'verifyRestored'];
const DUMP_STEPS = ['dumpTable', 'dumpKeyspace', 'confirmKeyspace', 'commitDump'];
const LOAD_STEPS = ['loadTable', 'createKeyspace', 'verifyLoadedTable'];

/** A cluster with a keyspace that takes a moment to read. */
async function withShop(cluster: FaultCluster): Promise<string> {
  await cql(cluster.json, shopKeyspace('shop'));
  return await contentOfShop(cluster.json, 'shop');
}
const namespaces = async (cluster: FaultCluster): Promise<string> => await cluster.ybAdmin('list_namespaces');

describe.each(dialects())('the control worker is killed with SIGKILL, keyspaces, dialect %s', (dialect) => {
  const apart = ['control-worker'];

  inFull.each(BACKUP_STEPS)('4, 36: in the step %s of a backup: it continues with another worker', async (step) => {
    await onCluster({ dialect, apart }, async (cluster) => {
      await withShop(cluster);
      const handle = await cluster.start('backUpDatabase', { database: DATABASE });
      await untilPending(handle, step);
      await cluster.kill('control-worker');
      expect((await handle.result()) as BackUpDatabaseResult).toMatchObject({ database: DATABASE, tables: 2 });
      expect(await guardianEnd(cluster.client, DATABASE, cluster.name)).toBe('COMPLETED');
      expect(await cluster.leftovers()).toEqual([]);
      expect(await cluster.backupStates(DATABASE)).toEqual(['committed']);
    });
  });

  inFull.each(RESTORE_STEPS)('36, 43: in the step %s of a restore: it continues with another worker', async (step) => {
    await onCluster({ dialect, apart }, async (cluster) => {
      const before = await withShop(cluster);
      const { backupId } = await cluster.backUp(DATABASE, { fingerprint: 'full' });
      const handle = await cluster.start('restoreDatabase', { backup: backupId, as: 'copy', verify: 'full' });
      await untilPending(handle, step);
      await cluster.kill('control-worker');
      expect((await handle.result()) as RestoreDatabaseResult).toMatchObject({ database: 'ycql.copy' });
      expect(await contentOfShop(cluster.json, 'copy')).toBe(before);
      expect(await cluster.leftovers()).toEqual([]);
    });
  });

  inFull.each(DUMP_STEPS)('36: in the step %s of a dump: it continues with another worker', async (step) => {
    await onCluster({ dialect, apart }, async (cluster) => {
      const before = await withShop(cluster);
      const handle = await cluster.start('dumpDatabase', { database: DATABASE });
      await untilPending(handle, step);
      await cluster.kill('control-worker');
      const { dumpId } = (await handle.result()) as DumpDatabaseResult;
      expect(await guardianEnd(cluster.client, DATABASE, cluster.name)).toBe('COMPLETED');
      await cluster.run('loadDump', { dump: dumpId, as: 'copy' });
      expect(await contentOfShop(cluster.json, 'copy')).toBe(before);
      expect(await cluster.leftovers()).toEqual([]);
    });
  });

  inFull.each(LOAD_STEPS)(
    '36, 43: in the step %s of a load: it begins that step afresh with another worker',
    async (step) => {
      await onCluster({ dialect, apart }, async (cluster) => {
        const before = await withShop(cluster);
        const { dumpId } = await cluster.run<DumpDatabaseResult>('dumpDatabase', { database: DATABASE });
        const handle = await cluster.start('loadDump', { dump: dumpId, as: 'copy' });
        await untilPending(handle, step);
        await cluster.kill('control-worker');
        expect((await handle.result()) as LoadDumpResult).toMatchObject({ database: 'ycql.copy', rows: 24 });
        expect(await contentOfShop(cluster.json, 'copy')).toBe(before);
        expect(await guardianEnd(cluster.client, 'ycql.copy', cluster.name)).toBe('COMPLETED');
      });
    },
  );
});

describe('a dump or load of a keyspace', () => {
  inFull.each(['cancel', 'terminate'] as const)(
    '37: a dump of a keyspace meets a %s: nothing is listed that could be loaded',
    async (end) => {
      await onCluster({}, async (cluster) => {
        await withShop(cluster);
        const handle = await cluster.start('dumpDatabase', { database: DATABASE });
        await untilPending(handle, 'dumpTable');
        await handle[end]('a person changed their mind');
        await expect(handle.result()).rejects.toThrow();
        expect(await guardianEnd(cluster.client, DATABASE, cluster.name)).toBe('COMPLETED');
        const listed = await dumpsOf(cluster.json, DATABASE, cluster.name);
        expect(listed.map(({ state }) => state)).not.toContain('committed');
      });
    },
  );

  it.concurrent.each(some(['cancel', 'terminate'] as const))(
    '37: a load of a keyspace meets a %s: what it made is dropped, and nothing else',
    async (end) => {
      await onCluster({}, async (cluster) => {
        const before = await withShop(cluster);
        const { dumpId } = await cluster.run<DumpDatabaseResult>('dumpDatabase', { database: DATABASE });
        const handle = await cluster.start('loadDump', { dump: dumpId, as: 'copy' });
        await untilPending(handle, 'loadTable');
        await handle[end]('a person changed their mind');
        await expect(handle.result()).rejects.toThrow();
        expect(await guardianEnd(cluster.client, 'ycql.copy', cluster.name)).toBe('COMPLETED');
        expect(await namespaces(cluster)).not.toMatch(/^copy /m);
        expect(await contentOfShop(cluster.json, 'shop')).toBe(before);
      });
    },
  );

  inFull('29, 41: wrong bytes come back, of the right length: refused, and nothing of it stays', async () => {
    await onFaultyStore({}, async (cluster, store) => {
      await withShop(cluster);
      const { dumpId } = await cluster.run<DumpDatabaseResult>('dumpDatabase', { database: DATABASE });
      store.arm('wrongBytes', (method, key) => method === 'GET' && /customers.*\.csv\.gz/.test(key), 10_000);
      const failure = await failureOf(await cluster.start('loadDump', { dump: dumpId, as: 'copy' }));
      expect(failure).toMatchObject({ type: 'ChecksumMismatch' });
      expect(store.struck.wrongBytes).toBeGreaterThan(0);
      expect(await namespaces(cluster)).not.toMatch(/^copy /m);
    });
  });

  inFull('6: a table is changed while it is dumped: nothing is committed', async () => {
    await onCluster({ apart: ['control-worker'] }, async (cluster) => {
      await withShop(cluster);
      const handle = await cluster.start('dumpDatabase', { database: DATABASE });
      await untilPending(handle, 'dumpTable');
      await cql(cluster.json, 'ALTER TABLE shop.orders ADD more int');
      const failure = await failureOf(handle);
      expect(failure).toMatchObject({ type: 'SchemaChanging' });
      expect(await dumpsOf(cluster.json, DATABASE, cluster.name)).toMatchObject([{ state: 'failed' }]);
    });
  });
});
