import { layout, listClusters, openRepository, registerCluster } from '../../src/repository';
import { MemoryStore } from '../support/store/memory-store';

const put = async (memory: MemoryStore, key: string): Promise<void> => {
  await memory.open().create(key, Buffer.from('{}'), {});
};

describe('26.6: the clusters of a repository', () => {
  it('are found by their names alone, whatever they are called and however much they hold', async () => {
    const memory = new MemoryStore();
    const names = ['a', 'a-b', 'a.b', 'a0', 'ab', 'orders-prod', 'z'];
    for (const cluster of names) {
      await registerCluster(openRepository({ store: memory.open(), cluster }), `universe of ${cluster}`);
      for (let n = 0; n < 50; n += 1) await put(memory, `${layout.cluster(cluster)}backups/${n}`);
    }
    await put(memory, 'clusters/no-folder');
    await put(memory, 'clusters/%zz/what');
    await put(memory, 'clustersx/a/b');
    let asked = 0;
    const store = memory.open(() => {
      asked += 1;
    });
    expect((await listClusters(store)).sort()).toEqual([...names].sort());
    expect(asked).toBeLessThanOrEqual(1 + names.length + 3);
  });

  it('are none where there is no repository, which is reported, or an empty one', async () => {
    const memory = new MemoryStore();
    await expect(listClusters(memory.open())).rejects.toMatchObject({
      ...{
        kind: 'NotFound',
        message: expect.stringContaining('There is no repository of Kalpa in s3://memory') as string,
      },
    });
    await memory.open().create(layout.repository, Buffer.from('{"format":1,"repositoryId":"r"}'), {});
    expect(await listClusters(memory.open())).toEqual([]);
  });

  it('of a format that this version does not know are not read', async () => {
    const memory = new MemoryStore();
    await memory.open().create(layout.repository, Buffer.from('{"format":2,"repositoryId":"r"}'), {});
    await expect(listClusters(memory.open())).rejects.toThrow(/has format 2; this Kalpa knows format 1/);
  });

  it('are listed once, and end, even if the store ignores where a list is to start', async () => {
    const memory = new MemoryStore();
    await registerCluster(openRepository({ store: memory.open(), cluster: 'demo' }), 'u');
    const store = memory.open();
    const { list } = store;
    await expect(listClusters({ ...store, list: (prefix) => list(prefix) })).resolves.toEqual(['demo']);
  });
});
