import {
  findDumpPart,
  findProof,
  holdOf,
  isDeleted,
  layout,
  listOperations,
  listPointInTime,
  liveLeases,
  newestPolicies,
  newestSchedules,
  readDump,
  readDumpIntent,
  readIntent,
  readManifest,
  readMaking,
  readSnapshotRecord,
  readRepairs,
  readSummaries,
  readVerification,
  registerCluster,
  registeredUniverse,
  writeHold,
  writePolicies,
  writeTombstone,
  type ClusterStore,
} from '../../../src/repository';
import { dumpClosings } from '../../../src/repository/dumps/dumps';
import { isRepositoryError } from '../../../src/repository/repository-error';
import { isClosed } from '../../../src/repository/retention/intents';
import { readProved } from '../../../src/repository/signing/proved-records';
import type { SignedKind } from '../../../src/repository/signing/trust';
import { ForgedBucket, forgedRecord, idAt } from './forger';
import { AT, clock, DUMP, EVERY, ID, ours, run, SNAPSHOT, stranger, type Kind } from './record-kinds';

const OTHER = idAt('20261121T020007Z');
const OTHER_DUMP = idAt('20261121T020007Z', 'ysql.orders-dump');
const proofOf = { kind: 'backup', plannedAt: AT, tag: 'a5c1d9', n: 1 } as const;
const maker = { workflowId: run.workflowId, firstExecutionRunId: run.firstRunId };

const MORE: Kind[] = [
  { kind: 'cluster', key: layout.clusterRecord('demo'), write: (to) => registerCluster(to, 'u') },
  {
    kind: 'tombstone',
    key: layout.deletion('demo', 'backup', ID, 1),
    write: (to) => writeTombstone(to, { kind: 'backup', id: ID, reason: 'x' }),
  },
  {
    kind: 'hold',
    key: layout.hold('demo', 'backup', ID, 1),
    write: (to) => writeHold(to, { kind: 'backup', id: ID, change: 'held', reason: 'x' }),
  },
  {
    kind: 'policies',
    key: layout.policy('demo', new Date(clock)),
    write: (to) => writePolicies(to, { policies: { minimumCopies: 3 }, kalpaVersion: '1' }),
  },
];
const written = new Map([...EVERY.map(([, one]) => one), ...MORE].map((one) => [one.kind, one]));

/**
 * Whether a record counts, asked as the product asks; and another name that it must not count under, and who asks
 * there.
 */
interface Reader {
  counts: (repository: ClusterStore) => Promise<unknown>;
  elsewhere: string;
  countsElsewhere: (repository: ClusterStore) => Promise<unknown>;
}
const row = (elsewhere: string, counts: Reader['counts'], countsElsewhere: Reader['counts'] = counts): Reader => ({
  counts,
  elsewhere,
  countsElsewhere,
});

/** A row for each kind that is signed: a new kind without one is an error of types. */
const READERS: Record<SignedKind, Reader> = {
  manifest: row(
    layout.manifest('demo', OTHER),
    (from) => readManifest(from, ID),
    (from) => readManifest(from, OTHER),
  ),
  'dump-manifest': row(
    layout.dumpManifest('demo', OTHER_DUMP),
    (from) => readDump(from, DUMP),
    (from) => readDump(from, OTHER_DUMP),
  ),
  'dump-part': row(
    layout.dumpPart('demo', OTHER_DUMP, { part: 'ysql.orders' }),
    (from) => findDumpPart(from, DUMP, { part: 'ysql.orders' }),
    (from) => findDumpPart(from, OTHER_DUMP, { part: 'ysql.orders' }),
  ),
  // It is found under the name of its cluster alone, whatever else is named so.
  cluster: row(layout.clusterRecord('another'), registeredUniverse, ({ store, trust }) =>
    registeredUniverse({ store, cluster: 'another', trust }),
  ),
  tombstone: row(
    layout.deletion('demo', 'backup', OTHER, 1),
    (from) => isDeleted(from, 'backup', ID),
    (from) => isDeleted(from, 'backup', OTHER),
  ),
  hold: row(
    layout.hold('demo', 'backup', OTHER, 1),
    (from) => holdOf(from, 'backup', ID),
    (from) => holdOf(from, 'backup', OTHER),
  ),
  policies: row(layout.policy('demo', new Date('2036-01-01T00:00:00.000Z')), newestPolicies),
  intent: row(
    layout.intent('demo', OTHER),
    (from) => readIntent(from, ID),
    (from) => readIntent(from, OTHER),
  ),
  closed: row(
    layout.closedRecord('demo', OTHER, 'failed'),
    (from) => isClosed(from, ID),
    (from) => isClosed(from, OTHER),
  ),
  'dump-intent': row(
    layout.dumpIntent('demo', OTHER_DUMP),
    (from) => readDumpIntent(from, DUMP),
    (from) => readDumpIntent(from, OTHER_DUMP),
  ),
  'dump-closed': row(
    layout.dumpClosed('demo', OTHER_DUMP, 'failed'),
    (from) => readProved(from, dumpClosings, layout.dumpClosed('demo', DUMP, 'failed')),
    (from) => readProved(from, dumpClosings, layout.dumpClosed('demo', OTHER_DUMP, 'failed')),
  ),
  operation: row(
    layout.operation('demo', new Date('2036-01-01T00:00:00.000Z'), run.workflowId),
    async (from) => (await listOperations(from, { since: new Date(0), newest: 5 })).operations[0],
  ),
  making: row(
    layout.making('demo', 'another', 'ycql.shop'),
    (from) => readMaking(from, maker, 'ycql.shop'),
    (from) => readMaking(from, { ...maker, firstExecutionRunId: 'another' }, 'ycql.shop'),
  ),
  snapshot: row(
    layout.snapshotRecord('demo', SNAPSHOT.replace('0b', '1b')),
    (from) => readSnapshotRecord(from, SNAPSHOT),
    (from) => readSnapshotRecord(from, SNAPSHOT.replace('0b', '1b')),
  ),
  'point-in-time': row(
    layout.pointInTime('demo', 'ysql.orders', new Date('2036-01-01T00:00:00.000Z'), run.workflowId),
    async (from) => (await listPointInTime(from, 'ysql.orders')).records[0],
  ),
  schedule: row(
    layout.schedule('demo', new Date('2036-01-01T00:00:00.000Z')),
    async (from) => (await newestSchedules(from)).schedules[0],
  ),
  lease: row(
    layout.lease('demo', 'backup', OTHER, new Date('2036-01-01T00:00:00.000Z'), 'h'),
    async (from) => (await liveLeases(from, 'backup', new Date(0))).get(ID),
    async (from) => (await liveLeases(from, 'backup', new Date(0))).get(OTHER),
  ),
  verification: row(
    layout.verification('demo', 'backup', OTHER, new Date(AT), 'full', true),
    (from) => readVerification(from, 'backup', ID, { at: AT, level: 'full', ok: true }),
    (from) => readVerification(from, 'backup', OTHER, { at: AT, level: 'full', ok: true }),
  ),
  proof: row(
    layout.proof('demo', 'backup', OTHER, { plannedAt: new Date(AT), tag: 'a5c1d9', n: 1, found: 'ok' }),
    (from) => findProof(from, { ...proofOf, backupId: ID }),
    (from) => findProof(from, { ...proofOf, backupId: OTHER }),
  ),
  repair: row(
    layout.repair('demo', OTHER, { at: new Date(AT), tag: 'a5c1d9', n: 1 }),
    async (from) => !(await readRepairs(from, [ID])).none,
    async (from) => !(await readRepairs(from, [OTHER])).none,
  ),
  // Only of a long list is it read.
  summary: row(layout.summary('demo', new Date('2036-01-01T00:00:00.000Z'), new Date(AT)), async (from) =>
    (
      await readSummaries(
        from,
        Array.from({ length: 100 }, (_, i) => ({
          ...{ backupId: i === 0 ? ID : `${ID}${i}`, startedAt: AT, endedAt: AT, manifestBytes: 1 },
          state: 'committed' as const,
        })),
      )
    ).get(ID),
  ),
};

/** Not believed is as good as not there, or a refusal by name. */
async function isBelieved(ask: () => Promise<unknown>): Promise<boolean> {
  try {
    const answer = await ask();
    return answer !== undefined && answer !== false;
  } catch (error) {
    if (isRepositoryError(error)) return false;
    throw error;
  }
}

describe.each(Object.entries(READERS) as [SignedKind, Reader][])('26.8: a record of the kind %s', (kind, reader) => {
  const { key, write } = written.get(kind) as Kind;
  const reading = (bucket: ForgedBucket): ClusterStore => bucket.repository(ours.reader);
  /** What stands there when a manifest is needed for the record to matter. */
  async function bucketWith(put: (bucket: ForgedBucket, payload: Buffer) => unknown): Promise<ForgedBucket> {
    const bucket = new ForgedBucket();
    for (const id of [ID, OTHER]) if (kind === 'tombstone') bucket.put(layout.manifest('demo', id), '{}');
    const unsigned = new ForgedBucket();
    await write(unsigned.repository());
    await put(bucket, unsigned.objects.get(key)?.bytes ?? Buffer.alloc(0));
    return bucket;
  }
  const another: SignedKind = kind === 'lease' ? 'hold' : 'lease';

  it('counts as it was written, and so the attacks below are read', async () => {
    const bucket = await bucketWith((to, payload) => to.put(key, forgedRecord(kind, payload, ours)));
    expect(await isBelieved(() => reader.counts(reading(bucket)))).toBe(true);
  });

  it.each<[string, (payload: Buffer) => Buffer]>([
    ['that nobody has signed', (payload) => payload],
    ['that nobody has signed, in an envelope', (payload) => forgedRecord(kind, payload)],
    ['that a stranger has signed', (payload) => forgedRecord(kind, payload, stranger)],
    ['with the signature of a record of another kind', (payload) => forgedRecord(another, payload, ours)],
    [
      'with a byte changed after it was signed',
      (payload) =>
        Buffer.from(
          String(forgedRecord(kind, payload, ours)).replace(String.raw`\"format\": 1`, String.raw`\"format\":  1`),
        ),
    ],
  ])('%s counts for nothing', async (_, forge) => {
    const bucket = await bucketWith((to, payload) => {
      const forged = forge(payload);
      expect(forged.equals(forgedRecord(kind, payload, ours))).toBe(false);
      to.put(key, forged);
    });
    expect(await isBelieved(() => reader.counts(reading(bucket)))).toBe(false);
  });

  it('that was signed for another name counts for nothing under this one', async () => {
    const bucket = await bucketWith((to, payload) => to.put(reader.elsewhere, forgedRecord(kind, payload, ours)));
    expect(await isBelieved(() => reader.countsElsewhere(reading(bucket)))).toBe(false);
  });

  it('of another cluster counts for nothing in this one', async () => {
    let names = false;
    const bucket = await bucketWith((to, payload) => {
      const other = String(payload).replace('"cluster": "demo"', '"cluster": "other"');
      names = other !== String(payload);
      to.put(key, forgedRecord(kind, Buffer.from(other), ours));
    });
    // A part names its dump alone, whose id is of one run.
    expect(names).toBe(kind !== 'dump-part');
    if (names) expect(await isBelieved(() => reader.counts(reading(bucket)))).toBe(false);
  });
});
