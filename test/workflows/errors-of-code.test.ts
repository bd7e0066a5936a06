import { Context } from '@temporalio/activity';
import { FakedCluster } from '../support/workflows/faked-cluster';
import { standardActivities, type Activities } from '../support/workflows/standard-activities';
import { CASES, TAG, tagged, tagOf, type Case } from '../support/workflows/every-workflow';
import { FULL } from '../support/matrix';

/**
 * An error that workflow code did not expect: what a step answers lacks what the code reads of it. Each run has a tag
 * in the names of its databases and ids, by which its steps are known.
 */
type Step = keyof Activities;
const END_TIMEOUT_MS = 60_000;
const MAX_CONCURRENCY = 6;
/** Ends of a run that say what happened, and what to do. */
const CLEAR =
  /Kalpa ran into an error in its own code \((TypeError|RangeError|\$?ZodError): .*\)\. .*Start the operation again/;

describe('23.10: an error that workflow code did not expect', () => {
  let cluster: FakedCluster;
  /** By tag: the steps that were asked, and the one whose answer is none. */
  const asked = new Map<string, Set<Step>>();
  /** One step, or the one that is asked as so many-th of those that answer something. */
  const faults = new Map<string, Step | number>();
  const standard: Partial<Activities> = standardActivities();
  let runs = 0;

  /** The tag of the run, or of a child or guardian of it, that asks for an activity. */
  const tagOfCall = (): string | undefined => TAG.exec(Context.current().info.workflowExecution?.workflowId ?? '')?.[0];

  beforeAll(async () => {
    cluster = await FakedCluster.open();
    cluster.use(
      new Proxy<Partial<Activities>>(
        {},
        {
          get: (_, step: Step) => {
            const tag = tagOfCall();
            if (tag === undefined) return undefined;
            const steps = (asked.get(tag) ?? new Set<Step>()).add(step);
            asked.set(tag, steps);
            const fault = faults.get(tag);
            const faulty =
              fault === step || (standard[step] && [...steps].filter((one) => standard[one])[Number(fault)] === step);
            if (faulty) return async () => await Promise.resolve(null);
            // A rehearsal's scratch database is named after its run.
            const choose = standard.chooseRehearsal;
            if (step !== 'chooseRehearsal' || !choose) return undefined;
            return async (...given: Parameters<typeof choose>) => ({
              ...(await choose(...given)),
              name: `kalpa_${tag}0000`,
            });
          },
        },
      ),
    );
  }, 60_000);
  afterAll(async () => {
    await cluster.close();
  });

  /** How one ended; `tasks`: those that failed, which would be tried again for ever. */
  async function end({ type, input }: Case, fault?: Step | number) {
    const tag = tagOf((runs += 1));
    if (fault !== undefined) faults.set(tag, fault);
    const run = await cluster.start(type, tagged(input, tag), `${cluster.name}/${type}/${tag}`);
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<string>((resolve) => {
      timer = setTimeout(() => {
        resolve('continues');
      }, END_TIMEOUT_MS);
    });
    const ended = run.result().then(
      () => 'complete',
      ({ cause }: { cause?: { type?: string; message: string } }) => `${cause?.type}: ${cause?.message}`,
    );
    const outcome = await Promise.race([ended, late]);
    clearTimeout(timer);
    const { events } = await run.fetchHistory();
    const tasks = (events ?? []).filter(({ workflowTaskFailedEventAttributes: failed }) => failed).length;
    return { tag, type, fault, outcome, tasks };
  }

  /** Runs of these tags, with their guardians and children, that have not ended. Listings are late. */
  async function goingOn(tags: ReadonlySet<string>): Promise<string[]> {
    const found: string[] = [];
    for await (const { workflowId } of cluster.client.workflow.list({ query: `ExecutionStatus = 'Running'` }))
      if (tags.has(TAG.exec(workflowId)?.[0] ?? '')) found.push(workflowId);
    return found;
  }

  async function each<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
    const queue = [...items];
    await Promise.all(
      Array.from({ length: MAX_CONCURRENCY }, async () => {
        for (let one = queue.shift(); one !== undefined; one = queue.shift()) await work(one);
      }),
    );
  }

  type Ended = Awaited<ReturnType<typeof end>>;
  /** Every one has ended, none by a task that is tried again, and nothing of it continues. */
  async function expectEnded(ends: readonly Ended[]): Promise<void> {
    expect(ends.filter(({ outcome, tasks }) => tasks > 0 || (outcome !== 'complete' && !CLEAR.test(outcome)))).toEqual(
      [],
    );
    const tags = new Set(ends.map(({ tag }) => tag));
    await cluster.until('nothing of them continues', async () => (await goingOn(tags)).length === 0, 60_000);
  }

  it('23.10: ends each type of workflow before anything is begun, with a failure that says so', async () => {
    const ends: Ended[] = [];
    await each(CASES, async (one) => void ends.push(await end(one, 'readSettings')));
    await expectEnded(ends);
    expect(ends.filter(({ outcome }) => !CLEAR.test(outcome))).toEqual([]);
  }, 240_000);

  it('23.10: ends each type of workflow on its way, and nothing of it continues', async () => {
    const ends: Ended[] = [];
    // Each time at another step: what is not read in the code of workflows goes well.
    const ways = CASES.map((one): [Case, number] => [one, 1 + Math.floor(Math.random() * 7)]);
    await each(ways, async ([one, n]) => void ends.push(await end(one, n)));
    await expectEnded(ends);
  }, 240_000);

  if (FULL)
    it('23.10: ends each type of workflow at each of its steps', async () => {
      const ways: [Case, Step][] = [];
      await each(CASES, async (one) => {
        const { tag, outcome } = await end(one);
        expect([one.type, outcome]).toEqual([one.type, 'complete']);
        for (const step of asked.get(tag) ?? []) if (standard[step]) ways.push([one, step]);
      });
      const ends: Ended[] = [];
      await each(ways, async ([one, step]) => void ends.push(await end(one, step)));
      await expectEnded(ends);
      const steps = new Set(ends.filter(({ outcome }) => CLEAR.test(outcome)).map(({ fault }) => fault));
      expect(steps.size).toBeGreaterThan(30);
    }, 900_000);
});
