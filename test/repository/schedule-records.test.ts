import { layout, newestSchedules, openRepository, writeSchedule, type ClusterStore } from '../../src/repository';
import { openStore, type ObjectStore } from '../../src/transfer';
import { startSeaweedfs, type Seaweedfs } from '../suites/seaweedfs';

let seaweedfs: Seaweedfs;
const stores: ObjectStore[] = [];
beforeAll(async () => {
  seaweedfs = await startSeaweedfs();
});
afterAll(async () => {
  for (const store of stores) store.close();
  await seaweedfs.stop();
});

function fresh(): ClusterStore {
  const store = openStore(seaweedfs.config(`schedules-${stores.length}`));
  stores.push(store);
  return openRepository({ store, cluster: 'demo' });
}

const change = (scheduleId: string, cron: string) => ({
  scheduleId,
  schedule: { scheduleId, operation: 'backUpDatabase', input: { database: 'ysql.orders' }, cron },
  kalpaVersion: '0.1.0',
});

async function keys({ store }: ClusterStore): Promise<string[]> {
  const found: string[] = [];
  for await (const { key } of store.list(layout.schedules('demo'))) found.push(key);
  return found;
}

describe('records of schedules', () => {
  it('say of each schedule what was asked last, removed ones too', async () => {
    const repository = fresh();
    expect(await newestSchedules(repository)).toEqual({ schedules: [] });
    await writeSchedule(repository, change('b', '0 1 * * *'));
    await writeSchedule(repository, change('a', '0 1 * * *'));
    await writeSchedule(repository, change('b', '0 2 * * *'));
    await writeSchedule(repository, { scheduleId: 'a', schedule: 'removed', kalpaVersion: '0.1.0' });
    expect((await newestSchedules(repository)).schedules).toMatchObject([
      { scheduleId: 'a', schedule: 'removed' },
      { scheduleId: 'b', schedule: { cron: '0 2 * * *' } },
    ]);
    expect(await keys(repository)).toHaveLength(4); // written once each, none replaced
  });

  it('of many writers at once are all kept', async () => {
    const repository = fresh();
    const ids = Array.from({ length: 12 }, (_, i) => `schedule-${String(i).padStart(2, '0')}`);
    await Promise.all(ids.map(async (id) => await writeSchedule(repository, change(id, '0 1 * * *'))));
    expect((await newestSchedules(repository)).schedules.map(({ scheduleId }) => scheduleId)).toEqual(ids);
  });

  it('come after those that are there, whatever the clock says', async () => {
    const repository = fresh();
    const ahead = new Date(Date.now() + 3_600_000);
    const record = { ...change('a', '0 1 * * *'), format: 1, at: ahead.toISOString() };
    await repository.store.create(layout.schedule('demo', ahead), Buffer.from(JSON.stringify(record)));
    await writeSchedule(repository, change('a', '0 2 * * *'));
    expect((await newestSchedules(repository)).schedules).toMatchObject([{ schedule: { cron: '0 2 * * *' } }]);
  });

  it('of a newer format are refused, and what is no record is skipped', async () => {
    const repository = fresh();
    await repository.store.create(`${layout.schedules('demo')}readme.txt`, Buffer.from('mine'));
    expect(await newestSchedules(repository)).toEqual({ schedules: [] });
    await repository.store.create(layout.schedule('demo', new Date()), Buffer.from('{"format":2}'));
    await expect(newestSchedules(repository)).rejects.toMatchObject({ kind: 'ManifestInvalid' });
  });
});
