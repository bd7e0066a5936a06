import { z } from 'zod';
import { makeCommitManifest } from '../../../src/activities/control/backup/commit-manifest';
import type { ControlDependencies } from '../../../src/activities/control/dependencies';
import {
  closeIntent,
  commitManifest,
  getWorkList,
  putWorkList,
  readArtefact,
  readSegment,
  writeArtefact,
  writeSegment,
  isCommitted,
  layout,
  listOperations,
  NameTaken,
  newestSchedules,
  writeOperation,
  writeSchedule,
  type ArtefactRef,
  type ClusterStore,
  type SegmentRef,
} from '../../../src/repository';
import { forgedHeader, forgedRecord, forgeManifest, ForgedBucket } from './forger';
import {
  ours,
  stranger,
  ID,
  SNAPSHOT,
  operation,
  schedule,
  type Kind,
  KINDS,
  OPERATION,
  clock,
  SCHEDULE,
  payloadOf,
} from './record-kinds';

/** What someone may have written first, though it says the very same. */
const forgeries: [string, (one: Kind, payload: Buffer) => Buffer, RegExp][] = [
  ['its own text, unsigned', (_, payload) => payload, /is not signed; expected a signature by/],
  ['signed by a stranger', ({ kind }, payload) => forgedRecord(kind, payload, stranger), /is signed by [0-9a-f]{16}/],
  ['signed as another kind', (_, payload) => forgedRecord('tombstone', payload, ours), /did not sign these bytes/],
  ['garbage', () => Buffer.from('{}'), /is not signed/],
  ['too much', () => Buffer.alloc(65 * 1024 * 1024), /larger than any record/],
];

describe.each(forgeries)('23.5: a name that someone has taken first, with %s,', (_, forge, reason) => {
  it.each(KINDS.map((one) => [one.kind, one] as const))(
    '23.5: is never ours: %s ends without a retry, and says what to do',
    async (_kind, one) => {
      const bucket = new ForgedBucket();
      const forged = forge(one, await payloadOf(one));
      bucket.put(one.key, forged);
      const failed = await one.write(bucket.repository(ours.owner)).catch((error: unknown) => error);
      expect(failed).toBeInstanceOf(NameTaken);
      expect(failed).toMatchObject({
        kind: 'AlreadyExists',
        message: expect.stringMatching(
          new RegExp(`^s3://forged/.* was written by someone else: it [^]*who may create objects[^]*remove this one`),
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

describe('23.5: what has no signature is identified by its hash:', () => {
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

describe('23.5: the schedules', () => {
  it('23.5: can still be changed where someone has dated a record at the end of time', async () => {
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
