import { Context } from '@temporalio/activity';
import type { WorkflowHandle } from '@temporalio/client';
import type { ApplicationFailure } from '@temporalio/common';
import { guardianId, type RehearseRestoreResult } from '../../src/contract';
import type { Undo } from '../../src/contract/internal';
import { FakedCluster, refusal } from '../support/workflows/faked-cluster';
import { RECOVERY_POINT, standardActivities, type Activities } from '../support/workflows/standard-activities';

type Proof = Parameters<Activities['recordRehearsal']>[0];
type Recorded = Parameters<Activities['recordOperation']>[0];

const standard = standardActivities() as Partial<Activities> as Activities;
const BACKUP = 'ysql.orders-20261122T020007Z-3fa9c1';
const ORDERS = { database: 'ysql.orders' };
const SCRATCH = 'kalpa_0123456789ab';
const DIFFERS = refusal('VerificationFailed', 'public.orders has 3 rows, and the backup recorded 4.', [
  { problem: 'x' },
]);

describe('26.5: the workflow of rehearsals', () => {
  let cluster: FakedCluster;
  const steps: string[] = [];
  const undone: Undo[] = [];
  const proofs: Proof[] = [];
  const records: Recorded[] = [];
  const use = (acts: Partial<Activities> = {}): void => {
    for (const list of [steps, undone, proofs, records]) list.length = 0;
    const noted = Object.keys({ ...standard, ...acts }).map((step) => [
      step,
      async (input: object) => {
        steps.push(step);
        if (step === 'undo') undone.push((input as { undo: Undo }).undo);
        if (step === 'recordRehearsal') proofs.push(input as Proof);
        if (step === 'recordOperation') records.push(input as Recorded);
        const act = (acts[step as keyof Activities] ?? standard[step as keyof Activities]) as unknown;
        return await (act as (given: object) => Promise<unknown>)(input);
      },
    ]);
    cluster.use(Object.fromEntries(noted) as Partial<Activities>);
  };
  const ends = async (run: WorkflowHandle): Promise<{ type: string; message: string }> =>
    await run.result().then(
      () => ({ type: 'complete', message: '' }),
      ({ cause }: { cause: ApplicationFailure }) => ({ type: cause.type ?? cause.name, message: cause.message }),
    );
  const rehearse = async (input: object = ORDERS) => await cluster.start('rehearseRestore', input);
  const dropped = { kind: 'scratch', scratchName: SCRATCH, importedSnapshotId: 'imported-1' };

  beforeAll(async () => {
    cluster = await FakedCluster.open({ commandDeadline: 2_000, phaseDeadline: 2_000 });
  }, 60_000);
  afterAll(async () => {
    await cluster.close();
  });

  it('restores under a scratch name, records the proof, then drops what it restored, and gives it no name', async () => {
    use();
    const run = await rehearse();
    const result = (await run.result()) as RehearseRestoreResult;
    expect(result).toMatchObject({
      ...{ backupId: BACKUP, database: 'ysql.orders', recoveryPoint: RECOVERY_POINT, level: 'counts' },
      ...{ tablesChecked: 3, rowsChecked: 600, record: `verifications/${BACKUP}/rehearsal.json` },
    });
    expect(result.phases.map(({ phase }) => phase)).toEqual([
      ...['preflight', 'schema', 'import', 'files', 'restore', 'verify'],
    ]);
    expect(Date.parse(result.provedAt)).toBeLessThanOrEqual(Date.now());
    expect(result).not.toHaveProperty('keptAs');
    expect(steps).not.toContain('nameDatabase');
    expect(steps.indexOf('recordRehearsal')).toBeGreaterThan(steps.indexOf('verifyRestored'));
    expect(steps.indexOf('undo')).toBeGreaterThan(steps.indexOf('recordRehearsal'));
    expect(undone).toMatchObject([dropped]);
    expect(proofs).toMatchObject([
      { problems: [], level: 'counts', rowsChecked: 600, provedAt: result.provedAt, phases: result.phases },
    ]);
    expect(records).toMatchObject([{ operation: 'rehearseRestore', database: 'ysql.orders', outcome: 'complete' }]);
    expect(await cluster.page(run)).toContain('It was dropped again.');
  });

  it('keeps it on request, under the name in the result', async () => {
    use();
    const result = (await (await rehearse({ ...ORDERS, keep: true })).result()) as RehearseRestoreResult;
    expect(result.keptAs).toBe('ysql.orders_rehearsed_3fa9c1');
    expect(steps.indexOf('nameDatabase')).toBeGreaterThan(steps.indexOf('recordRehearsal'));
    expect(undone).toMatchObject([{ kind: 'importedSnapshot', snapshotId: 'imported-1' }]);
  });

  it('compares no rows of another moment than the recovery point, and says so', async () => {
    let level: string | undefined;
    use({
      chooseRehearsal: async (input) => {
        const chosen = await standard.chooseRehearsal(input);
        const { backup, ...more } = chosen as { backup: Proof['backup']; name: string };
        return { ...more, backup: { ...backup, atMicros: '1795312807000000' } };
      },
      verifyRestored: async (input) => {
        ({ level } = input);
        return await standard.verifyRestored(input);
      },
    });
    const result = (await (await rehearse({ ...ORDERS, to: 'random' })).result()) as RehearseRestoreResult;
    expect([level, result.level]).toEqual(['objects', 'objects']);
    expect(result.warnings).toEqual([expect.stringContaining('Row counts could not be compared')]);
  });

  it.each<[string, Partial<Activities>, string, boolean]>([
    [
      'what was restored differs',
      { verifyRestored: async () => await Promise.reject(DIFFERS) },
      'VerificationFailed',
      true,
    ],
    [
      'a file is not what was recorded',
      { placeTablets: async () => await Promise.reject(refusal('ChecksumMismatch', 'a file differs.')) },
      'ChecksumMismatch',
      true,
    ],
    [
      'the schema is not what was recorded',
      { loadSchema: async () => await Promise.reject(refusal('ManifestInvalid', 'its hash differs.')) },
      'ManifestInvalid',
      true,
    ],
    [
      'objects are missing',
      {
        preflightRestore: async () =>
          await Promise.reject(refusal('PreflightFailed', '2 things.', [{ type: 'ManifestInvalid' }, { type: 'X' }])),
      },
      'PreflightFailed',
      true,
    ],
    [
      'the scratch database was dropped by someone',
      {
        verifyRestored: async () =>
          await Promise.reject(refusal('VerificationFailed', 'it was dropped.', [{ namespaceId: 'n' }])),
      },
      'VerificationFailed',
      false,
    ],
    [
      'a list of the run’s own is damaged',
      { planPlacement: async () => await Promise.reject(refusal('ManifestInvalid', 'a work list.')) },
      'ManifestInvalid',
      false,
    ],
    [
      'the disk is short',
      { preflightRestore: async () => await Promise.reject(refusal('PreflightFailed', 'short.', [{ type: 'X' }])) },
      'PreflightFailed',
      false,
    ],
    [
      'the cluster could not restore',
      { waitForRestoration: async () => await Promise.reject(refusal('RestoreFailed', 'FAILED.')) },
      'RestoreFailed',
      false,
    ],
    [
      'the store was unavailable',
      { importSnapshot: async () => await Promise.reject(refusal('StoreUnavailable', 'away.')) },
      'StoreUnavailable',
      false,
    ],
  ])('where %s nothing is kept, and only what proves the backup bad is recorded as that', async (...given) => {
    const [, acts, type, bad] = given;
    use(acts);
    const { type: ended, message } = await ends(await rehearse());
    expect(ended).toBe(type);
    expect(proofs.map(({ problems, rowsChecked }) => ({ problems, rowsChecked }))).toEqual(
      bad ? [{ problems: [message], rowsChecked: 0 }] : [],
    );
    if (steps.includes('loadSchema')) expect(undone.at(-1)).toMatchObject({ kind: 'scratch', scratchName: SCRATCH });
    else expect(undone).toEqual([]);
    expect(records).toMatchObject([{ outcome: 'failed', failure: { type, message } }].slice(0, records.length));
  });

  it('the first cause stays the end of the run, whatever fails after it', async () => {
    use({
      verifyRestored: async () => await Promise.reject(DIFFERS),
      recordRehearsal: async () => await Promise.reject(refusal('PreflightFailed', 'no key.')),
      undo: async () => await Promise.reject(refusal('RestoreFailed', 'it can not be dropped.')),
    });
    const run = await rehearse();
    expect(await ends(run)).toEqual({ type: 'VerificationFailed', message: DIFFERS.message });
    expect(await cluster.page(run)).toContain('Left behind');
  });

  it("the run fails if the proof can't be recorded, and nothing is kept", async () => {
    use({ recordRehearsal: async () => await Promise.reject(refusal('PreflightFailed', 'no key.')) });
    expect(await ends(await rehearse({ ...ORDERS, keep: true }))).toEqual({
      type: 'PreflightFailed',
      message: 'no key.',
    });
    expect(steps).not.toContain('nameDatabase');
    expect(undone).toMatchObject([dropped]);
  });

  it('with keep, what differs is kept for inspection as after a restore', async () => {
    let asked: boolean | undefined;
    use({
      verifyRestored: async ({ dropped: gone }) => {
        asked = gone;
        return await Promise.reject(DIFFERS);
      },
    });
    expect(await ends(await rehearse({ ...ORDERS, keep: true }))).toMatchObject({ type: 'VerificationFailed' });
    expect(asked).toBeUndefined();
    expect(undone).toMatchObject([{ kind: 'importedSnapshot' }]);
  });

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

  it.each(['importSnapshot', 'waitForRestoration', 'verifyRestored', 'recordRehearsal'] as const)(
    'cancelled in %s it cleans up, records nothing of the backup, and ends as cancelled',
    async (step) => {
      use({ [step]: untilCancelled });
      const run = await rehearse();
      await cluster.until(`${step} is asked`, () => steps.includes(step));
      await run.cancel();
      expect(await ends(run)).toMatchObject({ type: 'CancelledFailure' });
      expect(undone.at(-1)).toMatchObject({ kind: 'scratch', scratchName: SCRATCH });
      if (step !== 'recordRehearsal') expect(proofs).toEqual([]);
      expect(records).toMatchObject([{ outcome: 'cancelled', database: 'ysql.orders' }]);
    },
  );

  it('terminated it is cleaned up by its guardian', async () => {
    use({ waitForRestoration: untilCancelled });
    const run = await rehearse();
    await cluster.until('the restoration is waited for', () => steps.includes('waitForRestoration'));
    await run.terminate();
    await cluster.until('the scratch database is dropped', () => undone.length > 0);
    expect(undone).toMatchObject([{ ...dropped, restoration: { id: 'restoration-1' } }]);
    expect(proofs).toEqual([]);
    const guardian = cluster.client.workflow.getHandle(guardianId(cluster.name, `ysql.${SCRATCH}`));
    await guardian.result();
  });

  it('waits for no other operation of the database, and none waits for it', async () => {
    use();
    // It sleeps, so what it holds stays held.
    const snapshotId = '0d4b4935-2c95-4523-95ab-9ead1e95e794';
    const sleeping = { snapshotId, database: 'ysql.orders', at: '2100-01-01T00:00:00Z' };
    const holder = await cluster.start('expireSnapshot', sleeping);
    await cluster.lock('ysql.orders', { holder, operation: 'backUpDatabase' });
    expect(await ends(await rehearse())).toMatchObject({ type: 'complete' });
    await holder.terminate();
    await cluster.client.workflow.getHandle(guardianId(cluster.name, 'ysql.orders')).terminate();
  });

  it.each([
    [{ database: 'ycql.shop' }, /database: given .* allowed a database of YSQL: a keyspace/],
    [{ ...ORDERS, to: 'yesterday' }, /to: given .* or "random"/],
    [{ ...ORDERS, as: 'x' }, /as/],
  ])('refuses %j before anything is asked', async (input, message) => {
    use();
    const { type, message: said } = await ends(await rehearse(input));
    expect(type).toBe('InvalidInput');
    expect(said).toMatch(message);
    expect(steps.filter((step) => step !== 'readSettings')).toEqual([]);
  });
});
