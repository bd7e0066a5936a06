import { z } from 'zod';
import { makeCommitManifest } from '../../src/activities/control/commit-manifest';
import type { ControlDependencies } from '../../src/activities/control/dependencies';
import { makeRecordBrokenOff } from '../../src/activities/control/lock/record-broken-off';
import { provedMaking, recordMaking } from '../../src/activities/control/undo/makings';
import {
  closeDump,
  closeIntent,
  commitDump,
  commitManifest,
  detailBackups,
  detailDumps,
  findDumpPart,
  findMaking,
  getWorkList,
  putWorkList,
  readArtefact,
  readSegment,
  writeArtefact,
  writeSegment,
  FORMAT,
  isCommitted,
  isDumpCommitted,
  layout,
  listBackups,
  listDumps,
  listOperations,
  listPointInTime,
  NameTaken,
  newestBackup,
  newestSchedules,
  openDump,
  openRepository,
  ownSnapshots,
  readMaking,
  readSnapshotRecord,
  registerCluster,
  Untrusted,
  writeDumpPart,
  writeIntent,
  writeLease,
  writeMaking,
  writeOperation,
  writePointInTime,
  writeSchedule,
  writeSnapshotRecord,
  writeVerification,
  type ArtefactRef,
  type ClusterStore,
  type SegmentRef,
  type DumpPart,
  type OperationRecord,
} from '../../src/repository';
import type { SignedKind } from '../../src/repository/signing/trust';
import { StoreError } from '../../src/transfer';
import { forgedHeader, forgedRecord, forgeManifest, ForgedBucket, idAt, testKey, type TestKey } from './forger';

const [ours, stranger] = [testKey(), testKey()];
const ID = idAt('20261122T020007Z');
const DUMP = idAt('20261122T020007Z', 'ysql.orders-dump');
const OTHER_DUMP = idAt('20261121T020007Z', 'ysql.orders-dump');
const SNAPSHOT = '0b5f2a0e-9c2c-4f0a-8d0e-2f6a1c3b4d5e';
const AT = '2026-11-22T02:00:07.000Z';
const run = { workflowId: 'backup/demo/ysql.orders', firstRunId: 'a5c1d9f0-0000-4000-8000-000000000001' };
const base = { format: FORMAT, kalpaVersion: '0.1.0' } as const;

const intent = { ...base, ...run, backupId: ID, cluster: 'demo', database: 'ysql.orders', startedAt: AT };
const dumpIntent = { ...base, ...run, dumpId: DUMP, cluster: 'demo', subject: 'ysql.orders', startedAt: AT };
const operation: OperationRecord = {
  ...{ ...base, ...run, operation: 'backUpDatabase', cluster: 'demo', database: 'ysql.orders' },
  ...{ startedAt: AT, endedAt: AT, input: { database: 'ysql.orders' }, outcome: 'complete' },
};
const making = { ...base, ...run, database: 'ycql.shop', existed: false, tables: [] as string[], at: AT };
const snapshot = { ...base, ...run, snapshotId: SNAPSHOT, database: 'ysql.orders', createdAt: AT, schema: 'digest' };
const asked = { ...base, workflowId: run.workflowId, database: 'ysql.orders', at: AT, schedule: 'off' } as const;
const schedule = { scheduleId: 'nightly', schedule: 'removed', kalpaVersion: '0.1.0' } as const;
const part = (dumpId = DUMP, more: Partial<DumpPart> = {}): DumpPart => ({
  ...{ format: FORMAT, part: 'ysql.orders', content: 'all', textBytes: 99 },
  files: [
    {
      key: layout.dumpText('demo', dumpId, { part: 'ysql.orders', extension: 'sql' }, 'one', 1),
      ...{ size: 10, sha256: 'a'.repeat(64), etag: '"e"' },
    },
  ],
  tables: [{ schema: 'public', name: 'orders', rows: 5 }],
  needs: { roles: [], tablespaces: [], extensions: [] },
  ...more,
});
const dumpHeader = {
  ...{ ...base, dumpId: DUMP, cluster: 'demo', universeId: 'u', subject: 'ysql.orders', startedAt: AT },
  ...{ yugabyteVersion: '2025.1', dialect: '2025.1' },
};

/** A record: what it is signed as, where it stands, and how a run writes it. */
interface Kind {
  kind: SignedKind;
  key: string;
  write: (repository: ClusterStore) => Promise<unknown>;
}
const KINDS: Kind[] = [
  { kind: 'intent', key: layout.intent('demo', ID), write: (to) => writeIntent(to, intent) },
  {
    kind: 'closed',
    key: layout.closedRecord('demo', ID, 'failed'),
    write: (to) => closeIntent(to, { backupId: ID, end: 'failed' }),
  },
  { kind: 'manifest', key: layout.manifest('demo', ID), write: (to) => commitManifest(to, forgedHeader(ID)) },
  { kind: 'dump-intent', key: layout.dumpIntent('demo', DUMP), write: (to) => openDump(to, dumpIntent) },
  {
    kind: 'dump-closed',
    key: layout.dumpClosed('demo', DUMP, 'failed'),
    write: (to) => closeDump(to, { dumpId: DUMP, end: 'failed' }),
  },
  {
    kind: 'dump-part',
    key: layout.dumpPart('demo', DUMP, { part: 'ysql.orders' }),
    write: (to) => writeDumpPart(to, DUMP, part()),
  },
  { kind: 'dump-manifest', key: layout.dumpManifest('demo', DUMP), write: (to) => commitDump(to, dumpHeader, []) },
  {
    kind: 'making',
    key: layout.making('demo', run.firstRunId, 'ycql.shop'),
    write: (to) => writeMaking(to, making),
  },
  {
    kind: 'snapshot',
    key: layout.snapshotRecord('demo', SNAPSHOT),
    write: (to) => writeSnapshotRecord(to, snapshot),
  },
  {
    kind: 'point-in-time',
    key: layout.pointInTime('demo', 'ysql.orders', new Date(AT), run.workflowId),
    write: (to) => writePointInTime(to, asked),
  },
  {
    kind: 'lease',
    key: layout.lease('demo', ID, new Date(AT), 'h'),
    write: (to) => writeLease(to, { format: FORMAT, backupId: ID, holder: 'h', expiresAt: AT }),
  },
  {
    kind: 'verification',
    key: layout.verification('demo', ID, new Date(AT), 'full', true),
    write: (to) =>
      writeVerification(to, { format: FORMAT, backupId: ID, level: 'full', ok: true, verifiedAt: AT, problems: [] }),
  },
];
const OPERATION: Kind = {
  kind: 'operation',
  key: layout.operation('demo', new Date(AT), run.workflowId),
  write: (to) => writeOperation(to, operation),
};
const clock = '2026-11-22T12:00:00.000Z';
const SCHEDULE: Kind = {
  kind: 'schedule',
  key: layout.schedule('demo', new Date(clock)),
  write: (to) => writeSchedule(to, schedule),
};
const EVERY = [...KINDS, OPERATION, SCHEDULE].map((one) => [one.kind, one] as const);

const textAt = (bucket: ForgedBucket, key: string): string => String(bucket.objects.get(key)?.bytes);

/** The payload as this process would write it, and so as a forger can too. */
async function payloadOf({ write, key }: Kind): Promise<Buffer> {
  const bucket = new ForgedBucket();
  await write(bucket.repository());
  return bucket.objects.get(key)?.bytes ?? Buffer.alloc(0);
}

/** Requests that the store carries out without an answer reaching us, or not at all. */
function faulty(bucket: ForgedBucket, fault: 'before' | 'after', times: number, signs: TestKey = ours): ClusterStore {
  const { create } = bucket.store;
  let left = times;
  const store = {
    ...bucket.store,
    create: async (...given: Parameters<typeof create>) => {
      const lost = (left -= 1) >= 0;
      if (!lost || fault === 'after') await create(...given);
      if (lost) throw new StoreError('no answer', { kind: 'unavailable', operation: 'PutObject', key: given[0] });
      return { etag: '"e"' };
    },
  };
  return openRepository({ store, cluster: 'demo', trust: signs.owner, retry: { retryForMs: times > 9 ? 0 : 5_000 } });
}

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

  it('23.2: is not there while the store is away, which is said, and is written when it is back', async () => {
    const bucket = new ForgedBucket();
    await expect(write(faulty(bucket, 'before', 99))).rejects.toMatchObject({ kind: 'unavailable' });
    expect(bucket.objects.size).toBe(0);
    await write(bucket.repository(ours.owner));
    expect(bucket.objects.size).toBe(1);
  });
});

/** What somebody may have written first, though it says the very same. */
const forgeries: [string, (one: Kind, payload: Buffer) => Buffer, RegExp][] = [
  ['its own text, unsigned', (_, payload) => payload, /is not signed; expected a signature by/],
  ['signed by a stranger', ({ kind }, payload) => forgedRecord(kind, payload, stranger), /is signed by [0-9a-f]{16}/],
  ['signed as another kind', (_, payload) => forgedRecord('tombstone', payload, ours), /did not sign these bytes/],
  ['garbage', () => Buffer.from('{}'), /is not signed/],
  ['too much', () => Buffer.alloc(65 * 1024 * 1024), /larger than any record/],
];

describe.each(forgeries)('23.5: a name that somebody has taken first, with %s,', (_, forge, reason) => {
  it.each(KINDS.map((one) => [one.kind, one] as const))(
    '23.5: is never ours: %s ends for good, and says what to do',
    async (_kind, one) => {
      const bucket = new ForgedBucket();
      const forged = forge(one, await payloadOf(one));
      bucket.put(one.key, forged);
      const failed = await one.write(bucket.repository(ours.owner)).catch((error: unknown) => error);
      expect(failed).toBeInstanceOf(NameTaken);
      expect(failed).toMatchObject({
        kind: 'AlreadyExists',
        message: expect.stringMatching(
          new RegExp(`^s3://forged/.* was written by somebody else: it [^]*who may create objects[^]*remove this one`),
        ) as string,
      });
      expect((failed as Error).message).toContain(one.key);
      expect((failed as Error).message).toMatch(reason);
      expect(bucket.objects.get(one.key)?.bytes.equals(forged)).toBe(true);
    },
  );

  it('23.5: costs an audit record its plain name, not its life', async () => {
    const bucket = new ForgedBucket();
    bucket.put(OPERATION.key, forge(OPERATION, await payloadOf(OPERATION)));
    const repository = bucket.repository(ours.owner);
    expect(await writeOperation(repository, operation)).toBe(true);
    expect(await writeOperation(repository, { ...operation, endedAt: clock })).toBe(false);
    const { operations, leftOut } = await listOperations(repository, { since: new Date(0), newest: 5 });
    expect(operations).toEqual([operation]);
    expect(leftOut).toEqual({ count: 1, first: expect.stringContaining(OPERATION.key) as string });
  });

  it('23.5: costs the change of a schedule a millisecond', async () => {
    const bucket = new ForgedBucket();
    bucket.put(SCHEDULE.key, forge(SCHEDULE, await payloadOf(SCHEDULE)));
    const repository = bucket.repository(ours.owner);
    expect((await writeSchedule(repository, schedule)).at).toBe('2026-11-22T12:00:00.001Z');
    const { schedules, leftOut } = await newestSchedules(repository);
    expect(schedules).toMatchObject([{ scheduleId: 'nightly', at: '2026-11-22T12:00:00.001Z' }]);
    expect(leftOut).toEqual({ count: 1, first: expect.stringContaining(SCHEDULE.key) as string });
  });
});

describe('23.5: what has no signature is told by its hash:', () => {
  const folder = { backupId: ID, snapshotId: SNAPSHOT };
  const tablet = { tablet: 'a'.repeat(32), peer: 'b'.repeat(32) };
  const line = {
    ...{ ...tablet, table: 'c'.repeat(32), path: 'f', size: 10, mtimeNs: '1', inode: '2', birthtimeNs: '3' },
    ...{ sha256: 'd'.repeat(64), crc32: 'AAAAAA==', etag: '"e"', object: layout.data('demo', folder, tablet, 'f') },
  };
  type Hashed = { key: string; sha256: string };
  it.each<[string, (to: ClusterStore) => Promise<Hashed>, (from: ClusterStore, ref: Hashed) => Promise<unknown>]>([
    [
      'the file list that a node writes',
      (to) => writeSegment(to, { ...folder, node: 'n1', n: 0, lines: [line] }),
      (from, ref) => readSegment(from, ref as SegmentRef),
    ],
    [
      'the list of work',
      (to) => putWorkList(to, { workflowId: 'w', name: 'plan', lines: [{ tablet: 'x' }], bytes: 0 }),
      (from, ref) => getWorkList(from, ref, z.looseObject({ tablet: z.string() })),
    ],
    [
      'the schema',
      (to) => writeArtefact(to, { ...folder, kind: 'schema', content: 'CREATE TABLE t ();' }),
      (from, ref) => readArtefact(from, ref as ArtefactRef),
    ],
  ])('23.5: %s is what the history or a manifest names, or refused', async (_, write, read) => {
    const bucket = new ForgedBucket();
    const repository = bucket.repository(ours.owner);
    const ref = await write(repository);
    expect(await write(repository)).toEqual(ref);
    await read(repository, ref);
    bucket.put(ref.key, 'something else'); // whoever may overwrite
    await expect(read(repository, ref)).rejects.toMatchObject({ message: expect.stringContaining(ref.key) as string });
    await expect(write(repository)).rejects.toBeInstanceOf(NameTaken); // whoever was first
    bucket.objects.delete(ref.key);
    expect(await write(repository)).toEqual(ref);
  });
});

describe('23.5: a run that finds a foreign manifest under its name', () => {
  const input = (sha256: string) =>
    ({
      backup: { backupId: ID },
      snapshot: { snapshotId: SNAPSHOT, artefacts: [] },
      segments: [{ sha256 }],
    }) as unknown as Parameters<ReturnType<typeof makeCommitManifest>>[0];
  const commit = (repository: ClusterStore) =>
    makeCommitManifest({
      repository,
      config: { repository: { url: 's3://b/p' } },
    } as unknown as ControlDependencies);
  const [segment] = forgedHeader(ID).segments;

  it.each([undefined, stranger])('23.5: does not take it for its own, and its end is recorded', async (by) => {
    const bucket = new ForgedBucket();
    forgeManifest(bucket, forgedHeader(ID), by ? { by } : {});
    const repository = bucket.repository(ours.owner);
    await expect(commit(repository)(input(segment?.sha256 ?? ''))).rejects.toBeInstanceOf(NameTaken);
    expect(await isCommitted(repository, ID)).toBe(false); // so its guardian closes the intent
    expect(await closeIntent(repository, { backupId: ID, end: 'failed' })).toBe(true);
  });

  it('23.5: takes that of its earlier attempt, and without keys one of the same files alone', async () => {
    const bucket = new ForgedBucket();
    await commitManifest(bucket.repository(ours.owner), forgedHeader(ID));
    for (const trust of [ours.owner, undefined]) {
      const repository = bucket.repository(trust);
      expect(await commit(repository)(input(segment?.sha256 ?? ''))).toMatchObject({ files: 4, bytes: 20 });
      await expect(commit(repository)(input('f'.repeat(64)))).rejects.toMatchObject({
        kind: 'AlreadyExists',
        message: expect.stringContaining('does not name the files that this run has copied') as string,
      });
      expect(await isCommitted(repository, ID)).toBe(true);
    }
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
    await expect(provedMaking({ repository }, chain, 'ycql.shop')).rejects.toThrow(
      /that can be believed .*not touched/,
    );
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
      expect.stringMatching(`${big} was passed over: .*larger than any record`),
      expect.stringMatching(`${later} was passed over: .*Someone moved it`),
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

  it('23.2: a snapshot is somebody else´s, a declaration was not made, a keyspace is not touched', async () => {
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
    await openDump(repository, { ...dumpIntent, startedBy: 'alice' });
    await closeDump(bucket.repository(), { dumpId: DUMP, end: 'failed' });
    const rows = async () => await all(detailDumps(repository, await listDumps(repository)));
    expect(await rows()).toMatchObject([{ state: 'running', startedBy: 'alice' }]);
    expect((await rows())[0]?.problem).toContain(layout.dumpClosed('demo', DUMP, 'failed'));
    bucket.put(layout.dumpManifest('demo', DUMP), '{}');
    expect(await isDumpCommitted(repository, DUMP)).toBe(false);
    expect(await isDumpCommitted(bucket.repository(), DUMP)).toBe(true);
  });
});

describe('23.5: the schedules', () => {
  it('23.5: can still be changed where somebody has dated a record at the end of time', async () => {
    const bucket = new ForgedBucket();
    for (const year of ['9998', '9999'])
      bucket.put(layout.schedule('demo', new Date(`${year}-12-31T23:59:59.999Z`)), '{}');
    const repository = bucket.repository(ours.owner);
    expect((await writeSchedule(repository, schedule)).at).toBe(clock);
    expect((await newestSchedules(repository)).schedules).toMatchObject([{ at: clock }]);
    // Without keys everybody is believed, and it is said what is wrong.
    await expect(writeSchedule(bucket.repository(), schedule)).rejects.toThrow(
      /from 9999-12-31T23:59:59.999Z on are taken/,
    );
  });
});

describe('21: the audit record of a run that was broken off', () => {
  const startTime = new Date(AT);
  const chain = { workflowId: run.workflowId, firstExecutionRunId: run.firstRunId };
  const input = { owner: chain, end: 'terminated' as const, database: 'ysql.orders', undone: ['u'], leftovers: ['l'] };
  const dependencies = (repository: ClusterStore, firstRunId = run.firstRunId): ControlDependencies =>
    ({
      config: { cluster: 'demo' },
      repository,
      client: {
        options: { namespace: 'default', loadedDataConverter: { payloadConverter: { fromPayload: () => ({ a: 1 }) } } },
        workflow: {
          getHandle: () => ({
            describe: async () =>
              await Promise.resolve({
                ...{ type: 'backUpDatabase', runId: 'last', startTime, closeTime: new Date(clock) },
                raw: { workflowExecutionInfo: { firstRunId } },
              }),
          }),
        },
        workflowService: {
          getWorkflowExecutionHistory: async ({ historyEventFilterType }: { historyEventFilterType?: number }) =>
            await Promise.resolve({
              history: {
                events: [
                  historyEventFilterType === undefined
                    ? { workflowExecutionStartedEventAttributes: { identity: 'alice@host', input: { payloads: [{}] } } }
                    : { workflowExecutionTerminatedEventAttributes: { identity: 'bob@host', reason: 'why not' } },
                ],
              },
            }),
        },
      },
    }) as unknown as ControlDependencies;
  const history = async (repository: ClusterStore) =>
    (await listOperations(repository, { since: new Date(0), newest: 9 })).operations;

  it('is written once, by two attempts and after a lost reply, and says who ended it', async () => {
    const bucket = new ForgedBucket();
    await makeRecordBrokenOff(dependencies(faulty(bucket, 'after', 1)))(input);
    await makeRecordBrokenOff(dependencies(bucket.repository(ours.owner)))(input);
    expect(await history(bucket.repository(ours.reader))).toMatchObject([
      {
        ...{ ...run, outcome: 'terminated', startedBy: 'alice@host', input: { a: 1 } },
        failure: { type: 'Terminated', message: 'Terminated by bob@host: why not.' },
        cleanedUp: { undone: ['u'], leftovers: ['l'] },
      },
    ]);
  });

  it('is not written where the store is away, which the guardian is told, and by the next attempt', async () => {
    const bucket = new ForgedBucket();
    const away = makeRecordBrokenOff(dependencies(faulty(bucket, 'before', 99)));
    await expect(away(input)).rejects.toMatchObject({ kind: 'unavailable' });
    expect(bucket.objects.size).toBe(0);
    await makeRecordBrokenOff(dependencies(bucket.repository(ours.owner)))(input);
    expect(await history(bucket.repository(ours.reader))).toHaveLength(1);
  });

  it('leaves the record that the run itself has written, and writes none of a run that Temporal does not know', async () => {
    const bucket = new ForgedBucket();
    const repository = bucket.repository(ours.owner);
    await makeRecordBrokenOff(dependencies(repository, 'another'))(input);
    expect(bucket.objects.size).toBe(0);
    await writeOperation(repository, operation);
    await makeRecordBrokenOff(dependencies(repository))(input);
    expect(await history(repository)).toMatchObject([{ outcome: 'complete' }]);
  });

  it('stands beside that of another run of the same second, and beside a forged one', async () => {
    const bucket = new ForgedBucket();
    const repository = bucket.repository(ours.owner);
    await writeOperation(repository, { ...operation, firstRunId: 'a5c1d9f0-0000-4000-8000-000000000009' });
    await makeRecordBrokenOff(dependencies(repository))(input);
    expect((await history(repository)).map(({ outcome }) => outcome)).toEqual(['terminated', 'complete']);
    const forged = new ForgedBucket();
    forged.put(OPERATION.key, JSON.stringify(operation));
    await makeRecordBrokenOff(dependencies(forged.repository(ours.owner)))(input);
    expect((await history(forged.repository(ours.reader))).map(({ outcome }) => outcome)).toEqual(['terminated']);
  });
});
