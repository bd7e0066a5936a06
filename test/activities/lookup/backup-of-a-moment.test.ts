import { findBackup } from '../../../src/activities/control/lookup/find-backup';
import { fitIntoPayload } from '../../../src/activities/control/inspect/recoverable';
import { layout, manifestBytes, readManifest, type ClusterStore } from '../../../src/repository';
import { DAY, HOUR, idOf, makeBackup } from '../../repository/retention/kept-backups';
import { MemoryStore } from '../../support/store/memory-store';

const FIRST = Date.parse('2024-01-01T00:00:00Z');
const chain = { workflowId: 'w', firstExecutionRunId: '0b5f2a' };
const isoOf = (ms: number): string => new Date(ms).toISOString();
/** The snapshot of each was taken a minute after its start, and carries 15 minutes of history. */
const startOf = (n: number): number => FIRST + n * DAY;
const nameOf = (n: number): string =>
  `ysql.orders-${isoOf(startOf(n)).slice(0, 10).replaceAll('-', '')}T000000Z-${n.toString(16).padStart(6, '0')}`;

/** One a day. */
async function bucketOf(count: number): Promise<{ find: (to: string) => Promise<string>; reads: () => number }> {
  const memory = new MemoryStore();
  let reads = 0;
  const store = memory.open((operation) => (reads += operation === 'read' ? 1 : 0));
  const repository: ClusterStore = { store, cluster: 'demo' };
  await makeBackup(repository, idOf(1), { own: ['1'] });
  const { header } = await readManifest(repository, idOf(1));
  for (let n = 0; n < count; n += 1) {
    const backupId = nameOf(n);
    const point = isoOf(startOf(n) + 60_000).replace('Z', '000Z');
    const from = isoOf(startOf(n) + 60_000 - HOUR / 4).replace('Z', '000Z');
    const one = {
      ...{ ...header, backupId, startedAt: isoOf(startOf(n)), recoveryPoint: point },
      history: { from, to: point, because: 'the history retention of the tservers' },
      segments: header.segments.map((list) => ({ ...list, key: list.key.replaceAll(idOf(1), backupId) })),
    };
    memory.put(layout.manifest('demo', backupId), manifestBytes('demo', one));
  }
  const find = async (to: string): Promise<string> => {
    reads = 0;
    const dependencies = { repository, config: { cluster: 'demo' } } as unknown as Parameters<typeof findBackup>[0];
    return (await findBackup(dependencies, { chain, backup: { database: 'ysql.orders' }, to })).backupId;
  };
  return { find, reads: () => reads };
}

describe('27.5: the backup of a moment among 900', () => {
  it('is found with the requests of a few, whether the moment is old or new', async () => {
    const { find, reads } = await bucketOf(900);
    for (const n of [0, 3, 450, 899]) {
      expect(await find(isoOf(startOf(n) + 30_000))).toBe(nameOf(n));
      expect(reads()).toBeLessThan(140);
    }
  });

  it('a moment that none holds is refused with the next ones, or the newest where it is later than all', async () => {
    const { find, reads } = await bucketOf(300);
    await expect(find(isoOf(startOf(7) + 12 * HOUR))).rejects.toThrow(
      /^No backup of ysql\.orders holds 2024-01-08T12:00:00\.000000Z\. There are 301 backups of other moments \(next: 2024-01-08T23:46:00\.000000Z to 2024-01-09T00:01:00\.000000Z, /,
    );
    await expect(find('2027-06-01T00:00:00Z')).rejects.toThrow('(newest: 2026-11-01T00:00:09.123456Z)');
    expect(reads()).toBeLessThan(140);
  });
});

describe('27.5: what an inspection answers of many backups', () => {
  const ranges = (n: number, by = 'b') =>
    Array.from({ length: n }, (_, i) => ({ from: isoOf(FIRST + i), to: isoOf(FIRST + i), by: `${by}${i}` }));

  it('includes everything if it fits', () => {
    const all = [{ recoverable: ranges(50) }, { recoverable: ranges(50) }];
    expect(fitIntoPayload(all, 100)).toEqual(all);
  });

  it('leaves out the oldest of those that have most, says how many, and keeps what a schedule keeps', () => {
    const [schedule] = ranges(1, 'schedule ');
    const all = [{ recoverable: ranges(10) }, { recoverable: [...(schedule ? [schedule] : []), ...ranges(500)] }];
    const [small, large] = fitIntoPayload(all, 100);
    expect(small).toEqual({ recoverable: ranges(10) });
    expect(large?.recoverable).toEqual([schedule, ...ranges(500).slice(-89)]);
    expect(large?.recoverableLeftOut).toBe(411);
  });

  it('of 200 databases with 365 backups each fits the two mebibytes of an answer', () => {
    const all = Array.from({ length: 200 }, (_, n) => ({
      database: `ysql.database_${n}`,
      recoverable: ranges(365, 'ysql.database_with_a_long_name-20261122T020007Z-'),
    }));
    expect(JSON.stringify(fitIntoPayload(all)).length).toBeLessThan(1.5 * 1024 * 1024);
  });
});
