import { readForPlan, readHoldings } from '../../src/holdings';
import { layout, manifestBytes, readManifest, type ClusterStore, type ManifestHeader } from '../../src/repository';
import { Costs, plan, usageOf } from '../../src/retention';
import { DAY, idOf, makeBackup } from '../repository/retention/kept-backups';
import { MemoryStore } from '../support/store/memory-store';

/** One a day, each with files of its own and of the ten before it. */
async function bucketOf(n: number): Promise<{ repository: ClusterStore; requests: () => number }> {
  const memory = new MemoryStore();
  let asked = 0;
  const repository = { store: memory.open(() => (asked += 1)), cluster: 'demo' };
  await makeBackup(repository, idOf(1), { own: ['1'] });
  const { header } = await readManifest(repository, idOf(1));
  const ids = Array.from({ length: n }, (_, i) => {
    const at = new Date(Date.parse('2000-01-01T00:00:00Z') + i * DAY).toISOString();
    return `ysql.orders-${at.slice(0, 10).replaceAll('-', '')}T000000Z-${i.toString(16).padStart(6, '0')}`;
  });
  for (const [i, backupId] of ids.entries()) {
    const refersTo = ids.slice(Math.max(0, i - 10), i).map((id) => ({ backupId: id, files: 1, bytes: 7 }));
    const reusedBytes = refersTo.length * 7;
    const one: ManifestHeader = {
      ...{ ...header, backupId, refersTo, startedAt: `${backupId.slice(12, 16)}-01-01T00:00:00.000Z` },
      segments: header.segments.map((list) => ({
        ...{ ...list, bytes: 100 + reusedBytes },
        key: list.key.replaceAll(idOf(1), backupId),
      })),
      totals: { ...header.totals, bytes: 100 + reusedBytes, uploadedBytes: 100, reusedBytes },
    };
    memory.put(layout.manifest('demo', backupId), manifestBytes('demo', one));
  }
  asked = 0;
  return { repository, requests: () => asked };
}

describe('26.3: many backups', () => {
  it('are accounted for with one request each, and a plan with two; no data is listed', async () => {
    const [few, many] = [await bucketOf(100), await bucketOf(400)];
    const { holdings, unread } = await readHoldings(many.repository);
    expect({ holdings: holdings.length, unread }).toEqual({ holdings: 401, unread: [] });
    await readHoldings(few.repository);
    expect(many.requests() - few.requests()).toBe(300);
    const { total } = usageOf(holdings);
    expect(total).toMatchObject({ count: 401, ownBytes: 40_010, freed: { bytes: 40_010, exact: true } });
    const costs = new Costs(holdings);
    // The last one is needed by nobody; one in the middle by ten, of whom nobody knows whether they need the same.
    const sorted = holdings.filter(({ ownBytes }) => ownBytes === 100).sort((a, b) => (a.id < b.id ? -1 : 1));
    expect(costs.freedBy([sorted.at(-1)?.id ?? ''])).toEqual({ bytes: 100, exact: true });
    expect(costs.freedBy([sorted[200]?.id ?? ''])).toEqual({ bytes: 30, exact: false });
    const before = many.requests();
    expect(plan(await readForPlan(many.repository)).decisions).toHaveLength(401);
    expect(many.requests() - before).toBeLessThan(2 * 401);
  });

  it('cost no more for each of many than for each of few', async () => {
    const msForEach = async (n: number): Promise<number> => {
      const { repository } = await bucketOf(n);
      const began = performance.now();
      const { holdings } = await readHoldings(repository);
      const costs = new Costs(holdings);
      for (const { id } of holdings) costs.freedBy([id]);
      return (performance.now() - began) / n;
    };
    await msForEach(100); // compiled
    expect(await msForEach(2_500)).toBeLessThan(3 * (await msForEach(500)));
  });
});
