import {
  closeDump,
  closeIntent,
  commitDump,
  commitManifest,
  FORMAT,
  layout,
  writeDumpIntent,
  openRepository,
  writeDumpPart,
  writeIntent,
  writeLease,
  writeMaking,
  writeOperation,
  writePointInTime,
  writeSchedule,
  writeSnapshotRecord,
  writeProof,
  writeRepair,
  writeVerification,
  type ClusterStore,
  type DumpPart,
  type OperationRecord,
} from '../../../src/repository';
import { summaries } from '../../../src/repository/backups/summaries';
import { writeProved } from '../../../src/repository/signing/proved-records';
import type { SignedKind } from '../../../src/repository/signing/trust';
import { StoreError } from '../../../src/transfer';
import { forgedHeader, ForgedBucket, idAt, testKey, type TestKey } from './forger';

/** The key that is believed here. */
export const ours = testKey();
/** Of someone else. */
export const stranger = testKey();
export const ID = idAt('20261122T020007Z');
export const DUMP = idAt('20261122T020007Z', 'ysql.orders-dump');
export const OTHER_DUMP = idAt('20261121T020007Z', 'ysql.orders-dump');
export const SNAPSHOT = '0b5f2a0e-9c2c-4f0a-8d0e-2f6a1c3b4d5e';
export const AT = '2026-11-22T02:00:07.000Z';
export const run = { workflowId: 'backup/demo/ysql.orders', firstRunId: 'a5c1d9f0-0000-4000-8000-000000000001' };
export const base = { format: FORMAT, kalpaVersion: '0.1.0' } as const;

const place = `backups/${ID}/x/data/1.2/000001.sst`;
const fetched = {
  ...{ digest: 'A'.repeat(20), of: place, size: 1, sha256: 'a'.repeat(64), object: place, etag: 'e', objectBytes: 1 },
};

export const intent = { ...base, ...run, backupId: ID, cluster: 'demo', database: 'ysql.orders', startedAt: AT };
export const dumpIntent = { ...base, ...run, dumpId: DUMP, cluster: 'demo', subject: 'ysql.orders', startedAt: AT };
export const operation: OperationRecord = {
  ...{ ...base, ...run, operation: 'backUpDatabase', cluster: 'demo', database: 'ysql.orders' },
  ...{ startedAt: AT, endedAt: AT, input: { database: 'ysql.orders' }, outcome: 'complete' },
};
export const making = { ...base, ...run, database: 'ycql.shop', existed: false, tables: [] as string[], at: AT };
export const snapshot = {
  ...base,
  ...run,
  snapshotId: SNAPSHOT,
  database: 'ysql.orders',
  createdAt: AT,
  schema: 'digest',
};
export const asked = { ...base, workflowId: run.workflowId, database: 'ysql.orders', at: AT, schedule: 'off' } as const;
export const schedule = { scheduleId: 'nightly', schedule: 'removed', kalpaVersion: '0.1.0' } as const;
export const part = (dumpId = DUMP, more: Partial<DumpPart> = {}): DumpPart => ({
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
export const dumpHeader = {
  ...{ ...base, dumpId: DUMP, cluster: 'demo', universeId: 'u', subject: 'ysql.orders', startedAt: AT },
  ...{ yugabyteVersion: '2025.1', dialect: '2025.1' },
};

/** A record: what it is signed as, where it stands, and how a run writes it. */
export interface Kind {
  kind: SignedKind;
  key: string;
  write: (repository: ClusterStore) => Promise<unknown>;
}
export const KINDS: Kind[] = [
  { kind: 'intent', key: layout.intent('demo', ID), write: (to) => writeIntent(to, intent) },
  {
    kind: 'closed',
    key: layout.closedRecord('demo', ID, 'failed'),
    write: (to) => closeIntent(to, { backupId: ID, end: 'failed' }),
  },
  { kind: 'manifest', key: layout.manifest('demo', ID), write: (to) => commitManifest(to, forgedHeader(ID)) },
  { kind: 'dump-intent', key: layout.dumpIntent('demo', DUMP), write: (to) => writeDumpIntent(to, dumpIntent) },
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
    key: layout.lease('demo', 'backup', ID, new Date(AT), 'h'),
    write: (to) => writeLease(to, { format: FORMAT, backupId: ID, holder: 'h', expiresAt: AT }),
  },
  {
    kind: 'verification',
    key: layout.verification('demo', 'backup', ID, new Date(AT), 'full', true),
    write: (to) =>
      writeVerification(to, { format: FORMAT, backupId: ID, level: 'full', ok: true, verifiedAt: AT, problems: [] }),
  },
  {
    kind: 'proof',
    key: layout.proof('demo', 'backup', ID, { plannedAt: new Date(AT), tag: 'a5c1d9', n: 1, found: 'ok' }),
    write: (to) =>
      writeProof(to, {
        ...{ backupId: ID, kind: 'backup', plannedAt: AT, tag: 'a5c1d9', n: 1, workflowId: 'verify/1', at: AT },
        ...{ files: 0, bytes: 0, good: '', bad: [], healed: false },
      }),
  },
  {
    kind: 'repair',
    key: layout.repair('demo', ID, { at: new Date(AT), tag: 'a5c1d9', n: 1 }),
    write: (to) =>
      writeRepair(to, { backupId: ID, repairedAt: AT, tag: 'a5c1d9', n: 1, workflowId: 'verify/1', files: [fetched] }),
  },
  {
    kind: 'summary',
    key: layout.summary('demo', new Date(AT), new Date(AT)),
    write: (to) =>
      writeProved(to, summaries, layout.summary('demo', new Date(AT), new Date(AT)), {
        ...{ format: FORMAT, cluster: 'demo', newest: AT, at: AT, keys: [ours.keyId] },
        backups: [
          {
            ...{ backupId: ID, manifestBytes: 1, committedAt: AT, recoveryPoint: AT, from: AT },
            ...{ bytes: 1, uploadedBytes: 1, refersTo: [] },
          },
        ],
      }),
  },
];
export const OPERATION: Kind = {
  kind: 'operation',
  key: layout.operation('demo', new Date(AT), run.workflowId),
  write: (to) => writeOperation(to, operation),
};
export const clock = '2026-11-22T12:00:00.000Z';
export const SCHEDULE: Kind = {
  kind: 'schedule',
  key: layout.schedule('demo', new Date(clock)),
  write: (to) => writeSchedule(to, schedule),
};
export const EVERY = [...KINDS, OPERATION, SCHEDULE].map((one) => [one.kind, one] as const);

export const textAt = (bucket: ForgedBucket, key: string): string => String(bucket.objects.get(key)?.bytes);

/** The payload as this process would write it, and so as a forger can too. */
export async function payloadOf({ write, key }: Kind): Promise<Buffer> {
  const bucket = new ForgedBucket();
  await write(bucket.repository());
  return bucket.objects.get(key)?.bytes ?? Buffer.alloc(0);
}

/** Requests that the store carries out without an answer reaching us, or not at all. */
export function faulty(
  bucket: ForgedBucket,
  fault: 'before' | 'after',
  times: number,
  signs: TestKey = ours,
): ClusterStore {
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
