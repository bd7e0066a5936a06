import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { Pieces } from '../../src/untrusted';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;
const used = (): number => {
  collectGarbage();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
};

describe('23.8: a body that comes byte by byte', () => {
  it('23.8: takes little more room than its bytes', () => {
    const before = used();
    const pieces = new Pieces();
    for (let i = 0; i < 300_000; i += 1) pieces.add(Buffer.from([i % 251]));
    // Kept apart, they take ten times as much.
    expect(used() - before).toBeLessThan(10_000_000);
    const whole = pieces.whole();
    expect([whole.length, pieces.bytes]).toEqual([300_000, 300_000]);
    expect(whole.every((byte, i) => byte === i % 251)).toBe(true);
  });

  it('23.8: is whole whatever its pieces were', () => {
    const sizes = [0, 1, 70_000, 3, 0, 1023, 1, 1024, 5_000_000, 2];
    const pieces = new Pieces();
    const all = sizes.map((size, i) => Buffer.alloc(size, i));
    for (const one of all) pieces.add(one);
    expect(pieces.whole().equals(Buffer.concat(all))).toBe(true);
    pieces.add(Buffer.from('more'));
    expect(pieces.whole().equals(Buffer.concat([...all, Buffer.from('more')]))).toBe(true);
  });
});
