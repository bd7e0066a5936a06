import fc from 'fast-check';
import { intoBatches } from '../../src/activities/control/batches';
import { chooseReplicas } from '../../src/activities/control/plan-copies';

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

describe('the choice of replicas', () => {
  it('takes each tablet once and spreads the bytes over the nodes', () => {
    const candidates = new Map(Array.from({ length: 30 }, (_, i) => [`t${i}`, replicasOf(`t${i}`)]));
    const { chosen, without } = chooseReplicas(candidates, new Set(), []);
    expect(without).toEqual([]);
    expect([...chosen.values()].map((replicas) => replicas.length)).toEqual([10, 10, 10]);
    expect(new Set([...chosen.values()].flat().map(({ tablet }) => tablet)).size).toBe(30);
  });

  it('passes over replicas that are not whole, and those that failed before (faults 21, 22, 23)', () => {
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
    const { chosen } = chooseReplicas(candidates, new Set(['t1 b']), []);
    expect([...chosen.keys()].map(({ uuid }) => uuid)).toEqual(['c']);
  });

  it('names a tablet without any replica, with every reason (fault 24)', () => {
    const candidates = new Map([
      ['t1', [replica('t1', node('a'), { problem: 'it has no directory of this snapshot' })]],
    ]);
    const { without } = chooseReplicas(candidates, new Set(), [{ tablet: 't1', reason: 'b was away' }]);
    expect(without).toEqual([{ tablet: 't1', reason: 'a:9100: it has no directory of this snapshot; b was away' }]);
  });
});

describe('batches', () => {
  it('keep every item, in order, within 1 GiB and 2,000 files unless one alone is larger', () => {
    const item = fc.record({ files: fc.integer({ min: 0, max: 3000 }), bytes: fc.integer({ min: 0, max: 2 ** 31 }) });
    fc.assert(
      fc.property(fc.array(item), (items) => {
        const batches = intoBatches(items);
        expect(batches.flat()).toEqual(items);
        for (const batch of batches.filter((one) => one.length > 1)) {
          expect(batch.reduce((sum, { files }) => sum + files, 0)).toBeLessThanOrEqual(2000);
          expect(batch.reduce((sum, { bytes }) => sum + bytes, 0)).toBeLessThanOrEqual(1024 ** 3);
        }
      }),
    );
  });
});
