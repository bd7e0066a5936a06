import { randomBytes } from 'node:crypto';
import { sha256Of } from '../../src/transfer';
import { OrderedHash } from '../../src/transfer/download/ordered-hash';
import { byteWork } from '../../src/transfer/thread/byte-work';

describe.each([
  ['in a thread', 2],
  ['on one processor', 1],
])('the hash of a whole in pieces, %s', (_, processors) => {
  const pieces = [3_000_000, 0, 1, 1024 * 1024, 5].map((size) => randomBytes(size));
  const work = byteWork(processors);

  it.each([[[0, 1, 2, 3, 4]], [[4, 3, 2, 1, 0]], [[2, 0, 4, 1, 3]]])('is the same in the order %j', async (order) => {
    const hash = new OrderedHash(work.hash());
    await Promise.all(order.map(async (i) => await hash.add(i, pieces[i] as Buffer)));
    expect(await hash.digest()).toBe(sha256Of(Buffer.concat(pieces)));
  });

  it('keeps nobody waiting for a piece that will never come', async () => {
    const hash = new OrderedHash(work.hash());
    const waiting = [1, 2].map(async (i) => await hash.add(i, pieces[i] as Buffer));
    const lost = new Error('the store is unavailable');
    hash.giveUp(lost);
    hash.giveUp(new Error('a later one'));
    for (const one of waiting) await expect(one).rejects.toBe(lost);
    await expect(hash.add(0, Buffer.alloc(1))).rejects.toBe(lost);
    hash.drop();
  });
});
