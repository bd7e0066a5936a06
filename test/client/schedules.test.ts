import { KalpaClient, type ScheduleRecord, type ScheduleRecords } from '../../src/client';
import type { NewSchedule, ScheduleDefinition } from '../../src/contract';
import { listSchedules } from '../../src/schedules';
import { FakeTemporalSchedules } from './fake-temporal-schedules';

const nightly: NewSchedule = {
  operation: 'backUpDatabase',
  input: { database: 'ysql.orders' },
  cron: '0 2 * * *',
  note: 'nightly',
};
const ID = 'backup/demo/ysql.orders';

/** Records in memory; `broken`: the store is unavailable; `keyless`: they are to be signed, and nobody here can. */
class Records implements ScheduleRecords {
  readonly written: ScheduleRecord[] = [];
  broken = false;
  keyless = false;

  confirmWritable(): void {
    if (this.keyless) throw new Error('This process has no private key.');
  }

  async newest(): Promise<ScheduleRecord[]> {
    if (this.broken) throw new Error('The store is unavailable.');
    const newest = new Map(this.written.map((record) => [record.scheduleId, record]));
    return await Promise.resolve([...newest.values()]);
  }

  async write(scheduleId: string, schedule: ScheduleDefinition | 'removed'): Promise<void> {
    if (this.broken) throw new Error('The store is unavailable.');
    this.written.push({ scheduleId, at: new Date(this.written.length).toISOString(), schedule });
    await Promise.resolve();
  }
}

function world() {
  const temporal = new FakeTemporalSchedules();
  const records = new Records();
  const kalpa = KalpaClient.of(temporal.client, { cluster: 'demo', ui: 'http://ui:8233', scheduleRecords: records });
  return { temporal, records, schedules: kalpa.schedules };
}

describe('adding a schedule', () => {
  it('makes one that skips overlaps, makes up for a day, waits for the database and is never paused by a failure', async () => {
    const { temporal, records, schedules } = world();
    const added = await schedules.add(nightly);
    expect(added).toMatchObject({ id: ID, state: 'active', when: '0 2 * * * UTC', recorded: true, note: 'nightly' });
    expect(temporal.kept.get(ID)?.options).toEqual({
      scheduleId: ID,
      spec: { cronExpressions: ['0 2 * * *'] },
      action: {
        type: 'startWorkflow',
        workflowType: 'backUpDatabase',
        taskQueue: 'kalpa/demo',
        workflowId: ID,
        args: [{ whenBusy: 'wait', database: 'ysql.orders' }],
        staticSummary: 'back up ysql.orders',
      },
      policies: { overlap: 'SKIP', catchupWindow: 86_400_000, pauseOnFailure: false },
      memo: { KalpaCluster: 'demo' },
      state: { note: 'nightly' },
    });
    expect(records.written).toMatchObject([{ scheduleId: ID, schedule: { cron: '0 2 * * *' } }]);
  });

  it('of an operation without a lock does not wait, and of a rehearsal, which has one, does', async () => {
    const { temporal, schedules } = world();
    await schedules.add({ operation: 'applyRetention', input: {}, every: '1 day' });
    await schedules.add({ operation: 'rehearseRestore', input: { database: 'ysql.orders' }, every: '1 day' });
    const args = [...temporal.kept].map(([id, { options }]) => [id, (options.action as { args?: unknown[] }).args]);
    expect(args).toEqual([
      ['retain/demo/all', [{}]],
      ['rehearse/demo/ysql.orders', [{ whenBusy: 'wait', database: 'ysql.orders' }]],
    ]);
  });

  it.each<[string, object, string]>([
    ['no times', { cron: undefined }, 'cron'],
    ['two kinds of times', { every: '6h' }, 'cron'],
    ['a time zone of an interval', { cron: undefined, every: '6h', timeZone: 'Europe/Berlin' }, 'timeZone'],
    ['an interval under a second', { cron: undefined, every: '10ms' }, 'every'],
    ['a duration that is none', { catchUp: 'a while' }, 'catchUp'],
    ['an input that the operation refuses', { input: { database: 'orders' } }, 'database'],
    ['an operation that overwrites', { operation: 'restoreSnapshot' }, 'operation'],
    ['snapshots that nothing deletes', { operation: 'createSnapshot' }, 'input.keepFor'],
  ])('refuses %s before anything is sent', async (_, change, field) => {
    const { temporal, records, schedules } = world();
    const given = Object.fromEntries(
      Object.entries({ ...nightly, ...change }).filter(([, value]) => value !== undefined),
    ) as unknown as NewSchedule;
    const failure: unknown = await schedules.add(given).catch((error: unknown) => error);
    expect(failure).toMatchObject({ type: 'InvalidInput', exitCode: 2 });
    expect((failure as { details: { field: string }[] }).details.map((problem) => problem.field)).toContain(field);
    expect([temporal.kept.size, records.written.length]).toEqual([0, 0]);
  });

  it('refuses an id that exists, and replaces it on request, still paused', async () => {
    const { temporal, schedules } = world();
    await schedules.add(nightly);
    await expect(schedules.add({ ...nightly, cron: '0 3 * * *' })).rejects.toMatchObject({
      type: 'AlreadyExists',
      message: expect.stringContaining('--replace') as string,
    });
    await schedules.pause(ID);
    const replaced = await schedules.add({ ...nightly, cron: '0 3 * * *' }, { replace: true });
    expect(replaced).toMatchObject({ state: 'paused', when: '0 3 * * * UTC' });
    expect(temporal.kept.get(ID)?.options.spec.cronExpressions).toEqual(['0 3 * * *']);
  });

  it('never touches a schedule of another cluster', async () => {
    const { temporal, schedules } = world();
    const other = KalpaClient.of(temporal.client, { cluster: 'other' });
    await other.schedules.add({ ...nightly, scheduleId: ID });
    await expect(schedules.add(nightly, { replace: true })).rejects.toMatchObject({ type: 'AlreadyExists' });
    await expect(schedules.pause(ID)).rejects.toMatchObject({ type: 'NotFound' });
    await expect(schedules.remove(ID)).rejects.toMatchObject({ type: 'NotFound' });
    expect(await schedules.list()).toEqual([]);
    expect(temporal.kept.get(ID)?.paused).toBe(false);
  });

  it("says Temporal's reason when it refuses the times", async () => {
    const { temporal, records, schedules } = world();
    temporal.refuse = new TypeError('Hour is not in range [0-23]');
    const refused = schedules.add({ ...nightly, cron: '0 25 * * *' });
    await expect(refused).rejects.toMatchObject({
      type: 'InvalidInput',
      message: expect.stringContaining('Hour is not in range') as string,
    });
    expect(records.written).toEqual([]);
  });

  it('says so when only the record failed, and the same call again completes it', async () => {
    const { records, schedules } = world();
    records.broken = true;
    await expect(schedules.add(nightly)).rejects.toMatchObject({
      type: 'StoreUnavailable',
      message: expect.stringContaining('Add it again with --replace') as string,
    });
    records.broken = false;
    expect(await schedules.list()).toMatchObject([{ id: ID, state: 'active', recorded: false }]);
    await schedules.add(nightly, { replace: true });
    expect(await schedules.list()).toMatchObject([{ id: ID, state: 'active', recorded: true }]);
    records.broken = true;
    await expect(schedules.pause(ID)).rejects.toMatchObject({
      type: 'StoreUnavailable',
      message: expect.stringMatching(/was paused in Temporal[^]*Pause it again/) as string,
    });
    records.broken = false;
    expect(await schedules.pause(ID)).toMatchObject({ state: 'paused', recorded: true });
  });
});

describe('pausing, resuming, removing', () => {
  it('is recorded, and keeps the note unless there is a new one', async () => {
    const { records, schedules } = world();
    await schedules.add(nightly);
    expect(await schedules.pause(ID, 'a migration')).toMatchObject({ state: 'paused', note: 'a migration' });
    expect(await schedules.resume(ID)).toMatchObject({ state: 'active', note: 'a migration' });
    await schedules.remove(ID);
    expect(records.written.map(({ schedule }) => (schedule === 'removed' ? schedule : schedule.paused))).toEqual([
      undefined,
      true,
      false,
      'removed',
    ]);
    expect(await schedules.list()).toEqual([]);
    await expect(schedules.remove(ID)).rejects.toMatchObject({ type: 'NotFound' });
  });

  it('works without records, and claims nothing of them', async () => {
    const temporal = new FakeTemporalSchedules();
    const { schedules } = KalpaClient.of(temporal.client, { cluster: 'demo' });
    expect(await schedules.add(nightly)).not.toHaveProperty('recorded');
    expect((await schedules.list())[0]).not.toHaveProperty('recorded');
    await expect(schedules.restore()).rejects.toMatchObject({ type: 'PreflightFailed' });
    await schedules.remove(ID);
    expect(temporal.kept.size).toBe(0);
  });
});

describe('23.2: where records are signed and the private key is elsewhere', () => {
  it.each<[string, (schedules: KalpaClient['schedules']) => Promise<unknown>]>([
    ['add', (schedules) => schedules.add({ ...nightly, scheduleId: 'another' })],
    ['replace', (schedules) => schedules.add({ ...nightly, cron: '0 3 * * *' }, { replace: true })],
    ['pause', (schedules) => schedules.pause(ID)],
    ['resume', (schedules) => schedules.resume(ID)],
    ['remove', (schedules) => schedules.remove(ID)],
  ])('23.2: %s is refused before Temporal is changed', async (_, change) => {
    const { temporal, records, schedules } = world();
    await schedules.add(nightly);
    const before = [JSON.stringify([...temporal.kept]), JSON.stringify(records.written)];
    records.keyless = true;
    await expect(change(schedules)).rejects.toMatchObject({
      type: 'PreflightFailed',
      message: expect.stringMatching(/was not changed, because .* could not be recorded.*no private key/) as string,
    });
    expect([JSON.stringify([...temporal.kept]), JSON.stringify(records.written)]).toEqual(before);
  });

  it('23.2: what is not recorded can still be paused and removed, and all of it listed and triggered', async () => {
    const { temporal, records, schedules } = world();
    await KalpaClient.of(temporal.client, { cluster: 'demo' }).schedules.add(nightly);
    records.keyless = true;
    expect(await schedules.pause(ID)).toMatchObject({ state: 'paused' });
    await schedules.trigger(ID);
    expect(await schedules.list()).toMatchObject([{ id: ID, recorded: false }]);
    await schedules.remove(ID);
    expect([temporal.kept.size, records.written]).toEqual([0, []]);
  });
});

describe('triggering', () => {
  it('says which run it started, with its page', async () => {
    const { schedules } = world();
    await schedules.add(nightly);
    await schedules.trigger(ID);
    expect(await schedules.trigger(ID)).toEqual({
      workflowId: 'w-2',
      runId: 'run-2',
      link: 'http://ui:8233/namespaces/default/workflows/w-2/run-2',
    });
  });

  it('is refused while its run is still going, which is named', async () => {
    const { temporal, schedules } = world();
    await schedules.add(nightly);
    await schedules.trigger(ID);
    temporal.onTrigger = 'skip';
    await expect(schedules.trigger(ID)).rejects.toMatchObject({ type: 'DatabaseBusy', run: { workflowId: 'w-1' } });
  });

  it('of a recorded one that Temporal does not have says how to get it back', async () => {
    const { temporal, schedules } = world();
    await schedules.add(nightly);
    temporal.kept.clear();
    await expect(schedules.trigger(ID)).rejects.toMatchObject({
      type: 'NotFound',
      message: expect.stringContaining('kalpa schedule restore') as string,
    });
  });
});

describe('a new Temporal', () => {
  it('gets back what was recorded last, and only what it does not have', async () => {
    const { temporal, schedules } = world();
    await schedules.add(nightly);
    await schedules.add({ ...nightly, scheduleId: 'weekly', cron: '0 5 * * SUN' });
    await schedules.add({ ...nightly, scheduleId: 'gone' });
    await schedules.remove('gone');
    await schedules.pause('weekly', 'until Monday');
    temporal.kept.delete('weekly');
    expect((await schedules.list()).map(({ id, state }) => [id, state])).toEqual([
      [ID, 'active'],
      ['weekly', 'missing'],
    ]);
    expect(await schedules.restore()).toEqual({ restored: ['weekly'], present: [ID] });
    expect(temporal.kept.get('weekly')).toMatchObject({ paused: true, note: 'until Monday' });
  });

  it('26.6: taken up again they are all paused, keep their notes, and run once someone resumes them', async () => {
    const { temporal, records, schedules } = world();
    await schedules.add(nightly);
    await schedules.add({ ...nightly, scheduleId: 'unnamed', note: undefined });
    temporal.kept.clear();
    const written = records.written.length;
    expect(await schedules.restore({ paused: true })).toEqual({ restored: [ID, 'unnamed'], present: [] });
    expect(records.written).toHaveLength(written);
    expect((await schedules.list()).map(({ id, state, note }) => [id, state, note])).toEqual([
      [ID, 'paused', 'nightly'],
      ['unnamed', 'paused', expect.stringContaining('restored from the bucket')],
    ]);
    expect(await schedules.restore({ paused: true })).toEqual({ restored: [], present: [ID, 'unnamed'] });
    await schedules.resume(ID);
    expect((await schedules.list())[0]).toMatchObject({ state: 'active', note: 'nightly', when: '0 2 * * * UTC' });
  });
});

describe('listSchedules, for activities', () => {
  it('shows those of the cluster, made in the UI too, and no others', async () => {
    const { temporal, schedules } = world();
    await schedules.add(nightly);
    const byHand = { ...temporal.kept.get(ID)?.options, scheduleId: 'by hand', memo: undefined };
    await temporal.client.schedule.create(byHand as never);
    const foreign = { ...byHand, scheduleId: 'x', action: { ...byHand.action, workflowType: 'payInvoices' } };
    await temporal.client.schedule.create(foreign as never);
    const elsewhere = { ...byHand, scheduleId: 'y', action: { ...byHand.action, taskQueue: 'kalpa/other' } };
    await temporal.client.schedule.create(elsewhere as never);
    const found = await listSchedules(temporal.client, 'demo');
    expect(found.map(({ id }) => id)).toEqual([ID, 'by hand']);
    expect(found[0]).toEqual({
      id: ID,
      operation: 'backUpDatabase',
      database: 'ysql.orders',
      nextRunAt: '2026-11-24T02:00:00.000Z',
      paused: false,
      note: 'nightly',
      recentRuns: [],
    });
  });
});
