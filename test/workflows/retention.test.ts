import { Context } from '@temporalio/activity';
import type { WorkflowHandle } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { janitorQueue } from '../../src/contract';
import { FakedCluster, refusal } from '../support/workflows/faked-cluster';
import { standardActivities, type Activities } from '../support/workflows/standard-activities';
import { resetToBefore } from '../support/workflows/reset-run';

type Recorded = Parameters<Activities['recordOperation']>[0];

const standard = standardActivities() as Partial<Activities> as Activities;
const BACKUP = 'ysql.orders-20261122T020007Z-3fa9c1';
const NAMED = { backup: BACKUP, reason: 'a test' };
const OPERATIONS = ['deleteBackup', 'undeleteBackup', 'holdBackup', 'releaseBackup'] as const;
const STEPS = { deleteBackup: 'deleteNamed', undeleteBackup: 'undeleteNamed' } as const;
/** The activity of each of them. */
const stepOf = (operation: (typeof OPERATIONS)[number]): keyof Activities =>
  operation === 'deleteBackup' || operation === 'undeleteBackup' ? STEPS[operation] : 'changeHold';

describe('26.2: the workflows of retention', () => {
  let cluster: FakedCluster;
  /** In order: which activity was asked, and with what. */
  const asked: { step: string; input: object }[] = [];
  const records: Recorded[] = [];
  /** What the test says, over what goes well; each call is noted. */
  const use = (acts: Partial<Activities> = {}): void => {
    asked.length = 0;
    records.length = 0;
    const noted = (
      ['planRetention', 'deletePlanned', 'sweepRepository', 'changeHold', 'deleteNamed', 'undeleteNamed'] as const
    ).map((step) => [
      step,
      async (input: object = {}) => {
        asked.push({ step, input });
        return await ((acts[step] ?? standard[step]) as (given: object) => Promise<unknown>)(input);
      },
    ]);
    cluster.use({
      recordOperation: async (one) => {
        records.push(one);
        return await Promise.resolve();
      },
      ...acts,
      ...Object.fromEntries(noted),
    });
  };
  const steps = (): string[] => asked.map(({ step }) => step);
  const ends = async (run: WorkflowHandle): Promise<{ type: string; message: string }> =>
    await run.result().then(
      () => ({ type: 'complete', message: '' }),
      ({ cause }: { cause: ApplicationFailure }) => ({ type: cause.type ?? cause.name, message: cause.message }),
    );
  /** An attempt that stays until it is cancelled, and says so by its end. */
  const untilCancelled = async (): Promise<never> => {
    const context = Context.current();
    const beat = setInterval(() => {
      context.heartbeat();
    }, 50);
    try {
      return await context.cancelled;
    } finally {
      clearInterval(beat);
    }
  };

  beforeAll(async () => {
    cluster = await FakedCluster.open({
      nodeAnswerTimeout: 2_000,
      heartbeatTimeout: 600,
      commandDeadline: 6_000,
      copyTimeout: 3_000,
    });
  }, 60_000);
  afterAll(async () => {
    await cluster.close();
  });

  describe('applyRetention', () => {
    it('plans, deletes what the plan deletes, sweeps, and reports all of it', async () => {
      use({
        planRetention: async (input) => ({ ...(await standard.planRetention(input)), warnings: ['one is strange'] }),
        sweepRepository: async () =>
          await Promise.resolve({
            ...{ swept: 2, objects: 9, bytes: 900 },
            waiting: [{ backupId: BACKUP, because: 'it is held' }],
          }),
      });
      const run = await cluster.start('applyRetention', { database: 'ysql.orders' });
      await expect(run.result()).resolves.toEqual({
        ...{ kept: 2, deleted: 1, freedBytes: 100_000_000, first: [], warnings: ['one is strange'] },
        plan: { key: 'work/retention', sha256: 'c'.repeat(64) },
        ...{ swept: 2, sweptBytes: 900, waiting: [{ backupId: BACKUP, because: 'it is held' }] },
      });
      expect(steps()).toEqual(['planRetention', 'deletePlanned', 'sweepRepository']);
      expect(asked[0]?.input).toMatchObject({ database: 'ysql.orders' });
      expect(asked[1]?.input).toMatchObject({ plan: { key: 'work/retention' } });
      expect(asked[1]?.input).not.toHaveProperty('shown');
      expect(records).toMatchObject([{ operation: 'applyRetention', database: 'ysql.orders', outcome: 'complete' }]);
      expect(await cluster.page(run)).toMatch(/2 kept, 1 deleted \(at least 100 MB\)/);
    });

    it('only plans with dryRun, and passes on the plan that was shown', async () => {
      use();
      const dry = await cluster.start('applyRetention', { dryRun: true });
      const { plan } = (await dry.result()) as { plan: { key: string; sha256: string } };
      expect(steps()).toEqual(['planRetention']);
      expect(await cluster.page(dry)).toContain('would be deleted');
      use();
      await (await cluster.start('applyRetention', { plan })).result();
      expect(asked[1]?.input).toMatchObject({ shown: plan });
    });

    it('refuses an invalid input before any step', async () => {
      use();
      const run = await cluster.start('applyRetention', { dryRun: 'yes', plan: { key: 'a', sha256: 'b' } });
      expect(await ends(run)).toMatchObject({
        type: 'InvalidInput',
        message: expect.stringContaining('dryRun') as string,
      });
      expect(steps()).toEqual([]);
    });

    it.each([
      ['planRetention', 'PromiseBroken', []],
      ['deletePlanned', 'PromiseBroken', ['planRetention']],
      ['sweepRepository', 'StoreUnsafe', ['planRetention', 'deletePlanned']],
    ] as const)('ends with what %s refuses (%s), tried once, and says so in its record', async (step, type, before) => {
      use({ [step]: async () => await Promise.reject(refusal(type, 'Nothing was deleted, since …')) });
      const run = await cluster.start('applyRetention', {});
      expect(await ends(run)).toEqual({ type, message: 'Nothing was deleted, since …' });
      expect(steps()).toEqual([...before, step]);
      expect(records).toMatchObject([{ outcome: 'failed', failure: { type }, database: cluster.name }]);
    });

    it.each(['planRetention', 'deletePlanned', 'sweepRepository'] as const)(
      'tries %s again that failed by chance, and does the rest once',
      async (step) => {
        let tries = 0;
        use({
          [step]: async (input: never) => {
            tries += 1;
            if (tries < 3) throw ApplicationFailure.retryable('the store is unavailable', 'StoreUnavailable');
            return await (standard[step] as (given: never) => Promise<unknown>)(input);
          },
        });
        await expect((await cluster.start('applyRetention', {})).result()).resolves.toMatchObject({ deleted: 1 });
        for (const one of ['planRetention', 'deletePlanned', 'sweepRepository'])
          expect([one, steps().filter((name) => name === one).length]).toEqual([one, one === step ? 3 : 1]);
      },
    );

    it.each(['planRetention', 'deletePlanned', 'sweepRepository'] as const)(
      'cancelled in %s waits until that has stopped, does nothing more and is recorded',
      async (step) => {
        let stopped = 0;
        use({
          [step]: async () => {
            try {
              return await untilCancelled();
            } finally {
              stopped += 1;
            }
          },
        });
        const run = await cluster.start('applyRetention', {});
        await cluster.until(`${step} runs`, () => steps().at(-1) === step);
        await run.cancel();
        expect(await ends(run)).toMatchObject({ type: 'CancelledFailure' });
        expect(stopped).toBe(1);
        expect(steps().at(-1)).toBe(step);
        expect(records).toMatchObject([{ outcome: 'cancelled', failure: { type: 'Cancelled' } }]);
      },
    );

    it('run twice at once does no harm: nothing is locked, both end', async () => {
      use();
      const runs = [await cluster.start('applyRetention', {}), await cluster.start('applyRetention', {})];
      for (const run of runs) await expect(run.result()).resolves.toMatchObject({ kept: 2 });
      expect(steps().filter((step) => step === 'sweepRepository')).toHaveLength(2);
    });

    it('reset to before its deletion deletes once more, by the same plan', async () => {
      use();
      const run = await cluster.start('applyRetention', {});
      await run.result();
      const again = await resetToBefore(run, 'deletePlanned');
      await expect(again.result()).resolves.toMatchObject({ deleted: 1, swept: 0 });
      expect(steps()).toEqual([
        'planRetention',
        'deletePlanned',
        'sweepRepository',
        'deletePlanned',
        'sweepRepository',
      ]);
    });

    it('whose record can not be written says so, and has done it all the same', async () => {
      use({ recordOperation: async () => await Promise.reject(refusal('StoreUnsafe', 'no')) });
      await expect((await cluster.start('applyRetention', {})).result()).resolves.toMatchObject({
        deleted: 1,
        warnings: ['The audit record could not be written: no'],
      });
    });
  });

  describe.each(OPERATIONS)('%s', (operation) => {
    const step = stepOf(operation);

    it('does its one step with the reason, and records the database', async () => {
      use();
      const run = await cluster.start(operation, NAMED);
      await expect(run.result()).resolves.toEqual({
        backupId: BACKUP,
        ...(operation === 'deleteBackup'
          ? { tombstone: `tombstones/${BACKUP}.json`, removedFrom: '2026-11-29T02:00:07.000Z' }
          : {}),
      });
      expect(steps()).toEqual([step]);
      const change = { holdBackup: { change: 'held' }, releaseBackup: { change: 'released' } } as Record<
        string,
        object
      >;
      const chain = { workflowId: run.workflowId, firstExecutionRunId: run.firstExecutionRunId };
      expect(asked[0]?.input).toEqual({ chain, ...NAMED, ...change[operation] });
      expect(records).toMatchObject([{ operation, database: 'ysql.orders', outcome: 'complete', input: NAMED }]);
      expect(await cluster.page(run)).toContain(BACKUP.slice(0, 20));
    });

    it.each(['NotFound', 'PreflightFailed', 'PromiseBroken', 'DatabaseBusy', 'StoreUnsafe'] as const)(
      'ends with %s at once where its step does',
      async (type) => {
        use({ [step]: async () => await Promise.reject(refusal(type, `${BACKUP} is not …`)) });
        const run = await cluster.start(operation, NAMED);
        expect(await ends(run)).toEqual({ type, message: `${BACKUP} is not …` });
        expect(steps()).toEqual([step]);
        expect(records).toMatchObject([{ outcome: 'failed', failure: { type }, database: cluster.name }]);
      },
    );

    it('asks again where the answer was lost, and is done once', async () => {
      let done = 0;
      use({
        [step]: async (input: never) => {
          done += 1;
          if (done === 1) throw ApplicationFailure.retryable('the connection broke', 'StoreUnavailable');
          return await (standard[step] as (given: never) => Promise<unknown>)(input);
        },
      });
      await expect((await cluster.start(operation, NAMED)).result()).resolves.toMatchObject({ backupId: BACKUP });
      expect(done).toBe(2);
    });

    it('cancelled in its step ends cancelled when that has stopped', async () => {
      use({ [step]: untilCancelled });
      const run = await cluster.start(operation, NAMED);
      await cluster.until('the step runs', () => steps().length === 1);
      await run.cancel();
      expect(await ends(run)).toMatchObject({ type: 'CancelledFailure' });
      expect(records).toMatchObject([{ outcome: 'cancelled' }]);
    });

    it('wants an id and a reason', async () => {
      use();
      for (const input of [{ backup: BACKUP }, { backup: '../x', reason: 'a' }, { ...NAMED, reason: '' }]) {
        expect(await ends(await cluster.start(operation, input))).toMatchObject({ type: 'InvalidInput' });
      }
      expect(steps()).toEqual([]);
    });
  });

  it('says that it is not known how far a janitor came that began and never ended', async () => {
    let letGo: (error: Error) => void = () => undefined;
    const dead = new Promise<never>((_, reject) => (letGo = reject));
    const never = async (): Promise<never> => await dead;
    use({ deletePlanned: never, deleteNamed: never, undeleteNamed: never });
    const runs = [
      await cluster.start('applyRetention', {}),
      await cluster.start('deleteBackup', NAMED),
      await cluster.start('undeleteBackup', NAMED),
    ];
    for (const run of runs) {
      const end = await ends(run);
      expect(end.type).toBe('NodeUnavailable');
      expect(end.message).toMatch(/began, and did not report how it ended .*stays done.*start the operation again/);
    }
    expect(records.map(({ outcome, failure }) => [outcome, failure?.type])).toEqual(
      runs.map(() => ['failed', 'NodeUnavailable']),
    );
    letGo(new Error('this worker is to end, too'));
  });

  // The last one: from here on there is no janitor.
  it('without a janitor what deletes ends with NodeUnavailable and says how to start one; holds and plans need none', async () => {
    await cluster.leave(janitorQueue(cluster.name));
    use();
    for (const [operation, input] of [
      ['applyRetention', {}],
      ['deleteBackup', NAMED],
      ['undeleteBackup', NAMED],
    ] as const) {
      const end = await ends(await cluster.start(operation, input));
      expect(end.type).toBe('NodeUnavailable');
      expect(end.message).toMatch(/^No janitor took the work on .*\/janitor within 2 s; .*kalpa worker janitor/);
    }
    for (const [operation, input] of [
      ['applyRetention', { dryRun: true }],
      ['holdBackup', NAMED],
      ['releaseBackup', NAMED],
    ] as const)
      await expect((await cluster.start(operation, input)).result()).resolves.toBeDefined();
  });
});
