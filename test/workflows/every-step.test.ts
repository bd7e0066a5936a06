import { Context } from '@temporalio/activity';
import { finalFailureTypes } from '../../src/contract';
import { CASES, TAG, tagged, tagOf, type Case } from '../support/workflows/every-workflow';
import { FakedCluster, refusal } from '../support/workflows/faked-cluster';
import { standardActivities, type Activities } from '../support/workflows/standard-activities';
import { FULL } from '../support/matrix';

type Step = keyof Activities;
/** What meets a run in the step that it asks as so many-th of those that answer something. */
interface Fault {
  at: number;
  /** A failure of this type, or a cancel of the run while the step is at work. */
  how: string;
}
/** How a run of a case ended, and the step that its fault met: none, if it asked fewer. */
interface Ended extends Fault {
  type: string;
  tag: string;
  step: Step | undefined;
  outcome: string;
}
const MESSAGE = 'It is so, says the test.';
const CANCELLED_WITHIN_MS = 1_500;
const MAX_CONCURRENCY = 6;
/** Every workflow has about as many. */
const FIRST_STEPS = 8;

/** Clocks that can't be compared are a finding of the preflight, whatever kept them from it. */
const typeOf = (how: string, step: Step | undefined): string => (step === 'compareClocks' ? 'PreflightFailed' : how);

describe('a run whose step fails without a retry, or which is cancelled in a step, ends as that says and leaves no lock', () => {
  let cluster: FakedCluster;
  const standard: Partial<Activities> = standardActivities();
  const faults = new Map<string, Fault>();
  const asked = new Map<string, Set<Step>>();
  /** By tag: the step that the fault met. */
  const met = new Map<string, Step>();
  let runs = 0;

  beforeAll(async () => {
    cluster = await FakedCluster.open();
    cluster.use(new Proxy<Partial<Activities>>({}, { get: (_, step: Step) => answer(step) }));
  }, 60_000);
  afterAll(async () => {
    await cluster.close();
  });

  /** What a step of a run answers, where that is not the standard. Undone and recorded is as ever. */
  function answer(step: Step): ((...given: never[]) => Promise<unknown>) | undefined {
    const tag = TAG.exec(Context.current().info.workflowExecution?.workflowId ?? '')?.[0];
    const fault = tag === undefined ? undefined : faults.get(tag);
    if (tag === undefined || !fault || step === 'undo' || !standard[step]) return chosen(step, tag);
    // Asked once more, together with everything else that may be wrong.
    const question = step === 'preflightUnfound' ? 'findBackup' : step;
    const steps = (asked.get(tag) ?? new Set<Step>()).add(question);
    asked.set(tag, steps);
    if ([...steps][fault.at] !== question) return chosen(step, tag);
    met.set(tag, step);
    if (fault.how !== 'cancel') return async () => await Promise.reject(refusal(fault.how, MESSAGE));
    const context = Context.current();
    const usual = standard[step] as (...given: never[]) => Promise<unknown>;
    return async (...given) => {
      await cluster.client.workflow.getHandle(`${cluster.name}/${tag}`).cancel();
      const told = setInterval(() => {
        context.heartbeat();
      }, 50);
      try {
        // What must be done in any case, such as to record how a run ended, is not cancelled with it.
        await Promise.race([context.cancelled, context.sleep(CANCELLED_WITHIN_MS)]);
        return await usual(...given);
      } finally {
        clearInterval(told);
      }
    };
  }

  /** A rehearsal's scratch database is named after its run. */
  function chosen(step: Step, tag?: string): ((...given: never[]) => Promise<unknown>) | undefined {
    const choose = standard.chooseRehearsal;
    if (step !== 'chooseRehearsal' || !choose || tag === undefined) return undefined;
    return async (...given: Parameters<typeof choose>) => ({ ...(await choose(...given)), name: `kalpa_${tag}0000` });
  }

  /** How a run ended: `complete`, `CancelledFailure`, or the type of its failure. */
  async function end({ type, input }: Case, fault: Fault): Promise<Ended> {
    const tag = tagOf((runs += 1));
    faults.set(tag, fault);
    const run = await cluster.start(type, tagged(input, tag), `${cluster.name}/${tag}`);
    const outcome = await run.result().then(
      () => 'complete',
      ({ cause }: { cause?: { type?: string; name: string } }) => cause?.type ?? cause?.name ?? 'failed',
    );
    return { type, tag, ...fault, step: met.get(tag), outcome };
  }

  /** `npm test` meets each case in one step, the next case in the next one. */
  async function endInOne(hows: readonly string[]): Promise<Ended[]> {
    return await endAll(CASES.map((one, i) => async () => [await end(one, fault(hows, i, i % FIRST_STEPS))]));
  }

  /** `test:full` meets each case in every step, up to a run that ends before it has asked as many. */
  async function endInEach(hows: readonly string[]): Promise<Ended[]> {
    return await endAll(
      CASES.map((one, i) => async () => {
        const ends: Ended[] = [];
        do ends.push(await end(one, fault(hows, i, ends.length)));
        while (ends.at(-1)?.step !== undefined);
        return ends;
      }),
    );
  }

  /** Of a case the next way in each of its steps, of the next case another one in the same step. */
  const fault = (hows: readonly string[], nth: number, at: number): Fault => ({
    at,
    how: hows[(nth + at) % hows.length] ?? '',
  });

  async function endAll(cases: readonly (() => Promise<Ended[]>)[]): Promise<Ended[]> {
    const queue = [...cases];
    const ends: Ended[] = [];
    await Promise.all(
      Array.from({ length: MAX_CONCURRENCY }, async () => {
        for (let next = queue.shift(); next !== undefined; next = queue.shift()) ends.push(...(await next()));
      }),
    );
    const tags = new Set(ends.map(({ tag }) => tag));
    await cluster.until(
      'no guardian or child of them continues',
      async () => {
        for await (const { workflowId } of cluster.client.workflow.list({ query: `ExecutionStatus = 'Running'` }))
          if (tags.has(TAG.exec(workflowId)?.[0] ?? '')) return false;
        return true;
      },
      60_000,
    );
    return ends;
  }

  const everyEnd = FULL ? endInEach : endInOne;

  it('fails: its failure has the type of the step’s, unless the run can do without that step', async () => {
    const ends = await everyEnd(finalFailureTypes);
    // What is only looked at beside the procedure costs a warning.
    const others = ends.filter(({ outcome, how, step }) => outcome !== 'complete' && outcome !== typeOf(how, step));
    expect(others).toEqual([]);
    expect(ends.filter(({ step }) => step).length).toBeGreaterThan(CASES.length / 9);
  }, 900_000);

  it('is cancelled: it ends cancelled, unless all was done', async () => {
    const ends = await everyEnd(['cancel']);
    expect(ends.filter(({ outcome }) => outcome !== 'complete' && outcome !== 'CancelledFailure')).toEqual([]);
    expect(ends.filter(({ outcome }) => outcome === 'CancelledFailure').length).toBeGreaterThan(CASES.length / 9);
  }, 900_000);
});
