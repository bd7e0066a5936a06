import { Context } from '@temporalio/activity';
import type { WorkflowHandle } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { FakedCluster, refusal } from '../support/workflows/faked-cluster';
import { standardActivities, type Activities } from '../support/workflows/standard-activities';
import { resetToBefore } from '../support/workflows/reset-run';

type Recorded = Parameters<Activities['recordOperation']>[0];
const standard = standardActivities() as Partial<Activities> as Activities;
const BACKUP = 'ysql.orders-20261122T020007Z-3fa9c1';
const STEPS = ['planVerification', 'checkObjects', 'recordVerification'] as const;
const SCRUB = ['planScrub', 'recordScrub'] as const;

describe('26.4: the workflow of verification', () => {
  let cluster: FakedCluster;
  const asked: { step: string; input: object }[] = [];
  const records: Recorded[] = [];
  const use = (acts: Partial<Activities> = {}): void => {
    asked.length = 0;
    records.length = 0;
    const noted = [...STEPS, ...SCRUB].map((step) => [
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
      ...Object.fromEntries(noted),
    });
  };
  const steps = (): string[] => asked.map(({ step }) => step);
  const ends = async (run: WorkflowHandle): Promise<{ type: string; message: string }> =>
    await run.result().then(
      () => ({ type: 'complete', message: '' }),
      ({ cause }: { cause: ApplicationFailure }) => ({ type: cause.type ?? cause.name, message: cause.message }),
    );

  beforeAll(async () => {
    cluster = await FakedCluster.open({ heartbeatTimeout: 600, commandDeadline: 6_000, copyTimeout: 5_000 });
  }, 60_000);
  afterAll(async () => {
    await cluster.close();
  });

  it('plans, reads batch by batch, records, and reports all of it', async () => {
    use();
    const input = { backup: BACKUP, level: 'full', provedWithin: '7 days', bytesPerSecond: 5_000_000 };
    const run = await cluster.start('verifyBackup', input);
    await expect(run.result()).resolves.toEqual({
      ...{ backupId: BACKUP, level: 'full', objects: 20, bytes: 200_000_000, readBytes: 200_000_000, provedBytes: 0 },
      problems: [],
      record: { key: `verifications/${BACKUP}.json`, sha256: 'b'.repeat(64) },
    });
    expect(steps()).toEqual(['planVerification', 'checkObjects', 'checkObjects', 'recordVerification']);
    expect(asked[0]?.input).toMatchObject({ level: 'full', provedWithinMs: 7 * 86_400_000 });
    expect(asked.slice(1, 3).map(({ input: one }) => one)).toMatchObject([
      { n: 1, bytesPerSecond: 5_000_000 },
      { n: 2, bytesPerSecond: 5_000_000 },
    ]);
    expect(records).toMatchObject([{ operation: 'verifyBackup', database: 'ysql.orders', outcome: 'complete' }]);
    expect(await cluster.page(run)).toMatch(/is as it was written \(full\): 20 objects, 200 MB; 200 MB read/);
  });

  it('completes with what is damaged, and says so on its page', async () => {
    use({
      recordVerification: async ({ plan }) => ({
        ...(await standard.recordVerification({ plan } as never)),
        ...{ problems: [`${BACKUP} can't be restored completely`], affected: [BACKUP] },
      }),
    });
    const run = await cluster.start('verifyBackup', { backup: BACKUP, level: 'sizes' });
    await expect(run.result()).resolves.toMatchObject({ affected: [BACKUP], level: 'sizes' });
    expect(await cluster.page(run)).toContain('is DAMAGED');
  });

  it('refuses an invalid input before any step', async () => {
    use();
    for (const input of [
      { backup: BACKUP },
      { backup: BACKUP, level: 'deep' },
      { backup: '../x', level: 'full' },
      { backup: BACKUP, level: 'full', provedWithin: 'long' },
      { backup: BACKUP, level: 'full', manifestSha256: 'x' },
    ])
      expect(await ends(await cluster.start('verifyBackup', input))).toMatchObject({ type: 'InvalidInput' });
    expect(steps()).toEqual([]);
  });

  it.each(STEPS)('ends with what %s refuses, and says so in its record', async (step) => {
    use({ [step]: async () => await Promise.reject(refusal('NotFound', `There is no ${BACKUP}`)) });
    const run = await cluster.start('verifyBackup', { backup: BACKUP, level: 'full' });
    expect(await ends(run)).toEqual({ type: 'NotFound', message: `There is no ${BACKUP}` });
    expect(steps().at(-1)).toBe(step);
    expect(records).toMatchObject([{ outcome: 'failed', failure: { type: 'NotFound' } }]);
  });

  it.each(STEPS)('tries %s again that failed by chance', async (step) => {
    let tries = 0;
    use({
      [step]: async (input: never) => {
        tries += 1;
        if (tries < 3) throw ApplicationFailure.retryable('the store is unavailable', 'StoreUnavailable');
        return await (standard[step] as (given: never) => Promise<unknown>)(input);
      },
    });
    const run = await cluster.start('verifyBackup', { backup: BACKUP, level: 'full' });
    await expect(run.result()).resolves.toMatchObject({ problems: [] });
  });

  it('cancelled while it reads waits until that has stopped, records nothing as proved, and is recorded itself', async () => {
    let stopped = 0;
    use({
      checkObjects: async () => {
        const context = Context.current();
        const beat = setInterval(() => {
          context.heartbeat();
        }, 50);
        try {
          return await context.cancelled;
        } finally {
          clearInterval(beat);
          stopped += 1;
        }
      },
    });
    const run = await cluster.start('verifyBackup', { backup: BACKUP, level: 'full' });
    await cluster.until('it reads', () => steps().at(-1) === 'checkObjects');
    await run.cancel();
    expect(await ends(run)).toMatchObject({ type: 'CancelledFailure' });
    expect(stopped).toBe(1);
    expect(steps()).not.toContain('recordVerification');
    expect(records).toMatchObject([{ outcome: 'cancelled' }]);
  });

  it('reset to before its record records once more, without reading', async () => {
    use();
    const run = await cluster.start('verifyBackup', { backup: BACKUP, level: 'full' });
    await run.result();
    const again = await resetToBefore(run, 'recordVerification');
    await expect(again.result()).resolves.toMatchObject({ problems: [] });
    expect(steps().slice(4)).toEqual(['recordVerification']);
  });

  it('a scrub reads its share, marks where something was bad, and asks for no marks where nothing was', async () => {
    use();
    const run = await cluster.start('scrubRepository', { within: '20 days', bytesPerSecond: 1_000_000 });
    await expect(run.result()).resolves.toEqual({
      ...{ backups: 3, bytes: 900_000_000, readBytes: 200_000_000, lateBytes: 0, problems: [] },
    });
    expect(steps()).toEqual(['planScrub', 'checkObjects', 'checkObjects']);
    expect(asked[0]?.input).toMatchObject({ withinMs: 20 * 86_400_000, everyMs: 86_400_000 });
    expect(asked[1]?.input).toMatchObject({ n: 1, bytesPerSecond: 1_000_000 });
    expect(asked[1]?.input).not.toHaveProperty('id');
    expect(await cluster.page(run)).toContain('200 MB of 900 MB read, of 3 backups and dumps');
    let n = 0;
    use({
      checkObjects: async () => await Promise.resolve({ files: 1, bytes: 1, bad: (n += 1) === 2 ? 3 : 0 }),
    });
    const found = await cluster.start('scrubRepository', {});
    await expect(found.result()).resolves.toMatchObject({ affected: ['ysql.orders-1'] });
    expect(asked.at(-1)).toMatchObject({ step: 'recordScrub', input: { bad: [2] } });
    expect(await cluster.page(found)).toContain('DAMAGED');
    expect(await ends(await cluster.start('scrubRepository', { within: '0s' }))).toMatchObject({
      type: 'InvalidInput',
    });
  });
});
