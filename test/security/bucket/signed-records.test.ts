import { provedMaking, recordMaking } from '../../../src/activities/control/undo/makings';
import {
  closeDump,
  closeIntent,
  commitManifest,
  detailBackups,
  detailDumps,
  findDumpPart,
  findMaking,
  isDumpCommitted,
  layout,
  listBackups,
  listDumps,
  listOperations,
  listPointInTime,
  NameTaken,
  newestBackup,
  newestSchedules,
  writeDumpIntent,
  ownSnapshots,
  readMaking,
  readSnapshotRecord,
  registerCluster,
  Untrusted,
  writeDumpPart,
  writeIntent,
  writeMaking,
  writeOperation,
  writePointInTime,
  writeSchedule,
  writeSnapshotRecord,
  writeVerification,
  type ClusterStore,
} from '../../../src/repository';
import { forgedHeader, forgedRecord, ForgedBucket, idAt } from './forger';
import {
  ours,
  ID,
  DUMP,
  OTHER_DUMP,
  SNAPSHOT,
  AT,
  run,
  operation,
  making,
  snapshot,
  asked,
  schedule,
  part,
  KINDS,
  OPERATION,
  SCHEDULE,
  EVERY,
  textAt,
  payloadOf,
  faulty,
  intent,
  base,
  dumpIntent,
} from './record-kinds';

describe.each(EVERY)('23.2: the record %s', (_, one) => {
  const { kind, key, write } = one;

  it('23.2: is signed: the same text inside an envelope of its kind', async () => {
    const bucket = new ForgedBucket();
    await write(bucket.repository(ours.owner));
    const payload = await payloadOf(one);
    expect(bucket.objects.get(key)?.bytes).toEqual(forgedRecord(kind, payload, ours));
    await expect(write(bucket.repository(ours.reader))).rejects.toMatchObject({ kind: 'PreflightFailed' });
  });

  it.each(['after', 'before'] as const)(
    '23.2: is written once where the reply is lost or a worker dies %s the put, and by another attempt',
    async (fault) => {
      const bucket = new ForgedBucket();
      await write(faulty(bucket, fault, 1));
      const [stands, count] = [textAt(bucket, key), bucket.objects.size];
      expect(stands).toContain(ours.keyId);
      if (one === SCHEDULE) return; // each call is a change of its own
      await write(bucket.repository(ours.owner));
      expect([textAt(bucket, key), bucket.objects.size]).toEqual([stands, count]);
    },
  );

  it('23.2: is not there while the store is unavailable, which is said, and is written when it is back', async () => {
    const bucket = new ForgedBucket();
    await expect(write(faulty(bucket, 'before', 99))).rejects.toMatchObject({ kind: 'unavailable' });
    expect(bucket.objects.size).toBe(0);
    await write(bucket.repository(ours.owner));
    expect(bucket.objects.size).toBe(1);
  });
});

describe('23.2: a signed record under another name is none:', () => {
  async function moved(write: (to: ClusterStore) => Promise<unknown>, from: string, to: string) {
    const bucket = new ForgedBucket();
    await write(bucket.repository(ours.owner));
    bucket.put(to, bucket.objects.get(from)?.bytes ?? '');
    return { bucket, repository: bucket.repository(ours.owner) };
  }

  it('23.2: an older change of a schedule does not come back as the newest', async () => {
    const last = layout.schedule('demo', new Date('9999-12-31T23:59:59.999Z'));
    const { repository } = await moved(SCHEDULE.write, SCHEDULE.key, last);
    await writeSchedule(repository, { ...schedule, schedule: { scheduleId: 'nightly', operation: 'o', input: {} } });
    const { schedules, leftOut } = await newestSchedules(repository);
    expect(schedules).toMatchObject([{ schedule: { operation: 'o' }, at: '2026-11-22T12:00:00.001Z' }]);
    expect(leftOut).toMatchObject({ count: 1, first: expect.stringContaining('Someone moved it') as string });
  });

  it('23.2: nor those of another cluster', async () => {
    const bucket = new ForgedBucket();
    const other = bucket.repository(ours.owner, 'other');
    await writeSnapshotRecord(other, snapshot);
    await writePointInTime(other, asked);
    await writeSchedule(other, schedule);
    await registerCluster(other, 'universe-2');
    for (const [key, { bytes }] of [...bucket.objects])
      bucket.put(key.replace('clusters/other', 'clusters/demo'), bytes);
    const repository = bucket.repository(ours.owner);
    expect((await ownSnapshots(repository, [SNAPSHOT])).ours.size).toBe(0);
    expect((await listPointInTime(repository, 'ysql.orders')).records).toEqual([]);
    expect((await newestSchedules(repository)).schedules).toEqual([]);
    await registerCluster(repository, 'universe-1');
    await expect(registerCluster(repository, 'universe-2')).rejects.toMatchObject({ kind: 'PreflightFailed' });
  });

  it('23.2: a part of an older dump is not taken for one of this dump', async () => {
    const bucket = new ForgedBucket();
    const repository = bucket.repository(ours.owner);
    await writeDumpPart(repository, OTHER_DUMP, part(OTHER_DUMP));
    const [from, to] = [OTHER_DUMP, DUMP].map((id) => layout.dumpPart('demo', id, { part: 'ysql.orders' }));
    bucket.put(to ?? '', bucket.objects.get(from ?? '')?.bytes ?? '');
    await expect(findDumpPart(repository, DUMP, { part: 'ysql.orders' })).rejects.toBeInstanceOf(NameTaken);
    await expect(writeDumpPart(repository, DUMP, part())).rejects.toBeInstanceOf(NameTaken);
  });

  it('23.2: the record of another run´s keyspace proves nothing, and is not written over', async () => {
    const other = { ...making, firstRunId: 'a5c1d9f0-0000-4000-8000-000000000002' };
    const key = layout.making('demo', other.firstRunId, 'ycql.shop');
    const { repository } = await moved(
      (to) => writeMaking(to, other),
      key,
      KINDS.find((k) => k.kind === 'making')?.key ?? '',
    );
    const chain = { workflowId: run.workflowId, firstExecutionRunId: run.firstRunId };
    await expect(findMaking(repository, chain, 'ycql.shop')).rejects.toBeInstanceOf(NameTaken);
    await expect(provedMaking({ repository }, chain, 'ycql.shop')).rejects.toThrow(/that can be trusted .*not touched/);
  });
});

describe('23.2: what is not signed is left out of an answer, with one warning that names it:', () => {
  it('23.5: a signed manifest that was copied to a newer name stops no restore and no backup', async () => {
    const bucket = new ForgedBucket();
    const repository = bucket.repository(ours.owner);
    await commitManifest(repository, forgedHeader(ID));
    const later = idAt('20261122T030007Z');
    const big = idAt('20261122T040007Z');
    bucket.put(layout.manifest('demo', later), bucket.objects.get(layout.manifest('demo', ID))?.bytes ?? '');
    bucket.put(layout.manifest('demo', big), Buffer.alloc(65 * 1024 * 1024));
    const newest = await newestBackup(repository, { database: 'ysql.orders' });
    expect(newest.header.backupId).toBe(ID);
    expect(newest.passedOver).toEqual([
      expect.stringMatching(`${big} was skipped: .*larger than any record`),
      expect.stringMatching(`${later} was skipped: .*Someone moved it`),
    ]);
  });

  /** Written without keys: from before there were any, or forged. */
  async function unsigned(write: (to: ClusterStore) => Promise<unknown>) {
    const bucket = new ForgedBucket();
    await write(bucket.repository());
    return { bucket, repository: bucket.repository(ours.owner) };
  }
  async function all<T>(rows: AsyncIterable<T>): Promise<T[]> {
    const found: T[] = [];
    for await (const row of rows) found.push(row);
    return found;
  }

  it('23.2: history', async () => {
    const { bucket, repository } = await unsigned((to) => writeOperation(to, operation));
    bucket.put(`${layout.operations('demo')}20261122T020008Z-x.json`, '{"format":1}');
    await writeOperation(repository, { ...operation, startedAt: '2026-11-22T03:00:00.000Z' });
    const asked = { since: new Date(0), newest: 5 };
    const { operations, leftOut } = await listOperations(repository, asked);
    expect(operations.map(({ startedAt }) => startedAt)).toEqual(['2026-11-22T03:00:00.000Z']);
    expect(leftOut).toEqual({ count: 2, first: expect.stringContaining(OPERATION.key) as string });
    // Without keys everything counts that can be understood.
    const plain = await listOperations(bucket.repository(), asked);
    expect(plain.operations).toHaveLength(2);
    expect(plain.leftOut?.count).toBe(1);
  });

  it('23.2: a snapshot is someone else´s, a declaration was not made, a keyspace is not touched', async () => {
    const { repository } = await unsigned(async (to) => {
      await writeSnapshotRecord(to, snapshot);
      await writePointInTime(to, asked);
      await writeMaking(to, making);
    });
    await expect(readSnapshotRecord(repository, SNAPSHOT)).rejects.toBeInstanceOf(Untrusted);
    const { ours: own, leftOut } = await ownSnapshots(repository, [SNAPSHOT, 'another']);
    expect([own.size, leftOut?.count, leftOut?.first]).toEqual([0, 1, expect.stringContaining(SNAPSHOT)]);
    const declared = await listPointInTime(repository, 'ysql.orders');
    expect(declared).toMatchObject({ records: [], leftOut: { count: 1 } });
    const chain = { workflowId: run.workflowId, firstExecutionRunId: run.firstRunId };
    await expect(readMaking(repository, chain, 'ycql.shop')).rejects.toBeInstanceOf(Untrusted);
    await expect(provedMaking({ repository }, chain, 'ycql.shop')).rejects.toThrow(/is not signed[^]*not touched/);
    const look = jest.fn();
    await expect(recordMaking({ repository, yugabyte: look }, chain, 'ycql.shop')).rejects.toBeInstanceOf(NameTaken);
    expect(look).not.toHaveBeenCalled(); // nothing is made on such ground
  });

  it('23.2: of backups the rows stay, and say which record is not believed', async () => {
    const bucket = new ForgedBucket();
    const repository = bucket.repository(ours.owner);
    const ids = ['1', '2', '3', '4'].map((n) => idAt(`20261122T0${n}0000Z`));
    const [forgedEnd, forgedIntent, whole, running] = ids as [string, string, string, string];
    for (const id of [forgedEnd, whole]) await writeIntent(repository, { ...intent, backupId: id, startedBy: 'alice' });
    await closeIntent(bucket.repository(), {
      backupId: forgedEnd,
      end: 'failed',
      failure: { type: 'X', message: 'lie' },
    });
    for (const id of [forgedIntent, running])
      await writeIntent(bucket.repository(), { ...intent, backupId: id, startedBy: 'mallory' });
    await commitManifest(repository, forgedHeader(forgedIntent));
    await commitManifest(repository, forgedHeader(whole));
    const verified = { ...base, level: 'full', ok: true, verifiedAt: AT, problems: [] as string[] };
    await writeVerification(bucket.repository(), { ...verified, backupId: forgedIntent });
    await writeVerification(repository, { ...verified, backupId: whole });
    const rows = await all(detailBackups(repository, await listBackups(repository)));
    expect(rows).toMatchObject([
      {
        state: 'running',
        problem: expect.stringContaining(layout.closedRecord('demo', forgedEnd, 'failed')) as string,
      },
      {
        state: 'committed',
        bytes: 20,
        problem: expect.stringContaining(layout.intent('demo', forgedIntent)) as string,
      },
      { state: 'committed', bytes: 20, startedBy: 'alice', verified: { level: 'full', ok: true } },
      { state: 'running', signature: 'unsigned' },
    ]);
    expect(JSON.stringify(rows)).not.toMatch(/mallory|lie/);
    expect(rows.map(({ verified: one }) => one === undefined)).toEqual([true, true, false, true]);
    expect(rows[2]).not.toHaveProperty('problem');
    // Without keys all of it counts, as before.
    const plain = await all(detailBackups(bucket.repository(), await listBackups(bucket.repository())));
    expect(plain.map(({ state, startedBy }) => [state, startedBy])).toEqual([
      ['failed', 'alice'],
      ['committed', 'mallory'],
      ['committed', 'alice'],
      ['running', 'mallory'],
    ]);
  });

  it('23.2: and of dumps', async () => {
    const bucket = new ForgedBucket();
    const repository = bucket.repository(ours.owner);
    await writeDumpIntent(repository, { ...dumpIntent, startedBy: 'alice' });
    await closeDump(bucket.repository(), { dumpId: DUMP, end: 'failed' });
    const rows = async () => await all(detailDumps(repository, await listDumps(repository)));
    expect(await rows()).toMatchObject([{ state: 'running', startedBy: 'alice' }]);
    expect((await rows())[0]?.problem).toContain(layout.dumpClosed('demo', DUMP, 'failed'));
    bucket.put(layout.dumpManifest('demo', DUMP), '{}');
    expect(await isDumpCommitted(repository, DUMP)).toBe(false);
    expect(await isDumpCommitted(bucket.repository(), DUMP)).toBe(true);
  });
});
