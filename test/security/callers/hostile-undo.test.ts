import { fakeYugabyte } from '../../support/fake-yugabyte';
import type { ControlDependencies } from '../../../src/activities/control/dependencies';
import { recordMaking } from '../../../src/activities/control/undo/makings';
import { makeUndo } from '../../../src/activities/control/undo/undo';
import { encodeForId } from '../../../src/contract';
import type { Undo } from '../../../src/contract/internal';
import { openRepository } from '../../../src/repository';
import { StoreError, type ObjectStore } from '../../../src/transfer';
import { listTables } from '../../../src/yugabyte/yb-admin/list-tables';
import { FakedCluster, refusal } from '../../support/workflows/faked-cluster';

/** A bucket in memory, of which nothing is needed but to create and to read. */
function bucket(): ObjectStore {
  const objects = new Map<string, Buffer>();
  return {
    location: 's3://bucket',
    create: async (key: string, bytes: Buffer) => {
      if (objects.has(key)) throw new StoreError('exists', { kind: 'exists', operation: 'create', key });
      objects.set(key, bytes);
      return await Promise.resolve({ etag: '"e"' });
    },
    read: async (key: string) => {
      const bytes = objects.get(key);
      if (!bytes) throw new StoreError('missing', { kind: 'missing', operation: 'read', key });
      return await Promise.resolve(bytes);
    },
  } as unknown as ObjectStore;
}

describe('what a guardian is asked to undo', () => {
  let cluster: FakedCluster;
  let dependencies: ControlDependencies;
  let dropped: string[];
  /** Keyspaces of the cluster with their tables. */
  let keyspaces: Map<string, string[]>;

  beforeAll(async () => {
    cluster = await FakedCluster.open();
  }, 60_000);
  afterAll(async () => {
    await cluster.close();
  });

  beforeEach(() => {
    dropped = [];
    keyspaces = new Map();
    const yugabyte = fakeYugabyte({
      http: {
        dumpEntities: async () =>
          await Promise.resolve({
            keyspaces: [...keyspaces.keys()].map((name) => ({ id: name, name, api: 'ycql' })),
            tables: [...keyspaces].flatMap(([keyspaceId, tables]) =>
              tables.map((name) => ({ id: `${keyspaceId}.${name}`, name, keyspaceId })),
            ),
          }),
      },
      run: async (command: unknown) =>
        await Promise.resolve(
          command === listTables
            ? [...keyspaces].flatMap(([keyspace, tables]) => tables.map((name) => ({ id: `${keyspace}.${name}` })))
            : [],
        ),
      sql: {
        dropDatabase: async (name: string) => {
          dropped.push(name);
          return await Promise.resolve({ dropped: true });
        },
      },
      cql: {
        dropTables: async (keyspace: string, tables: string[]) => {
          dropped.push(...tables.map((table) => `${keyspace}.${table}`));
          await Promise.resolve();
        },
        dropKeyspace: async (keyspace: string) => {
          dropped.push(keyspace);
          await Promise.resolve();
        },
      },
    });
    const store = bucket();
    dependencies = {
      client: cluster.client,
      timing: { ...cluster.timing, rpcTimeout: 50, pollInterval: 20, leftoverDeadline: 500 },
      store,
      repository: openRepository({ store, cluster: cluster.name }),
      yugabyte: () => yugabyte,
    } as unknown as ControlDependencies;
  });

  /** A guardian that a person has started, with what it is told; how it ended. */
  async function byHand(database: string, undo: Undo): Promise<{ undone: string[]; leftovers: string[] }> {
    cluster.use({ undo: makeUndo(dependencies) });
    const owner = await cluster.start('inspectCluster', {});
    await owner.result();
    await cluster.lock(database, { holder: owner, operation: 'loadDump' });
    const guardian = cluster.client.workflow.getHandle(`busy/${cluster.name}/${encodeForId(database)}`);
    await guardian.signal('note', { key: 'x', undo });
    await guardian.signal('close', { end: 'failed' });
    return (await guardian.result()) as { undone: string[]; leftovers: string[] };
  }

  it.each<[string, Undo]>([
    ['ycql.shop', { kind: 'newKeyspace', database: 'ycql.shop', tables: ['orders'] }],
    ['ycql.shop', { kind: 'keyspace', database: 'ycql.shop', tables: ['orders'], existed: false, listedBefore: [] }],
    ['ysql.kept', { kind: 'scratch', scratchName: 'kalpa_0123456789ab', of: 'x', listedBefore: [] }],
    ['ysql.other', { kind: 'scratchDatabase', scratchName: 'kalpa_0123456789ab' }],
    ['ysql.snap', { kind: 'snapshot', database: 'ysql.snap', snapshotId: 'of-others', listedBefore: [] }],
    ['ysql.pitr', { kind: 'schedule', database: 'ysql.pitr', scheduleId: 'of-others', listedBefore: [] }],
  ])(
    '23.4: by hand, of %s, is not undone: nothing is dropped, and a leftover says why (%j)',
    async (database, undo) => {
      keyspaces.set('shop', ['orders', 'customers']);
      const { undone, leftovers } = await byHand(database, undo);
      expect(dropped).toEqual([]);
      expect(undone).toEqual([]);
      expect(leftovers).toEqual([
        expect.stringMatching(/It is not proved that .* nothing was touched: .* was not started by/),
      ]);
    },
  );

  /** A load of a keyspace that fails after it has made what `making` says. */
  async function failedLoad(as: string, making: () => Promise<void>): Promise<void> {
    cluster.use({
      undo: makeUndo(dependencies),
      findDump: async ({ dump, chain }) =>
        await Promise.resolve({
          ...{ dumpId: dump, cluster: cluster.name, database: 'ycql.shop', content: 'all' as const, chain },
          manifestSha256: 'b'.repeat(64),
        }),
      createKeyspace: async ({ guarded }) => {
        await recordMaking(dependencies, guarded.chain, `ycql.${as}`);
        await making();
        throw refusal('RestoreFailed', 'a table could not be made');
      },
    });
    const run = await cluster.start('loadDump', { dump: 'ycql.shop-dump-20261122T020007Z-3fa9c1', as });
    await expect(run.result()).rejects.toMatchObject({ cause: { type: 'RestoreFailed' } });
  }

  it('23.4: by the run that made it, is undone', async () => {
    await failedLoad('made', async () => {
      keyspaces.set('made', ['orders']);
      await Promise.resolve();
    });
    expect(dropped).toEqual(['made.orders', 'made']);
  });

  it('23.4: of a keyspace that stood there when the run looked first, is not undone, whatever it is called', async () => {
    keyspaces.set('there', ['orders']);
    await failedLoad('there', async () => await Promise.resolve());
    expect(dropped).toEqual([]);
  });
});
