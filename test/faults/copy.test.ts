import { readFileSync } from 'node:fs';
import type { WorkflowHandle } from '@temporalio/client';
import { parse } from 'yaml';
import type { BackUpDatabaseResult } from '../../src/contract';
import { bulky, busiest, hurry, SLOW } from '../support/cluster/copying';
import { startExtraWorker } from '../support/cluster/extra-worker';
import { expectWhole } from '../support/expect-whole';
import { GET_OF_DATA, PUT_OF_DATA, PUT_OF_MANIFEST, type FaultyStore } from '../support/store/faulty-store';
import { onCluster, type FaultCluster } from '../support/cluster/fault-cluster';
import { awayUntilSnapshotDeleted, onFaultyStore } from '../support/store/on-faulty-store';
import { dialects, inFull } from '../support/matrix';
import { failureOf, until } from '../support/stack';
import { guardianEnd, untilCopying, untilPending } from '../support/cluster/watch-run';

const SLOW_DOWNS_FOR_MS = 20_000;

describe.each(dialects())('copying the files, dialect %s', (dialect) => {
  inFull('21: every leader moves: no matter', async () => {
    await onCluster({ dialect }, async (cluster) => {
      const database = await bulky(cluster);
      const handle = await cluster.start('backUpDatabase', { database, ...SLOW });
      await untilCopying(handle);
      await cluster.act('leader', {});
      await hurry(handle);
      const backup = (await handle.result()) as BackUpDatabaseResult;
      expect(backup.warnings).toBeUndefined();
      expect(await cluster.backupStates(database)).toEqual(['committed']);
    });
  });

  inFull('22: a node loses its replicas while it copies: another peer is copied', async () => {
    await onCluster({ dialect }, async (cluster) => {
      const database = await bulky(cluster);
      const handle = await cluster.start('backUpDatabase', { database, ...SLOW });
      await untilCopying(handle);
      await cluster.act('replica', { tserver: await busiest(cluster, handle) });
      await hurry(handle);
      const backup = (await handle.result()) as BackUpDatabaseResult;
      expect(backup.warnings?.join()).toMatch(/tablet replicas could not be copied; other replicas were copied/);
      expect(await cluster.backupStates(database)).toEqual(['committed']);
    });
  });

  it.concurrent('23: a node dies for good in the middle: its tablets are copied from the others', async () => {
    const timing = { copyQueueTimeout: '2s', copyTimeout: '20s' };
    const apart = ['node-worker-1', 'node-worker-2', 'node-worker-3'];
    await onCluster({ dialect, timing, apart }, async (cluster) => {
      const database = await bulky(cluster, 2_000_000); // half a minute a node: it dies before its copy ends
      const handle = await cluster.start('backUpDatabase', { database, ...SLOW });
      await untilCopying(handle);
      const tserver = await busiest(cluster, handle);
      await cluster.act('tserver', { tserver, alive: false });
      await cluster.end(`node-worker-${tserver + 1}`);
      await hurry(handle);
      const backup = (await handle.result()) as BackUpDatabaseResult;
      expect(backup.warnings?.join()).toMatch(/other replicas were copied/);
      expect(await cluster.backupStates(database)).toEqual(['committed']);
      await cluster.act('tserver', { tserver, alive: true });
    });
  });

  it.concurrent(
    '25: a node worker is killed in the middle of a multipart upload: resumed, no part left open',
    async () => {
      await onCluster({ dialect, apart: ['node-worker-1', 'node-worker-2', 'node-worker-3'] }, async (cluster) => {
        const database = await bulky(cluster, 40_000_000, 3);
        const handle = await cluster.start('backUpDatabase', { database, bytesPerSecond: 6_000_000 });
        await untilCopying(handle);
        await cluster.untilUploading();
        await cluster.kill('node-worker-1');
        await hurry(handle);
        const backup = (await handle.result()) as BackUpDatabaseResult;
        expect(backup.bytes).toBeGreaterThan(120_000_000);
        expect(await cluster.backupStates(database)).toEqual(['committed']);
      });
    },
  );

  it.concurrent('37: cancelled in the middle, twice: clean, and listed as cancelled', async () => {
    await onCluster({ dialect }, async (cluster) => {
      const database = await bulky(cluster, 20_000_000, 3);
      const handle = await cluster.start('backUpDatabase', { database, ...SLOW });
      await untilCopying(handle);
      await handle.cancel();
      await handle.cancel();
      await expect(handle.result()).rejects.toMatchObject({ cause: { name: 'CancelledFailure' } });
      expect(await cluster.leftovers()).toEqual([]);
      expect(await cluster.backupStates(database)).toEqual(['cancelled']);
    });
  });
});

describe.each(dialects())('the store, dialect %s', (dialect) => {
  const onStore = async (
    work: (cluster: FaultCluster, store: FaultyStore) => Promise<void>,
    timing: Record<string, string> = {},
  ): Promise<void> => {
    await onFaultyStore({ dialect, timing }, work);
  };

  inFull('26: an upload gets no answer: given up after its time-out and sent again', async () => {
    await onStore(async (cluster, store) => {
      const database = await cluster.database();
      const handle = await cluster.start('backUpDatabase', { database, fingerprint: 'full' });
      await untilPending(handle, 'createSnapshot');
      store.arm('hang', PUT_OF_DATA, 1);
      const backup = (await handle.result()) as BackUpDatabaseResult;
      expect(store.struck).toMatchObject({ hang: 1 });
      await expectWhole(cluster, database, backup);
    });
  });

  inFull('26: answers 503 SlowDown, then resets and cuts: waited out', async () => {
    await onStore(async (cluster, store) => {
      const database = await cluster.database();
      const handle = await cluster.start('backUpDatabase', { database, fingerprint: 'full' });
      await untilPending(handle, 'createSnapshot'); // preflight is over; it refuses a store that does not answer
      const calmAt = Date.now() + SLOW_DOWNS_FOR_MS;
      store.arm('slowDown', (method) => method === 'PUT' && Date.now() < calmAt, Infinity);
      store.arm('reset', PUT_OF_DATA, 1);
      store.arm('cut', (method, key) => method === 'GET' && key.includes('/segments/'), 2);
      const backup = (await handle.result()) as BackUpDatabaseResult;
      expect(store.struck.slowDown).toBeGreaterThan(2);
      expect(store.struck.reset).toBe(1);
      store.arm('cut', GET_OF_DATA, 3);
      store.arm('reset', GET_OF_DATA, 2);
      await expectWhole(cluster, database, backup);
      expect(store.struck.cut).toBeGreaterThan(2);
    });
  });

  const away: [string, (handle: WorkflowHandle) => Promise<void>, Record<string, string>][] = [
    // There an attempt asks the store for 30 s.
    [
      'before the schema is dumped',
      async (handle) => await untilPending(handle, 'waitForSnapshot'),
      { phaseDeadline: '40s' },
    ],
    ['in the middle of a copy', untilCopying, { phaseDeadline: '8s' }],
  ];
  inFull.each(away)(
    '31: is unavailable %s for longer than it is waited for: StoreUnavailable, the snapshot is deleted',
    async (_when, reached, timing) => {
      await onStore(async (cluster, store) => {
        const database = await bulky(cluster);
        const handle = await cluster.start('backUpDatabase', { database, ...SLOW });
        await reached(handle);
        await awayUntilSnapshotDeleted(cluster, store, database);
        const failure = await failureOf(handle);
        expect(failure.type).toBe('StoreUnavailable');
        expect(failure.message).toMatch(/ECONNRESET.*check the store and the network/);
        expect(await guardianEnd(cluster.client, database, cluster.name)).toBe('COMPLETED');
        expect(await cluster.backupStates(database)).toEqual(['failed']);
      }, timing);
    },
  );

  inFull('31: is unavailable in the middle of a restore: StoreUnavailable, nothing left', async () => {
    await onStore(
      async (cluster, store) => {
        const database = await bulky(cluster);
        const { backupId } = await cluster.backUp(database);
        const handle = await cluster.startRestore({ cluster, backupId, content: {} }, 'copy', SLOW);
        await untilCopying(handle);
        store.arm('reset', () => true, Infinity);
        const failed = failureOf(handle);
        const guardian = cluster.client.workflow.getHandle(`busy/${cluster.name}/ysql.copy`);
        await untilPending(guardian, 'undo');
        store.disarm();
        expect((await failed).type).toBe('StoreUnavailable');
        await until('nothing is left', async () => (await cluster.leftovers()).length === 0);
      },
      { phaseDeadline: '8s' },
    );
  });

  inFull('28: access is denied after preflight: fails at once, nothing listed', async () => {
    await onStore(async (cluster, store) => {
      const database = await cluster.database();
      const handle = await cluster.start('backUpDatabase', { database });
      await untilPending(handle, 'createSnapshot');
      store.arm('deny', PUT_OF_DATA, 1_000);
      const failure = await failureOf(handle);
      expect(failure.type).toBe('StoreUnavailable'); // final: waiting gives nobody a right
      expect(failure.message).toMatch(/AccessDenied|access denied/i);
      store.disarm();
      expect(await cluster.backupStates(database)).toEqual(['failed']);
    });
  });

  it.concurrent(
    '29, 41: wrong bytes come back, of the right length: the restore fails before anything is made of them',
    async () => {
      await onStore(async (cluster, store) => {
        const database = await cluster.database();
        const { backupId } = await cluster.backUp(database);
        store.arm('wrongBytes', GET_OF_DATA, 10_000);
        const failure = await failureOf(await cluster.startRestore({ cluster, backupId, content: {} }, 'copy'));
        expect(failure.type).toBe('ChecksumMismatch');
        expect(failure.message).toMatch(/expected SHA-256 .*restore from another backup/);
        expect(store.struck.wrongBytes).toBeGreaterThan(0);
        store.disarm();
        await expectWhole(cluster, database, { backupId }); // nothing of the first try is in the way
      });
    },
  );

  inFull('35: the manifest can not be written at first: only that is tried again', async () => {
    await onStore(async (cluster, store) => {
      const database = await cluster.database();
      store.arm('slowDown', PUT_OF_MANIFEST, 3);
      store.arm('reset', PUT_OF_MANIFEST, 1);
      const backup = await cluster.backUp(database);
      expect(store.struck).toMatchObject({ slowDown: 3, reset: 1 });
      expect(backup.warnings).toBeUndefined();
      expect(await cluster.backupStates(database)).toEqual(['committed']);
    });
  });
});

describe.each(dialects())('a node worker, dialect %s', (dialect) => {
  it.concurrent('28: has the data directories of another node: it does not poll, and says why', async () => {
    await onCluster({ dialect }, async (cluster) => {
      const { json } = cluster;
      const own = parse(readFileSync(json.config.replace('kalpa.yaml', 'kalpa-node-1.yaml'), 'utf8')) as {
        node: object;
      };
      const other = parse(readFileSync(json.config.replace('kalpa.yaml', 'kalpa-node-2.yaml'), 'utf8')) as {
        node: { dataDirs: string[] };
      };
      const node = { ...own.node, dataDirs: other.node.dataDirs };
      await expect(startExtraWorker(json, 'misplaced', { config: { node }, node: 1 })).rejects.toThrow(
        /ended before it was ready[\s\S]*uses the data directories .* but kalpa\.yaml says/,
      );
    });
  });
});
