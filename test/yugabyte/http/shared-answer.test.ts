import { SharedAnswer } from '../../../src/yugabyte/http/shared-answer';

/** A question whose askings are answered by hand. */
class Question {
  readonly askings: { answer: (n: number) => void; fail: (error: Error) => void; signal: AbortSignal }[] = [];
  readonly shared = new SharedAnswer<number>(
    (signal) =>
      new Promise<number>((answer, fail) => {
        this.askings.push({ answer, fail, signal });
      }),
  );
}

const settled = async (): Promise<void> => {
  await new Promise((resolve) => setImmediate(resolve));
};

describe('a request that many callers share', () => {
  it('22.15: is sent once for the first caller, and once more for all that came meanwhile', async () => {
    const { shared, askings } = new Question();
    const first = shared.get();
    await settled();
    const others = Array.from({ length: 200 }, () => shared.get());
    await settled();
    expect(askings).toHaveLength(1);
    askings[0]?.answer(1);
    await expect(first).resolves.toBe(1);
    await settled();
    expect(askings).toHaveLength(2);
    askings[1]?.answer(2);
    // Of the time after they asked: none of them is told the first answer.
    expect(new Set(await Promise.all(others))).toEqual(new Set([2]));
    const last = shared.get();
    await settled();
    askings[2]?.answer(3);
    await expect(last).resolves.toBe(3);
  });

  it('fails for all who share it, and the next caller sends another', async () => {
    const { shared, askings } = new Question();
    const first = shared.get();
    await settled();
    const second = [shared.get(), shared.get()];
    askings[0]?.fail(new Error('the master is unavailable'));
    await expect(first).rejects.toThrow('the master is unavailable');
    await settled();
    askings[1]?.fail(new Error('still away'));
    for (const one of second) await expect(one).rejects.toThrow('still away');
    const third = shared.get();
    await settled();
    askings[2]?.answer(3);
    await expect(third).resolves.toBe(3);
  });

  it('is aborted when its last caller has left, and not before', async () => {
    const { shared, askings } = new Question();
    const [one, two] = [new AbortController(), new AbortController()];
    const answers = [shared.get(one.signal), shared.get(two.signal)];
    answers.forEach((answer) => {
      answer.catch(() => undefined);
    });
    await settled();
    // The first began the asking alone; the second waits for the next.
    two.abort(new Error('two left'));
    await expect(answers[1]).rejects.toThrow('two left');
    expect(askings[0]?.signal.aborted).toBe(false);
    one.abort(new Error('one left'));
    await expect(answers[0]).rejects.toThrow('one left');
    expect(askings[0]?.signal.aborted).toBe(true);
    askings[0]?.fail(new Error('ended'));
    await settled();
    expect(askings).toHaveLength(1);
    const third = shared.get();
    await settled();
    askings[1]?.answer(3);
    await expect(third).resolves.toBe(3);
  });
});
