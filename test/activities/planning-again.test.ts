import { makePlanCopies } from '../../src/activities/control/backup/plan-copies';
import type { ControlDependencies } from '../../src/activities/control/dependencies';
import type { ListRef, NodePlan } from '../../src/activities/internal-types';
import { copyLine, type ReplicaLine, type TabletLine } from '../../src/activities/work-lines';
import { getWorkList, putWorkList, type ClusterStore } from '../../src/repository';
import { MemoryStore } from '../support/store/memory-store';

const backup = {
  backupId: 'ysql.orders-20261122T020007Z-3fa9c1',
  database: 'ysql.orders',
  chain: { workflowId: 'w', firstExecutionRunId: '3fa9c1' },
  startedAt: '2026-11-22T02:00:07.000Z',
};
const id = (n: number): string => n.toString(16).padStart(32, '0');
const nodes = ['a', 'b', 'c'].map((name) => ({ uuid: name.repeat(32), address: `${name}:9100` }));

let repository: ClusterStore;
let plan: ReturnType<typeof makePlanCopies>;
beforeEach(() => {
  repository = { store: new MemoryStore().open(), cluster: 'demo' };
  plan = makePlanCopies({ repository, config: { repository: {} } } as unknown as ControlDependencies);
});

const list = async (name: string, lines: object[]): Promise<ListRef> =>
  await putWorkList(repository, { workflowId: 'w', name, lines, bytes: 0 });

/** Every tablet on every node. */
async function world(tablets: readonly string[]) {
  const named: TabletLine[] = tablets.map((tablet) => ({ tablet, tables: ['t'], partition: { start: '', end: '' } }));
  const replicas: ReplicaLine[] = tablets.map((tablet) => ({
    tablet,
    table: 't',
    files: 3,
    bytes: 100,
    leader: false,
  }));
  const listings = await Promise.all(
    nodes.map(async (node) => ({ node, listing: await list(`listing-${node.address}`, replicas) })),
  );
  return { backup, tablets: await list('tablets', named), listings };
}

const planned = async (plans: readonly NodePlan[]): Promise<string[]> =>
  (
    await Promise.all(
      plans.flatMap(({ node, batches }) =>
        batches.map(async ({ work }) =>
          (await getWorkList(repository, work, copyLine)).map(({ tablet }) => `${tablet} ${node.address}`),
        ),
      ),
    )
  )
    .flat()
    .sort();

describe('27.5: planning again', () => {
  it('takes the tablets that failed in the last round alone, each on a replica that has never failed', async () => {
    const [one, two, three] = [id(1), id(2), id(3)];
    const input = await world([one, two, three]);
    const [a, b, c] = nodes as [(typeof nodes)[0], (typeof nodes)[0], (typeof nodes)[0]];
    const first = {
      ...{ uuid: a.uuid, round: 1, reason: 'a:9100 is unavailable', tablets: 2 },
      work: await list('copy-1-1', [{ tablet: one }, { tablet: two }]),
    };
    const second = await plan({ ...input, tried: [first], round: 2 });
    expect((await planned(second.nodes)).map((line) => line.split(' ')[0])).toEqual([one, two]);
    expect(second.nodes.map(({ node }) => node.address)).not.toContain(a.address);

    // The first was copied in the second round: it must not be copied once more.
    const failed = { tablet: two, reason: 'b:9100: the replica is BOOTSTRAPPING' };
    const again = {
      ...{ uuid: b.uuid, round: 2, reason: 'x', tablets: 1 },
      work: await list('missed-10001', [failed]),
    };
    const third = await plan({ ...input, tried: [first, again], round: 3 });
    expect(await planned(third.nodes)).toEqual([`${two} ${c.address}`]);

    const last = {
      ...{ uuid: c.uuid, round: 3, reason: 'c:9100 is unavailable', tablets: 1 },
      work: await list('copy-3-1', [{ tablet: two }]),
    };
    expect(await plan({ ...input, tried: [first, again, last], round: 4 })).toMatchObject({
      nodes: [],
      tablets: 1,
      without: 1,
      named: [
        { tablet: two, reason: `a:9100 is unavailable; b:9100: the replica is BOOTSTRAPPING; c:9100 is unavailable` },
      ],
    });
  });

  it('answers in a few kilobytes when 20,000 replicas have failed, and in time that grows with them alone', async () => {
    const seconds = async (count: number): Promise<number> => {
      const tablets = Array.from({ length: count }, (_, n) => id(n));
      const input = await world(tablets);
      const work = await list(
        `copy-${count}`,
        tablets.map((tablet) => ({ tablet })),
      );
      const tried = nodes.map(({ uuid }) => ({ uuid, round: 1, reason: 'it is unavailable', work, tablets: count }));
      const before = process.cpuUsage();
      const result = await plan({ ...input, tried, round: 2 });
      const { user, system } = process.cpuUsage(before);
      expect(result).toMatchObject({ tablets: count, without: count, nodes: [] });
      expect(JSON.stringify(result).length).toBeLessThan(30_000);
      return (user + system) / 1e6;
    };
    await seconds(2_000); // compiled
    const [little, much] = [await seconds(5_000), await seconds(20_000)];
    expect(much / little).toBeLessThan(10);
  }, 60_000);
});
