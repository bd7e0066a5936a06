import { ToolPlaces } from '../../../src/yugabyte/process/tool-places';

const turn = async (): Promise<void> => await new Promise((resolve) => setImmediate(resolve));

describe('places for tools', () => {
  it('22.15: no more at once than there are places, and who comes first is served first', async () => {
    const places = new ToolPlaces(3);
    const order: number[] = [];
    let running = 0;
    let most = 0;
    const ends: (() => void)[] = [];
    const runs = Array.from({ length: 40 }, async (_, i) => {
      const giveBack = await places.take();
      order.push(i);
      running += 1;
      most = Math.max(most, running);
      await new Promise<void>((end) => ends.push(end));
      running -= 1;
      giveBack();
      giveBack(); // twice is once
    });
    while (order.length < 40 || running > 0) {
      await turn();
      ends.shift()?.();
    }
    await Promise.all(runs);
    expect(most).toBe(3);
    expect(order).toEqual(Array.from({ length: 40 }, (_, i) => i));
  });

  it('22.15: one that is cancelled while it waits takes no place and loses none', async () => {
    const places = new ToolPlaces(1);
    const first = await places.take();
    const cancelled = new AbortController();
    const second = places.take(cancelled.signal);
    let third = false;
    const after = places.take().then((giveBack) => {
      third = true;
      return giveBack;
    });
    cancelled.abort();
    (await second)();
    await turn();
    expect(third).toBe(false);
    first();
    (await after)();
    expect(third).toBe(true);
    (await places.take())();
  });
});
