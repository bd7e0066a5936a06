import { Context } from '@temporalio/activity';
import type { WorkflowHandle } from '@temporalio/client';
import type { ApplicationFailure } from '@temporalio/common';
import { temporal } from '@temporalio/proto';
import { RENEWALS_PER_LEASE } from '../../src/workflows/run/read-lease';
import { FakedCluster, refusal } from '../support/workflows/faked-cluster';
import { planOf, standardActivities, type Activities } from '../support/workflows/standard-activities';

type Step = keyof Activities;
interface Reader {
  type: string;
  input: object;
  /** That lasts. */
  step: Step;
  of: { kind: string; id: string };
}

const standard = standardActivities() as Partial<Activities> as Activities;
const LEASE_MS = 6_000; // the server's timers are late by up to a second
const PERIODS = 2;
const RENEWALS = PERIODS * RENEWALS_PER_LEASE;
const NO_RIGHT = 'the key may not write to leases/';

const id = (kind: string, api = 'ysql'): string => `${api}.orders${kind}-20261122T020007Z-3fa9c1`;
const [BACKUP, DUMP, KEYSPACE_DUMP] = [id(''), id('-dump'), id('-dump', 'ycql')];
let names = 0;
const restore = () => ({ type: 'restoreDatabase', input: { backup: BACKUP, as: `copy_${(names += 1)}` } });
const load = (dump: string) => ({ type: 'loadDump', input: { dump, as: `copy_${(names += 1)}` } });
const verification = { type: 'verifyBackup', input: { backup: BACKUP, level: 'full' } };
const backup = { kind: 'backup', id: BACKUP };
const dump = { kind: 'dump', id: DUMP };

const { EventType: Type } = temporal.api.enums.v1;
type Event = temporal.api.history.v1.IHistoryEvent;
const dateOf = ({ eventTime }: Event): number =>
  Number(eventTime?.seconds ?? 0) * 1000 + Number(eventTime?.nanos ?? 0) / 1e6;

describe('27: the lease on what a run reads', () => {
  let cluster: FakedCluster;
  /** What was renewed, by run. */
  const renewed: { run: string; of: object }[] = [];

  beforeAll(async () => {
    cluster = await FakedCluster.open({ leaseTime: LEASE_MS });
  }, 60_000);
  afterAll(async () => {
    await cluster.close();
  });
  beforeEach(() => {
    renewed.length = 0;
  });

  const ownRun = (): string => Context.current().info.workflowExecution?.workflowId ?? '';
  const renewalsOf = (run: string): number => renewed.filter((one) => one.run === run).length;

  /** `long`: by run, the step that lasts, and what it does meanwhile. A child of a run is part of it. */
  function use(acts: Partial<Activities>, long: Map<string, Step>, lasts: (run: string) => Promise<unknown>): void {
    const usual: Activities = {
      ...standard,
      findDump: async (asked) => ({
        ...(await standard.findDump(asked)),
        database: asked.dump === KEYSPACE_DUMP ? 'ycql.orders' : 'ysql.orders',
      }),
      // Something is always damaged, for a repair to begin.
      checkObjects: async () => await Promise.resolve({ files: 10, bytes: 100, bad: 1 }),
      planRepair: async () => {
        const { node, batches } = planOf('n1:9100');
        return await Promise.resolve({ ...{ unrepaired: 0, reasons: [] }, batches: [{ ...batches[0]!, node }] });
      },
      renewLease: async (of) => {
        renewed.push({ run: ownRun(), of });
        return await Promise.resolve();
      },
      ...acts,
    };
    const steps = Object.keys(usual) as Step[];
    cluster.use(
      Object.fromEntries(
        steps.map((step) => [
          step,
          async (given: never) => {
            const run = [...long.keys()].find((one) => `${ownRun()}/`.startsWith(`${one}/`));
            if (run !== undefined && long.get(run) === step) await lasts(run);
            return await (usual[step] as (given: never) => Promise<unknown>)(given);
          },
        ]),
      ),
    );
  }

  /** Starts a run of each reader. */
  async function startAll(readers: readonly Reader[], long: Map<string, Step>) {
    return await Promise.all(
      readers.map(async ({ type, input, step, of }) => {
        const workflowId = `${cluster.name}/${type}/${step}-${(names += 1)}`;
        long.set(workflowId, step);
        return { run: await cluster.start(type, input, workflowId), of, step };
      }),
    );
  }

  it(`is renewed in time while any of its steps lasts for ${PERIODS} leases`, async () => {
    const long = new Map<string, Step>();
    use({}, long, async (run) => {
      while (renewalsOf(run) < RENEWALS) await Context.current().sleep(50);
    });
    const started = await startAll(
      [
        { ...restore(), step: 'loadSchema', of: backup },
        { ...restore(), step: 'placeTablets', of: backup },
        { ...restore(), step: 'waitForRestoration', of: backup },
        {
          ...{ type: 'rehearseRestore', input: { database: 'ysql.orders', backup: BACKUP } },
          ...{ step: 'verifyRestored', of: backup },
        },
        { ...verification, step: 'checkObjects', of: backup },
        { ...verification, input: { ...verification.input, repair: true }, step: 'repairFiles', of: backup },
        { ...load(DUMP), step: 'readContent', of: dump },
        { ...load(DUMP), step: 'loadText', of: dump },
        { ...load(KEYSPACE_DUMP), step: 'loadTable', of: { kind: 'dump', id: KEYSPACE_DUMP } },
      ],
      long,
    );
    for (const { run, of, step } of started) {
      await run.result();
      expect({ step, of: renewed.find((one) => one.run === run.workflowId)?.of }).toMatchObject({ step, of });
      const dates = await renewalDates(run);
      expect({ step, enough: dates.length >= RENEWALS }).toEqual({ step, enough: true });
      const gaps = dates.slice(1).map((date, i) => date - (dates[i] ?? 0));
      expect({ step, late: gaps.filter((gap) => gap >= LEASE_MS) }).toEqual({ step, late: [] });
    }
  }, 180_000);

  it('a renewal that fails, for now or for good as it seems, is tried again, and the run does not notice', async () => {
    const long = new Map<string, Step>();
    const failed = new Map<string, number>();
    const renewLease: Activities['renewLease'] = async (of) => {
      const run = ownRun();
      failed.set(run, (failed.get(run) ?? 0) + 1);
      if ((failed.get(run) ?? 0) % 3 !== 0)
        throw of.kind === 'dump' ? refusal('PreflightFailed', NO_RIGHT) : new Error('the store was unavailable');
      renewed.push({ run, of });
      return await Promise.resolve();
    };
    use({ renewLease }, long, async (run) => {
      while (renewalsOf(run) < RENEWALS_PER_LEASE) await Context.current().sleep(50);
    });
    const started = await startAll(
      [
        { ...restore(), step: 'placeTablets', of: backup },
        { ...load(DUMP), step: 'loadText', of: dump },
      ],
      long,
    );
    for (const { run } of started) {
      await expect(run.result()).resolves.not.toHaveProperty('warnings');
      expect(failed.get(run.workflowId)).toBeGreaterThanOrEqual(3 * RENEWALS_PER_LEASE);
    }
  }, 180_000);

  it('when it has ended, what reads is stopped before anything is undone, and the run says why', async () => {
    const long = new Map<string, Step>();
    const events: { run: string; event: string }[] = [];
    const tell = (event: string, run = ownRun()) => events.push({ run, event });
    use(
      {
        renewLease: async () => {
          tell('renewal');
          return await Promise.reject(refusal('PreflightFailed', NO_RIGHT));
        },
      },
      long,
      async (run) => {
        try {
          await Context.current().cancelled;
        } finally {
          tell('stopped', run);
        }
      },
    );
    const began = Date.now();
    const started = await startAll(
      [
        { ...restore(), step: 'placeTablets', of: backup },
        { ...load(DUMP), step: 'loadText', of: dump },
        { ...verification, step: 'checkObjects', of: backup },
      ],
      long,
    );
    for (const { run, of } of started) {
      const { cause } = await run.result().then(
        () => ({ cause: undefined }),
        (error: { cause?: ApplicationFailure }) => error,
      );
      expect(Date.now() - began).toBeGreaterThanOrEqual(LEASE_MS);
      expect(cause?.type).toBe('StoreUnavailable');
      expect(cause?.message).toMatch(
        /^The lease on \S+ ended at \S+Z and could not be renewed, so .* was stopped\. The last attempt failed: the key may not write to leases\/ .* start the run again\.$/,
      );
      expect(cause?.message).toContain(of.id);
      const own = events.filter((one) => one.run === run.workflowId).map(({ event }) => event);
      // Again and again until the lease had ended; the record comes after the clean-up, and that after what reads.
      expect(own.filter((event) => event === 'renewal').length).toBeGreaterThanOrEqual(3);
      expect(own).toContain('stopped');
      expect(await openAtTheRecord(run)).toEqual([]);
    }
  }, 180_000);

  it('a run that is cancelled renews nothing any more', async () => {
    const long = new Map<string, Step>();
    use({}, long, async () => await Context.current().cancelled);
    const started = await startAll([{ ...restore(), step: 'placeTablets', of: backup }], long);
    for (const { run } of started) {
      await cluster.until('it was renewed', () => renewalsOf(run.workflowId) > 0, 60_000);
      await run.cancel();
      await expect(run.result()).rejects.toMatchObject({ cause: { name: 'CancelledFailure' } });
      const { raw, status } = await run.describe();
      expect([status.name, raw.pendingActivities ?? []]).toEqual(['CANCELLED', []]);
      const types = (await eventsOf(run)).map(({ eventType }) => eventType);
      const count = (...some: (typeof types)[number][]) => types.filter((type) => some.includes(type)).length;
      expect(count(Type.EVENT_TYPE_TIMER_STARTED)).toBe(
        count(Type.EVENT_TYPE_TIMER_FIRED, Type.EVENT_TYPE_TIMER_CANCELED),
      );
    }
  }, 180_000);

  const eventsOf = async (run: WorkflowHandle): Promise<Event[]> => (await run.fetchHistory()).events ?? [];

  /** Activities and children, but the guardian, that had not ended when the run was recorded, from its history. */
  async function openAtTheRecord(run: WorkflowHandle): Promise<string[]> {
    const open = new Map<string, string>();
    for (const event of await eventsOf(run)) {
      const activity = event.activityTaskScheduledEventAttributes?.activityType?.name;
      if (activity === 'recordOperation') return [...open.values()];
      const child = event.startChildWorkflowExecutionInitiatedEventAttributes?.workflowType?.name;
      const begun = activity ?? (child === 'guardian' ? undefined : child);
      if (begun != null) open.set(String(event.eventId), begun);
      const ended =
        event.activityTaskCompletedEventAttributes ??
        event.activityTaskFailedEventAttributes ??
        event.activityTaskTimedOutEventAttributes ??
        event.activityTaskCanceledEventAttributes;
      if (ended) open.delete(String(ended.scheduledEventId));
      const endedChild =
        event.childWorkflowExecutionCompletedEventAttributes ??
        event.childWorkflowExecutionFailedEventAttributes ??
        event.childWorkflowExecutionTimedOutEventAttributes ??
        event.childWorkflowExecutionCanceledEventAttributes;
      if (endedChild) open.delete(String(endedChild.initiatedEventId));
    }
    return ['the run was not recorded'];
  }

  /** When the renewals of a run were complete, from its history. */
  async function renewalDates(run: WorkflowHandle): Promise<number[]> {
    const events = await eventsOf(run);
    const asked = new Set(
      events.flatMap(({ eventId, activityTaskScheduledEventAttributes: one }) =>
        one?.activityType?.name === 'renewLease' ? [String(eventId)] : [],
      ),
    );
    return events
      .filter(({ activityTaskCompletedEventAttributes: one }) => one && asked.has(String(one.scheduledEventId)))
      .map(dateOf);
  }
});
