import fc from 'fast-check';
import { intoBatches } from '../../src/activities/control/copies/batches';
import { groupByFileList, chooseReplicas } from '../../src/activities/control/backup/plan-copies';

const node = (uuid: string) => ({ uuid, address: `${uuid}:9100` });
const nodes = ['a', 'b', 'c'].map(node);
const replica = (tablet: string, at: ReturnType<typeof node>, more: object = {}) => ({
  tablet,
  table: 't',
  files: 5,
  bytes: 100,
  leader: false,
  node: at,
  ...more,
});
const replicasOf = (tablet: string, more: object = {}) => nodes.map((at) => replica(tablet, at, more));
const failed = (replicas: string[] = [], reasons: Record<string, string[]> = {}) => ({
  replicas: new Set(replicas),
  reasons: new Map(Object.entries(reasons)),
});

describe('the choice of replicas', () => {
  it('takes each tablet once and spreads the bytes over the nodes', () => {
    const candidates = new Map(Array.from({ length: 30 }, (_, i) => [`t${i}`, replicasOf(`t${i}`)]));
    const { chosen, without } = chooseReplicas(candidates, failed());
    expect(without).toEqual([]);
    expect([...chosen.values()].map((replicas) => replicas.length)).toEqual([10, 10, 10]);
    expect(new Set([...chosen.values()].flat().map(({ tablet }) => tablet)).size).toBe(30);
  });

  it('skips replicas that are incomplete, and those that failed before (faults 21, 22, 23)', () => {
    const candidates = new Map([
      [
        't1',
        [
          replica('t1', node('a'), { problem: 'the replica is BOOTSTRAPPING' }),
          replica('t1', node('b')),
          replica('t1', node('c')),
        ],
      ],
    ]);
    const { chosen } = chooseReplicas(candidates, failed(['t1 b']));
    expect([...chosen.keys()].map(({ uuid }) => uuid)).toEqual(['c']);
  });

  it('names a tablet without any replica, with every reason (fault 24)', () => {
    const candidates = new Map([
      ['t1', [replica('t1', node('a'), { problem: 'it has no directory of this snapshot' })]],
    ]);
    const { without } = chooseReplicas(candidates, failed([], { t1: ['b was unavailable'] }));
    expect(without).toEqual([
      { tablet: 't1', reason: 'a:9100: it has no directory of this snapshot; b was unavailable' },
    ]);
  });
});

describe('26.1: a replica that was copied last time', () => {
  const known = (tablet: string, peer: string, list = 'l') =>
    [
      tablet,
      { backupId: 'b', peer, list: { key: list, sha256: 'a'.repeat(64), size: 1, files: 1, bytes: 1 } },
    ] as const;

  it('is copied from the same replica again, wherever that is now; new tablets go to the node with the least work', () => {
    const tablets = Array.from({ length: 12 }, (_, i) => `t${String(i).padStart(2, '0')}`);
    const candidates = new Map(tablets.map((tablet) => [tablet, replicasOf(tablet)]));
    const last = new Map(tablets.slice(0, 8).map((tablet, i) => known(tablet, i < 6 ? 'a' : 'b')));
    const { chosen, without } = chooseReplicas(candidates, failed(), last);
    expect(without).toEqual([]);
    const by = Object.fromEntries([...chosen].map(([{ uuid }, of]) => [uuid, of.map(({ tablet }) => tablet).sort()]));
    expect(by['a']).toEqual(tablets.slice(0, 6));
    expect(by['b']).toEqual(expect.arrayContaining(tablets.slice(6, 8)));
    expect([by['b']?.length, by['c']?.length]).toEqual([3, 3]);
  });

  it('is copied from another replica when that one is unavailable, incomplete or has failed', () => {
    const last = new Map([known('t1', 'a')]);
    const choose = (replicas: ReturnType<typeof replicasOf>, before: string[] = []) =>
      [...chooseReplicas(new Map([['t1', replicas]]), failed(before), last).chosen.keys()].map(({ uuid }) => uuid);
    expect(choose(replicasOf('t1'))).toEqual(['a']);
    expect(choose(replicasOf('t1').slice(1))).toEqual(['b']);
    expect(choose(replicasOf('t1'), ['t1 a'])).toEqual(['b']);
    expect(choose([replica('t1', node('a'), { problem: 'BOOTSTRAPPING' }), replica('t1', node('c'))])).toEqual(['c']);
  });

  it('is batched with others of its file list, the largest first; tablets copied from another replica come last', () => {
    const replicas = ['t1', 't2', 't3', 't4', 't5'].map((tablet) => replica(tablet, node('a')));
    const last = new Map([known('t1', 'a', 'y'), known('t2', 'a', 'x'), known('t3', 'b', 'z'), known('t4', 'a', 'y')]);
    const order = groupByFileList(replicas, node('a'), last).map(({ tablet }) => tablet);
    expect(order).toEqual(['t1', 't4', 't2', 't3', 't5']);
  });
});

describe('batches', () => {
  const GIB = 1024 ** 3;
  const sum = (items: { files: number; bytes: number }[], field: 'files' | 'bytes') =>
    items.reduce((total, item) => total + item[field], 0);

  it('keep every item, in order; of little work they have at most 1 GiB and 2,000 files, unless one alone is larger', () => {
    const item = fc.record({ files: fc.integer({ min: 0, max: 3000 }), bytes: fc.integer({ min: 0, max: 2 ** 31 }) });
    fc.assert(
      fc.property(fc.array(item, { maxLength: 50 }), (items) => {
        const batches = intoBatches(items);
        expect(batches.flat()).toEqual(items);
        for (const batch of batches.filter((one) => one.length > 1)) {
          expect(sum(batch, 'files')).toBeLessThanOrEqual(2000);
          expect(sum(batch, 'bytes')).toBeLessThanOrEqual(GIB);
        }
      }),
    );
  });

  it('22.26: grow with the work: never more than 501 of a node, nor 1,600 of a plan', () => {
    const item = fc.record({
      files: fc.integer({ min: 0, max: 300_000 }),
      bytes: fc.integer({ min: 0, max: 2 ** 40 }),
    });
    fc.assert(
      fc.property(fc.array(item, { maxLength: 2_000 }), fc.integer({ min: 1, max: 200 }), (items, nodes) => {
        const { length } = intoBatches(items, nodes);
        expect(length).toBeLessThanOrEqual(501);
        expect(length * nodes).toBeLessThanOrEqual(1_500 + nodes);
      }),
      { numRuns: 50 },
    );
  });

  it('22.26: of one TiB on each of 3 nodes they are a few hundred, of 100 nodes about a dozen each', () => {
    const tablets = Array.from({ length: 2_048 }, () => ({ files: 20, bytes: GIB / 2 }));
    const [three, hundred] = [intoBatches(tablets, 3), intoBatches(tablets, 100)];
    expect(three.length).toBeGreaterThan(100);
    expect(three.length).toBeLessThanOrEqual(500);
    expect(hundred.length).toBeLessThanOrEqual(16);
    expect(hundred.flat()).toEqual(tablets);
  });
});
