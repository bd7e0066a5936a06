import { layout, listOperations } from '../../src/repository';
import { CountedStore } from './counted-store';

const START = Date.parse('2026-11-01T00:00:00Z');

/** One operation a minute; every tenth is about `ysql.rare`. */
function withOperations(count: number): CountedStore {
  const store = new CountedStore();
  for (let n = 0; n < count; n += 1) {
    const startedAt = new Date(START + n * 60_000);
    const workflowId = `backup/demo/${n}`;
    store.put(layout.operation('demo', startedAt, workflowId), {
      ...{ format: 1, operation: 'backUpDatabase', workflowId, firstRunId: 'r', cluster: 'demo', kalpaVersion: '0' },
      ...{ database: n % 10 === 0 ? 'ysql.rare' : 'ysql.orders', startedAt: startedAt.toISOString(), input: {} },
      ...{ endedAt: new Date(START + n * 60_000 + 5_000).toISOString(), outcome: 'complete', startedBy: 'alice@host' },
    });
  }
  return store;
}

describe('29: what ran', () => {
  it('29: the newest of 50,000 operations cost no more than those of 50', async () => {
    const store = withOperations(50_000);
    const { operations, more } = await listOperations(store.of(), { since: new Date(START), newest: 50 });
    expect(operations.map(({ workflowId }) => workflowId)).toEqual(
      Array.from({ length: 50 }, (_, n) => `backup/demo/${49_950 + n}`),
    );
    expect(more).toBe(true);
    expect(store.asked).toMatchObject({ lists: 1, reads: 64, atOnce: 32 });
  });

  it('29: of one database are found among others, and nothing older than asked for is looked at', async () => {
    const store = withOperations(1_000);
    const since = new Date(START + 800 * 60_000);
    const { operations, more } = await listOperations(store.of(), { since, database: 'ysql.rare', newest: 50 });
    expect(operations.map(({ workflowId }) => workflowId)).toEqual(
      Array.from({ length: 20 }, (_, n) => `backup/demo/${800 + n * 10}`),
    );
    expect({ more, reads: store.asked.reads }).toEqual({ more: false, reads: 200 });
  });

  it('29: a search for a database without any stops after 2,000 records, and says that there are older ones', async () => {
    const store = withOperations(5_000);
    const found = await listOperations(store.of(), { since: new Date(START), database: 'ysql.never', newest: 50 });
    expect({ ...found, reads: store.asked.reads }).toEqual({ operations: [], more: true, reads: 2_000 });
  });

  it('29: an empty folder that someone else made is not a history', async () => {
    expect(await listOperations(withOperations(3).of('another'), { since: new Date(START), newest: 5 })).toEqual({
      operations: [],
      more: false,
    });
  });
});
