import { RateLimiter, type Clock } from '../../src/transfer/limits/rate-limiter';
import { TransferLimits } from '../../src/transfer';

/** Lets everything that can go on do so. */
const settle = () => new Promise((resolve) => setImmediate(resolve));

const MIB = 1024 * 1024;

/** How late its timers may be. */
const LATE_SECONDS = 0.05;

/** A clock whose time passes when everybody waits for it. Its timers are late, sometimes by much. */
class OwnClock implements Clock {
  private time = 0;
  private readonly waiting: { until: number; wake: () => void }[] = [];

  now(): number {
    return this.time;
  }

  pause(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((wake) => {
      this.waiting.push({ until: this.time + ms, wake });
      signal?.addEventListener('abort', () => wake(), { once: true });
    });
  }

  /** Lets time pass until then. */
  async pass(untilMs: number): Promise<void> {
    for (;;) {
      await settle();
      this.waiting.sort((a, b) => a.until - b.until);
      const [next] = this.waiting;
      if (!next || next.until > untilMs) break;
      this.waiting.shift();
      this.time = Math.max(this.time, next.until + (this.waiting.length % 3) * 7);
      next.wake();
    }
    this.time = Math.max(this.time, untilMs);
  }
}

/** When how many bytes were let go. */
class Gone {
  private readonly parts: { at: number; bytes: number }[] = [];

  constructor(private readonly clock: Clock) {}

  add(bytes: number): void {
    this.parts.push({ at: this.clock.now() / 1000, bytes });
  }

  /** Each moment at which something was let go, and how much had been let go by then. */
  soFar(): { at: number; bytes: number }[] {
    let sum = 0;
    return this.parts.map(({ at, bytes }) => ({ at, bytes: (sum += bytes) }));
  }

  /** What was paid for until then: a part is, little by little, from the moment at which the one before it went. */
  paidUntil(at: number): number {
    let [before, sum] = [0, 0];
    for (const part of this.parts) {
      if (part.at > at) return sum + (part.bytes * (at - before)) / (part.at - before);
      before = part.at;
      sum += part.bytes;
    }
    return sum;
  }
}

/** Senders that always have more. */
async function senders(count: number, gone: Gone, bytes: number, take: (over: AbortSignal) => Promise<void>) {
  const over = new AbortController();
  const all = Array.from({ length: count }, async () => {
    for (;;) {
      await take(over.signal);
      gone.add(bytes);
    }
  }).map((sender) => sender.catch(() => undefined));
  await settle();
  return async (): Promise<void> => {
    over.abort(new Error('over'));
    await Promise.all(all);
  };
}

describe('27.4: with eight senders on a clock of its own', () => {
  const cases = [1, 5, 20, 55, 200].flatMap((rate) => [5, 16, 64].map((part) => [rate, part] as const));

  it.each(cases)('at %d MiB/s, in parts of %d MiB', async (rateMib, partMib) => {
    const [rate, part] = [rateMib * MIB, partMib * MIB];
    const seconds = Math.max(60, (20 * part) / rate);
    const clock = new OwnClock();
    const gone = new Gone(clock);
    const limiter = new RateLimiter(rate, clock);
    const end = await senders(8, gone, part, (over) => limiter.take(part, over));
    await clock.pass(seconds * 1000);
    await end();
    // Never more than the limit allows since the beginning, and at the end no less.
    for (const { at, bytes } of gone.soFar()) expect(bytes / (rate * at)).toBeLessThanOrEqual(1);
    expect(gone.soFar().at(-1)?.bytes).toBeGreaterThan(0.99 * rate * seconds - part);
    for (let from = 0; from + 10 <= seconds - part / rate; from += 0.7) {
      const share = (gone.paidUntil(from + 10) - gone.paidUntil(from)) / (10 * rate);
      expect(share).toBeGreaterThan(0.97);
      expect(share).toBeLessThan(1.03);
    }
  });

  it.each([
    [1, 200],
    [200, 1],
    [20, 55],
    [55, 5],
    [5, 4],
  ])('changed from %d to %d MiB/s in the middle of a part', async (first, then) => {
    const part = 16 * MIB;
    const clock = new OwnClock();
    const gone = new Gone(clock);
    const limiter = new RateLimiter(first * MIB, clock);
    const end = await senders(8, gone, part, (over) => limiter.take(part, over));
    await clock.pass(40_300);
    limiter.set(then * MIB);
    await clock.pass(120_000);
    await end();
    const allowed = (at: number): number => (Math.min(at, 40.3) * first + Math.max(0, at - 40.3) * then) * MIB;
    for (const { at, bytes } of gone.soFar()) {
      expect(bytes).toBeLessThanOrEqual(allowed(at));
      // What the time was worth was used, but for a timer that was late.
      expect(bytes).toBeGreaterThan(0.97 * allowed(at - LATE_SECONDS));
    }
    expect(gone.soFar().at(-1)?.bytes).toBeGreaterThan(allowed(120) - part - 0.03 * allowed(120));
  });

  it('saves up no more than a quarter of a second while nobody sends', async () => {
    const clock = new OwnClock();
    const limiter = new RateLimiter(MIB, clock);
    await clock.pass(60_000);
    const gone = new Gone(clock);
    const end = await senders(8, gone, MIB, (over) => limiter.take(MIB, over));
    await clock.pass(70_000);
    await end();
    expect(gone.soFar().at(-1)?.bytes).toBe(10 * MIB);
  });
});

describe('27.4: limits of a run and of its node, on a clock of their own', () => {
  const rate = 10 * MIB;
  const part = 16 * MIB;

  it.each([
    ['one request at a time', 1, [rate, rate]],
    ['eight at a time', 8, [rate, rate]],
    ['the run slower', 1, [rate, 3 * rate]],
    ['the node slower', 1, [3 * rate, rate]],
  ])('reach the lower one: %s', async (_what, parallelism, [ofRun, ofNode]) => {
    const clock = new OwnClock();
    const gone = new Gone(clock);
    const node = new TransferLimits({ bytesPerSecond: ofNode }, undefined, clock);
    const run = new TransferLimits({ bytesPerSecond: ofRun, parallelism }, node, clock);
    // The link is hardly faster than the limit.
    const onWire = async (): Promise<void> => await clock.pause((part / (1.5 * rate)) * 1000);
    const end = await senders(8, gone, part, (over) => run.run(part, over, onWire));
    await clock.pass(100_000);
    const sent = gone.soFar().at(-1)?.bytes ?? 0;
    expect(sent).toBeLessThanOrEqual(100 * rate);
    expect(sent).toBeGreaterThan(97 * rate - part);
    run.set({ bytesPerSecond: 0 });
    node.set({ bytesPerSecond: 0 });
    const ended = end();
    await clock.pass(300_000);
    await ended;
  });

  it('two runs of a node share its limit', async () => {
    const clock = new OwnClock();
    const gone = [new Gone(clock), new Gone(clock)] as const;
    const node = new TransferLimits({ bytesPerSecond: rate }, undefined, clock);
    const ends = await Promise.all(
      gone.map((one) => {
        const run = new TransferLimits({}, node);
        return senders(8, one, part, (over) => run.run(part, over, () => Promise.resolve()));
      }),
    );
    await clock.pass(160_000);
    await Promise.all(ends.map((end) => end()));
    const [one = 0, other = 0] = gone.map((each) => each.soFar().at(-1)?.bytes ?? 0);
    expect((one + other) / (160 * rate)).toBeGreaterThan(0.97);
    expect((one + other) / (160 * rate)).toBeLessThanOrEqual(1);
    expect(Math.abs(one - other)).toBeLessThanOrEqual(part);
  });
});
