import { LockLines, type LatestHolder } from '../../src/activities/control/lock/lock-lines';
import { SharedQueries } from '../../src/activities/control/waits/shared-queries';

const pause = async (ms: number): Promise<void> => await new Promise((resolve) => setTimeout(resolve, ms));
const never = new AbortController().signal;

/** A lock that runs take and give back; every look at it is counted. */
class Lock {
  holder: LatestHolder | undefined;
  looks = 0;
  private runs = 0;

  take(): void {
    this.runs += 1;
    this.holder = { runId: `run ${this.runs}`, running: true, since: new Date() };
  }

  free(): void {
    if (this.holder) this.holder = { ...this.holder, running: false };
  }

  readonly lines = new LockLines(
    async () => {
      this.looks += 1;
      await pause(1);
      return this.holder;
    },
    { lockPollInterval: 20 },
  );
}

const wait = (lock: Lock, since: number, more: { until?: number; signal?: AbortSignal } = {}) =>
  lock.lines.wait('busy/demo/ysql.orders', { since, until: Infinity, signal: never, show: () => undefined, ...more });

describe('the queue of a lock', () => {
  it('22.15: three hundred runs wait with one poll per interval, and proceed one by one in order', async () => {
    const lock = new Lock();
    lock.take();
    const gone: number[] = [];
    let trying = 0;
    let most = 0;
    const numbers = Array.from({ length: 300 }, (_, i) => (i * 7) % 300); // they come in another order than they began to wait
    const runs = numbers.map(async (since) => {
      await wait(lock, since);
      trying += 1;
      most = Math.max(most, trying);
      gone.push(since);
      await pause(2); // until its guardian has started
      lock.take();
      trying -= 1;
      await pause(2);
      lock.free();
      lock.lines.nudge('busy/demo/ysql.orders');
    });
    const before = lock.looks;
    await pause(200);
    expect(lock.looks - before).toBeLessThanOrEqual(11);
    expect(gone).toEqual([]);
    lock.free();
    await Promise.all(runs);
    expect(most).toBe(1);
    expect(gone).toEqual([...numbers].sort((a, b) => a - b));
  });

  it('22.15: a notified run that has disappeared delays the next one by five intervals', async () => {
    const lock = new Lock();
    const gone: number[] = [];
    const began = Date.now();
    await Promise.all([1, 2].map(async (since) => wait(lock, since).then(() => gone.push(since))));
    expect(gone).toEqual([1, 2]);
    expect(Date.now() - began).toBeGreaterThanOrEqual(95);
  });

  it('a run that polls too late keeps its place before those that came after it', async () => {
    const lock = new Lock();
    lock.take();
    const gone: number[] = [];
    const later = wait(lock, 5).then(() => gone.push(5));
    const cameBack = wait(lock, 3).then(() => gone.push(3));
    lock.free();
    await cameBack;
    lock.take();
    lock.free();
    await later;
    expect(gone).toEqual([3, 5]);
  });

  it('a wait ends at its deadline or when it is cancelled, and the others keep waiting', async () => {
    const lock = new Lock();
    lock.take();
    const cancelled = new AbortController();
    const first = wait(lock, 1, { signal: cancelled.signal });
    const second = wait(lock, 2, { until: Date.now() + 50 });
    let third = false;
    const last = wait(lock, 3).then(() => (third = true));
    cancelled.abort(new Error('cancelled'));
    await expect(first).rejects.toThrow('cancelled');
    await second;
    expect(third).toBe(false);
    lock.free();
    await last;
  });

  it('a waiting run learns that Temporal does not respond, and a new queue polls again', async () => {
    let answers = false;
    const lines = new LockLines(
      async () => {
        await pause(1);
        if (!answers) throw new Error('unavailable');
        return undefined;
      },
      { lockPollInterval: 10 },
    );
    const place = { since: 1, until: Infinity, signal: never, show: () => undefined };
    await expect(lines.wait('busy/demo', place)).rejects.toThrow('unavailable');
    answers = true;
    await lines.wait('busy/demo', place);
  });
});

describe('shared queries', () => {
  it('22.15: a hundred that wait for the same list ask once', async () => {
    const looks = new SharedQueries();
    let asked = 0;
    const look = async (since: number) =>
      await looks.query('list_snapshots {}', { since, freshMs: 1_000, signal: never }, async () => {
        asked += 1;
        await pause(5);
        return asked;
      });
    const since = Date.now();
    expect(new Set(await Promise.all(Array.from({ length: 100 }, async () => await look(since))))).toEqual(
      new Set([1]),
    );
    expect(await look(since)).toBe(1);
    await pause(2);
    // One that began to wait later is told nothing of before: its snapshot might not be in the list yet.
    expect(await look(Date.now())).toBe(2);
    expect(asked).toBe(2);
  });

  it('22.15: a cancelled caller leaves; the query ends with the last one', async () => {
    const looks = new SharedQueries();
    const [one, other] = [new AbortController(), new AbortController()];
    let ended = false;
    const look = async (signal: AbortSignal) =>
      await looks.query('list', { since: 0, freshMs: 1_000, signal }, async (end) => {
        await new Promise((_, reject) => {
          end.addEventListener('abort', () => {
            ended = true;
            reject(new Error('ended'));
          });
        });
      });
    const waits = [look(one.signal), look(other.signal)].map(
      async (it) => await it.catch((error: Error) => error.message),
    );
    one.abort(new Error('cancelled'));
    expect(await waits[0]).toBe('cancelled');
    expect(ended).toBe(false);
    other.abort(new Error('shut down'));
    expect(await waits[1]).toBe('shut down');
    expect(ended).toBe(true);
  });

  it('a failed query is repeated by the next caller', async () => {
    const looks = new SharedQueries();
    const how = { since: 0, freshMs: 1_000, signal: never };
    await expect(looks.query('list', how, async () => await Promise.reject(new Error('no leader')))).rejects.toThrow(
      'no leader',
    );
    expect(await looks.query('list', how, async () => await Promise.resolve('listed'))).toBe('listed');
  });
});
