import {
  compactSchedules,
  layout,
  newestSchedules,
  newSigningKey,
  trustOf,
  writeSchedule,
  type ClusterStore,
} from '../../../src/repository';
import { MemoryStore } from '../../support/store/memory-store';
import { DAY, OPTIONS } from './kept-backups';

const { graceMs } = OPTIONS;
const change = (scheduleId: string, cron: string) => ({
  scheduleId,
  schedule: { scheduleId, operation: 'backUpDatabase', input: { database: 'ysql.orders' }, cron },
  kalpaVersion: '0.1.0',
});
const removal = (scheduleId: string) => ({ scheduleId, schedule: 'removed' as const, kalpaVersion: '0.1.0' });
const PREFIX = layout.schedules('demo');

/** `nightly` was changed twice, and `weekly` removed, all within some seconds. */
async function changed(memory = new MemoryStore(), trust?: ClusterStore['trust']) {
  const repository: ClusterStore = { store: memory.open(), cluster: 'demo', trust };
  for (const one of [
    change('nightly', '0 1 * * *'),
    change('weekly', '0 1 * * 0'),
    change('nightly', '0 2 * * *'),
    removal('weekly'),
    change('nightly', '0 3 * * *'),
  ]) {
    await writeSchedule(repository, one);
    memory.passes(1_000);
  }
  return { memory, repository };
}

describe('27.5: changes of schedules that were replaced', () => {
  it('are removed when the grace is over; the current state of each schedule stays, even that one was removed', async () => {
    const { memory, repository } = await changed();
    const before = await newestSchedules(repository);
    memory.passes(graceMs - 60_000);
    expect(await compactSchedules(repository, { graceMs })).toEqual({ objects: 0, bytes: 0 });
    memory.passes(60_000);
    expect(await compactSchedules(repository, { graceMs })).toMatchObject({ objects: 3 });
    expect(memory.keys(PREFIX)).toHaveLength(2);
    expect(await newestSchedules(repository)).toEqual(before);
    expect(await compactSchedules(repository, { graceMs })).toEqual({ objects: 0, bytes: 0 });
  });

  it('of 2,000 changes of 20 schedules 20 are left, and the next change is still the newest', async () => {
    const memory = new MemoryStore();
    const repository: ClusterStore = { store: memory.open(), cluster: 'demo' };
    for (let n = 0; n < 2_000; n += 1) {
      const record = { ...change(`s${n % 20}`, `${n % 60} 1 * * *`), cluster: 'demo', format: 1 };
      const at = new Date(memory.now);
      memory.put(layout.schedule('demo', at), JSON.stringify({ ...record, at: at.toISOString() }));
      memory.passes(1);
    }
    memory.passes(graceMs);
    expect(await compactSchedules(repository, { graceMs })).toMatchObject({ objects: 1_980 });
    expect(memory.keys(PREFIX)).toHaveLength(20);
    await writeSchedule(repository, removal('s7'));
    const { schedules } = await newestSchedules(repository);
    expect(schedules).toHaveLength(20);
    expect(schedules.find(({ scheduleId }) => scheduleId === 's7')?.schedule).toBe('removed');
  });

  it('count their grace from when the store received the next one, whatever time that one has', async () => {
    const memory = new MemoryStore();
    const repository: ClusterStore = { store: memory.open(), cluster: 'demo' };
    const past = { ...change('nightly', '0 1 * * *'), cluster: 'demo', format: 1 };
    for (const at of [new Date('2020-01-01T00:00:00Z'), new Date('2020-01-02T00:00:00Z')])
      memory.put(layout.schedule('demo', at), JSON.stringify({ ...past, at: at.toISOString() }));
    expect(await compactSchedules(repository, { graceMs })).toMatchObject({ objects: 0 });
    memory.passes(graceMs);
    expect(await compactSchedules(repository, { graceMs })).toMatchObject({ objects: 1 });
  });

  it('are removed with all their versions, and objects of others stay', async () => {
    const { memory, repository } = await changed(new MemoryStore({ versioned: true }));
    memory.put(`${PREFIX}readme.txt`, 'mine');
    memory.put(layout.schedule('demo', new Date('2026-11-01T00:00:30Z')), '{"format":2}');
    const [first = ''] = memory.keys(PREFIX);
    memory.put(first, memory.bytesOf(first) ?? '');
    memory.passes(graceMs);
    expect(await compactSchedules(repository, { graceMs })).toMatchObject({ objects: 4 });
    expect(memory.everything(PREFIX)).toHaveLength(4);
  });

  it('23.2: are not replaced by what no known key has signed', async () => {
    const key = newSigningKey();
    const trust = trustOf({ publicKeys: [key.publicKey], privateKey: key.pem });
    const { memory, repository } = await changed(new MemoryStore(), trust);
    const forged = { ...removal('nightly'), cluster: 'demo', format: 1, at: '2026-11-02T00:00:00.000Z' };
    memory.put(layout.schedule('demo', new Date(forged.at)), JSON.stringify(forged));
    memory.passes(graceMs + DAY);
    expect(await compactSchedules(repository, { graceMs })).toMatchObject({ objects: 3 });
    expect((await newestSchedules(repository)).schedules).toMatchObject([
      { scheduleId: 'nightly', schedule: { cron: '0 3 * * *' } },
      { scheduleId: 'weekly', schedule: 'removed' },
    ]);
    expect(memory.keys(PREFIX)).toHaveLength(3);
  });

  it('that the store refuses to delete are named, and removed later', async () => {
    const { memory, repository } = await changed();
    const [first = ''] = memory.keys(PREFIX);
    memory.locked.add(first);
    memory.passes(graceMs);
    // An unversioned store refuses; a versioned one would hide it.
    expect(await compactSchedules(repository, { graceMs })).toMatchObject({
      objects: 2,
      left: `${first}: AccessDenied`,
    });
    memory.locked.clear();
    expect(await compactSchedules(repository, { graceMs })).toMatchObject({ objects: 1 });
  });

  it.each([1, 2, 3, 4, 5, 6, 7, 8])('killed at its request %i, it leaves the schedules as they are', async (at) => {
    const { memory, repository } = await changed();
    const before = await newestSchedules(repository);
    memory.passes(graceMs);
    let n = 0;
    const dying = memory.open(() => {
      if ((n += 1) === at) throw new Error('killed');
    });
    await compactSchedules({ ...repository, store: dying }, { graceMs }).catch(() => undefined);
    expect(await newestSchedules(repository)).toEqual(before);
    await compactSchedules(repository, { graceMs });
    expect(memory.keys(PREFIX)).toHaveLength(2);
    expect(await newestSchedules(repository)).toEqual(before);
  });
});
