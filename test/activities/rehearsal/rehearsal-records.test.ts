import type { ControlDependencies } from '../../../src/activities/control/dependencies';
import { rehearsed } from '../../../src/activities/control/inspect/rehearsed';
import { makeRecordRehearsal } from '../../../src/activities/control/rehearsal/record-rehearsal';
import type { Policies } from '../../../src/contract';
import {
  detailBackups,
  layout,
  listBackups,
  newestRehearsal,
  writeVerification,
  type ClusterStore,
} from '../../../src/repository';
import { plan } from '../../../src/retention';
import { readForPlan } from '../../../src/holdings';
import { forgedHeader, forgedRecord, forgeManifest, ForgedBucket, idAt } from '../../security/bucket/forger';
import { faulty, ours, stranger } from '../../security/bucket/record-kinds';

/** The run that asks, as Temporal knows it. */
const asks = { workflowId: 'rehearse/demo/ysql.orders', runId: 'run-1' };
jest.mock('@temporalio/activity', () => ({
  ...jest.requireActual<object>('@temporalio/activity'),
  activityInfo: () => ({ workflowExecution: asks }),
}));

const ID = idAt('20261122T020007Z');
const chain = { workflowId: asks.workflowId, firstExecutionRunId: asks.runId };
const PROVED_AT = '2026-11-22T03:00:00.500000Z';
const input = {
  chain,
  backup: {
    ...{
      backupId: ID,
      cluster: 'demo',
      database: 'ysql.orders',
      snapshotId: 's',
      chain,
      manifestSha256: 'b'.repeat(64),
    },
    ...{ recoveryPoint: '2026-11-22T02:00:09.123456Z', tables: 1, tablets: 1, files: 4, bytes: 20 },
  },
  ...{ provedAt: PROVED_AT, level: 'counts' as const, tablesChecked: 1, rowsChecked: 3, recoveryTimeSeconds: 12.5 },
  phases: [{ phase: 'files', seconds: 9 }],
  problems: [] as string[],
};

interface Known {
  type?: string;
  taskQueue?: string;
  firstRunId?: string;
}
const dependencies = (repository: ClusterStore, known: Known = {}): ControlDependencies =>
  ({
    config: { cluster: 'demo' },
    repository,
    client: {
      workflow: {
        getHandle: () => ({
          describe: async () =>
            await Promise.resolve({
              ...{ type: 'rehearseRestore', taskQueue: 'kalpa/demo', runId: asks.runId, ...known },
              raw: { workflowExecutionInfo: { firstRunId: known.firstRunId ?? asks.runId } },
            }),
        }),
      },
    },
  }) as unknown as ControlDependencies;

const keysOf = (bucket: ForgedBucket): string[] =>
  [...bucket.objects.keys()].filter((key) => key.startsWith(layout.verifications('demo')));
const KEY = layout.verification('demo', 'backup', ID, new Date('2026-11-22T03:00:00Z'), 'rehearsal', true);
const BAD = layout.verification('demo', 'backup', ID, new Date('2026-11-22T03:00:00Z'), 'rehearsal', false);

describe('26.5: the record of a rehearsal', () => {
  it('is signed, written once by two attempts and after a lost reply, and says what was found', async () => {
    const bucket = new ForgedBucket();
    await makeRecordRehearsal(dependencies(faulty(bucket, 'after', 1)))(input);
    const record = makeRecordRehearsal(dependencies(bucket.repository(ours.owner)));
    expect(await record(input)).toEqual({ record: KEY });
    expect(keysOf(bucket)).toEqual([KEY]);
    const reader = bucket.repository(ours.reader);
    expect(await newestRehearsal(reader, 'ysql.orders')).toMatchObject({
      ...{ backupId: ID, cluster: 'demo', ok: true, verifiedAt: '2026-11-22T03:00:00.000Z', problems: [] },
      rehearsal: {
        level: 'counts',
        rowsChecked: 3,
        recoveryTimeSeconds: 12.5,
        phases: [{ phase: 'files', seconds: 9 }],
      },
    });
    expect(await newestRehearsal(reader, 'ysql.order')).toBeUndefined();
    expect(await newestRehearsal(bucket.repository(stranger.reader), 'ysql.orders')).toBeUndefined();
  });

  it('is not written where the store is unavailable, and by the next attempt', async () => {
    const bucket = new ForgedBucket();
    const away = makeRecordRehearsal(dependencies(faulty(bucket, 'before', 99)));
    await expect(away(input)).rejects.toMatchObject({ kind: 'unavailable' });
    expect(bucket.objects.size).toBe(0);
    await makeRecordRehearsal(dependencies(bucket.repository(ours.owner)))(input);
    expect(keysOf(bucket)).toEqual([KEY]);
  });

  it('uses the next second if its name is taken, and gives up after ten', async () => {
    const bucket = new ForgedBucket();
    const at = (second: number) =>
      layout.verification(
        'demo',
        'backup',
        ID,
        new Date(Date.parse('2026-11-22T03:00:00Z') + second * 1000),
        'rehearsal',
        true,
      );
    bucket.put(at(0), '{}');
    const record = makeRecordRehearsal(dependencies(bucket.repository(ours.owner)));
    expect(await record(input)).toEqual({ record: at(1) });
    expect(await record(input)).toEqual({ record: at(1) });
    const other = { ...chain, firstExecutionRunId: 'run-2' };
    const another = makeRecordRehearsal(dependencies(bucket.repository(ours.owner), { firstRunId: 'run-2' }));
    expect(await another({ ...input, chain: other })).toEqual({ record: at(2) });
    for (let n = 3; n < 12; n += 1) bucket.put(at(n), '{}');
    const third = makeRecordRehearsal(dependencies(bucket.repository(ours.owner), { firstRunId: 'run-3' }));
    await expect(third({ ...input, chain: { ...chain, firstExecutionRunId: 'run-3' } })).rejects.toThrow(
      /the names of 10 seconds .* are taken/,
    );
  });

  it.each([
    ['another workflow', { type: 'backUpDatabase' }, chain],
    ['one of another queue, whose code is someone else’s', { taskQueue: 'mine' }, chain],
    ['another run', { firstRunId: 'run-9' }, chain],
    ['one that names another', {}, { ...chain, workflowId: 'rehearse/demo/ysql.other' }],
  ])('is refused to %s', async (_, known, claimed) => {
    const bucket = new ForgedBucket();
    const record = makeRecordRehearsal(dependencies(bucket.repository(ours.owner), known));
    await expect(record({ ...input, chain: claimed })).rejects.toMatchObject({ type: 'InvalidInput' });
    expect(bucket.objects.size).toBe(0);
  });

  it('shows in lists when the backup was proved, despite a newer unsigned record', async () => {
    const bucket = new ForgedBucket();
    forgeManifest(bucket, forgedHeader(ID), { by: ours });
    await makeRecordRehearsal(dependencies(bucket.repository(ours.owner)))(input);
    bucket.put(layout.verification('demo', 'backup', ID, new Date('2026-11-22T04:00:00Z'), 'rehearsal', false), '{}');
    const reader = bucket.repository(ours.reader);
    for await (const details of detailBackups(reader, await listBackups(reader)))
      expect(details).toMatchObject({
        rehearsed: { at: '2026-11-22T03:00:00Z', ok: true },
        rehearsal: { level: 'counts', recoveryTimeSeconds: 12.5 },
        problem: expect.any(String) as string,
      });
  });

  it('shows in lists when the backup was proved; unsigned records don’t count', async () => {
    const bucket = new ForgedBucket();
    forgeManifest(bucket, forgedHeader(ID), { by: ours });
    await makeRecordRehearsal(dependencies(bucket.repository(ours.owner)))(input);
    const reader = bucket.repository(ours.reader);
    const details = async () => {
      for await (const one of detailBackups(reader, await listBackups(reader))) return one;
      return undefined;
    };
    const proved = {
      rehearsed: { at: '2026-11-22T03:00:00Z', ok: true },
      rehearsal: { level: 'counts', rowsChecked: 3 },
    };
    expect(await details()).toMatchObject(proved);
    bucket.put(KEY.replace('T030000Z', 'T040000Z'), bucket.objects.get(KEY)?.bytes ?? ''); // copied to another name
    // What stands under that name is no word of ours; what does under its own is still there.
    expect(await details()).toMatchObject({ ...proved, problem: expect.stringContaining('T040000Z') as string });
  });
});

describe('26.5: no proved restore for 7 days', () => {
  const DAY = 86_400_000;
  const now = new Date('2026-12-01T00:00:00Z');
  const state = async (bucket: ForgedBucket, { policies, at = now }: { policies?: Policies; at?: Date } = {}) =>
    await rehearsed(
      { repository: bucket.repository(ours.reader) },
      { database: 'ysql.orders', policies: policies ?? {}, now: at },
    );
  const proved = async (bucket: ForgedBucket, more: Partial<typeof input> = {}) =>
    await makeRecordRehearsal(dependencies(bucket.repository(ours.owner)))({ ...input, ...more });

  it('is reported for a database with older backups, but not for one without backups or with younger ones only', async () => {
    const bucket = new ForgedBucket();
    expect(await state(bucket)).toEqual({ problems: [] });
    forgeManifest(bucket, forgedHeader(ID), { by: ours });
    expect((await state(bucket, { at: new Date('2026-11-28T00:00:00Z') })).problems).toEqual([]);
    expect((await state(bucket)).problems).toEqual([
      'No restore of ysql.orders has ever been proved, and it has had backups for more than 7 days: kalpa rehearse ysql.orders, or kalpa schedule add rehearse ysql.orders --every "1 day".',
    ]);
  });

  it('is cleared by a proof, reported again when that is old, and follows the policy', async () => {
    const bucket = new ForgedBucket();
    forgeManifest(bucket, forgedHeader(ID), { by: ours });
    await proved(bucket, { provedAt: new Date(now.getTime() - 6 * DAY).toISOString() });
    const fresh = await state(bucket);
    expect(fresh.problems).toEqual([]);
    expect(fresh.lastRehearsal).toMatchObject({ backupId: ID, level: 'counts', recoveryTimeSeconds: 12.5 });
    const later = new Date(now.getTime() + 2 * DAY);
    expect((await state(bucket, { at: later })).problems).toEqual([
      expect.stringMatching(/^No restore of ysql\.orders has been proved for 7 days; the last one was at 2026-11-25T/),
    ]);
    expect((await state(bucket, { at: later, policies: { rehearsedWithin: '14 days' } })).problems).toEqual([]);
    const strict: Policies = { databases: { 'ysql.*': { rehearsedWithin: '1 day' } } };
    expect((await state(bucket, { policies: strict })).problems).toEqual([expect.stringContaining('for 1 day')]);
  });

  it('is not ended by a failed rehearsal or a forged record', async () => {
    const bucket = new ForgedBucket();
    forgeManifest(bucket, forgedHeader(ID), { by: ours });
    await proved(bucket, { problems: ['it differs'], provedAt: '2026-11-30T00:00:00Z' });
    const forged = new ForgedBucket();
    await makeRecordRehearsal(dependencies(forged.repository()))({ ...input, provedAt: '2026-11-30T00:00:00Z' });
    for (const [key, { bytes }] of forged.objects) bucket.put(key, forgedRecord('verification', bytes, stranger));
    expect((await state(bucket)).problems).toHaveLength(1);
    expect(await state(bucket)).not.toHaveProperty('lastRehearsal');
  });

  it('a backup that is proved by its restore is the last that retention deletes, one that failed it counts for nothing', async () => {
    const bucket = new ForgedBucket();
    const ids = ['20261120T020007Z', '20261121T020007Z', '20261122T020007Z'].map((at) => idAt(at));
    for (const id of ids) forgeManifest(bucket, forgedHeader(id), { by: ours });
    const [first = '', second = ''] = ids;
    await proved(bucket, { backup: { ...input.backup, backupId: first } });
    await proved(bucket, { backup: { ...input.backup, backupId: second }, problems: ['it differs'] });
    expect(keysOf(bucket)).toContain(BAD.replace(ID, second));
    const { backups, now: at } = await readForPlan(bucket.repository(ours.reader));
    const { decisions } = plan({ backups, policies: { keep: { last: 1 } }, now: at });
    const rules = new Map(decisions.map(({ backupId, rules: kept }) => [backupId, kept]));
    expect(rules.get(first)).toEqual(['last proved good']);
    expect(rules.get(second)).toEqual([]);
    const whole = { format: 1 as const, backupId: second, level: 'full', ok: true, problems: [] };
    await writeVerification(bucket.repository(ours.owner), { ...whole, verifiedAt: '2026-11-22T05:00:00.000Z' });
    const again = (await readForPlan(bucket.repository(ours.reader))).backups.find(({ id }) => id === second);
    expect(again).not.toHaveProperty('proved');
  });
});
