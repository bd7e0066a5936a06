import { AdaptiveLimit } from '../../src/transfer/limits/adaptive-limit';
import { RateLimiter } from '../../src/transfer/limits/rate-limiter';
import { SlotPool } from '../../src/transfer/limits/slot-pool';
import { TransferMeter } from '../../src/transfer/limits/transfer-counters';
import { TransferLimits } from '../../src/transfer';

/** Lets everything that can go on do so. */
const settle = () => new Promise((resolve) => setImmediate(resolve));

describe('the rate limiter', () => {
  it('lets everything pass without a limit', async () => {
    const began = performance.now();
    for (let i = 0; i < 1000; i += 1) await new RateLimiter(0).take(1e9);
    expect(performance.now() - began).toBeLessThan(500);
  });

  it('releases waiting callers when the limit is lifted', async () => {
    const limiter = new RateLimiter(1);
    const waiting = [limiter.take(1_000_000), limiter.take(1)];
    limiter.set(0);
    await Promise.all(waiting);
  });

  it('stops waiting when asked to', async () => {
    const limiter = new RateLimiter(10);
    const stop = new AbortController();
    const waiting = limiter.take(1_000_000, stop.signal);
    const behindIt = limiter.take(1_000_000, stop.signal);
    const next = limiter.take(1);
    stop.abort(new Error('stopped'));
    await expect(waiting).rejects.toThrow('stopped');
    await expect(behindIt).rejects.toThrow('stopped');
    await next; // what was not sent, nobody pays for
  });
});

describe('the adaptive limit', () => {
  it('halves when the store throttles, once a second, and grows by one a window', () => {
    const limit = new AdaptiveLimit(8);
    limit.throttled(1_000);
    limit.throttled(1_500);
    expect(limit.cap).toBe(4);
    limit.throttled(2_001);
    expect(limit.cap).toBe(2);
    for (let i = 0; i < 2 + 3 + 4 + 5 + 6 + 7; i += 1) limit.succeeded();
    expect(limit.cap).toBe(8);
    for (let i = 0; i < 50; i += 1) limit.succeeded();
    expect(limit.cap).toBe(8);
  });

  it('never goes below one', () => {
    const limit = new AdaptiveLimit(1);
    limit.throttled(1_000);
    expect(limit.cap).toBe(1);
  });

  it('runs as many at once as it may, in order', async () => {
    const limit = new AdaptiveLimit(2);
    const started: number[] = [];
    const ends: (() => void)[] = [];
    const all = [0, 1, 2, 3].map((i) =>
      limit.run(undefined, () => {
        started.push(i);
        return new Promise<void>((end) => ends.push(end));
      }),
    );
    await settle();
    expect(started).toEqual([0, 1]);
    ends[0]?.();
    await settle();
    expect(started).toEqual([0, 1, 2]);
    limit.set(8);
    await settle();
    expect(started).toEqual([0, 1, 2, 3]);
    for (const end of ends) end();
    await Promise.all(all);
    expect(limit.inFlight).toBe(0);
  });

  it('lets a waiting request go when it is stopped', async () => {
    const limit = new AdaptiveLimit(1);
    let end = (): void => undefined;
    const running = limit.run(undefined, () => new Promise<void>((done) => (end = done)));
    const stop = new AbortController();
    const waiting = limit.run(stop.signal, () => Promise.resolve());
    stop.abort(new Error('stopped'));
    await expect(waiting).rejects.toThrow('stopped');
    end();
    await running;
    await limit.run(undefined, () => Promise.resolve());
  });
});

describe('limits of a run', () => {
  it("stay below the node's", () => {
    const node = new TransferLimits({ parallelism: 3 });
    const run = new TransferLimits({}, node);
    expect(run.parallelism).toBe(3);
    run.set({ parallelism: 2 });
    expect(run.parallelism).toBe(2);
    run.set({ parallelism: 0 });
    expect(run.parallelism).toBe(3);
  });

  it("wait for the node's rate too", async () => {
    const node = new TransferLimits({ bytesPerSecond: 1 });
    const run = new TransferLimits({}, node);
    let sent = false;
    const waiting = run.run(1_000, undefined, () => Promise.resolve((sent = true)));
    await settle();
    expect(sent).toBe(false);
    node.set({ bytesPerSecond: 0 });
    await waiting;
    expect(sent).toBe(true);
  });
});

describe('the slot pool', () => {
  it('gives out as many bytes as it has, and takes them back', async () => {
    const pool = new SlotPool(2, 10);
    const a = await pool.take(10);
    const b = await pool.take(3);
    expect([a.buffer.length, b.buffer.length, pool.available]).toEqual([10, 3, 0]);
    const third = pool.take(1);
    a.release();
    a.release();
    (await third).release();
    b.release();
    expect(pool.available).toBe(2);
  });

  it('accounts a piece larger than a slot as several, and never as more than it has', async () => {
    const pool = new SlotPool(2, 10);
    const big = await pool.take(95);
    expect([big.buffer.length, pool.available]).toEqual([95, 0]);
    big.release();
    expect(pool.available).toBe(2);
  });

  it('does not lose a place when a waiting one is stopped', async () => {
    const pool = new SlotPool(1, 10);
    const held = await pool.take(1);
    const stop = new AbortController();
    const waiting = pool.take(1, stop.signal);
    const next = pool.take(1);
    stop.abort(new Error('stopped'));
    await expect(waiting).rejects.toThrow('stopped');
    held.release();
    (await next).release();
    expect(pool.available).toBe(1);
  });
});

describe('the meter', () => {
  it('smooths the rate', () => {
    let now = 0;
    const meter = new TransferMeter(2, 300, () => now);
    meter.addBytes(100);
    now = 1_000;
    expect(meter.read().bytesPerSecond).toBe(100);
    now = 8_000; // one half-life without a byte
    expect(meter.read().bytesPerSecond).toBe(50);
    meter.addFiles(1);
    expect(meter.read()).toEqual({ filesDone: 1, filesTotal: 2, bytesDone: 100, bytesTotal: 300, bytesPerSecond: 50 });
  });
});
