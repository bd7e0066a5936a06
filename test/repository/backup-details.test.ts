import { detailBackups, detailDumps, layout, listBackups, listDumps, type BackupDetails } from '../../src/repository';
import { canonicalJson } from '../../src/repository/canonical-json';
import { readManifest } from '../../src/repository/backups/manifests';
import { CountedStore } from './counted-store';

const id = (n: number, database = 'ysql.orders'): string =>
  `${database}-2026${String(1 + Math.floor(n / 28_000)).padStart(2, '0')}${String(1 + (Math.floor(n / 1000) % 28)).padStart(2, '0')}T${String(Math.floor((n % 1000) / 60)).padStart(2, '0')}${String(n % 60).padStart(2, '0')}00Z-3fa9c1`;

const intent = (backupId: string) => ({
  ...{
    format: 1,
    backupId,
    cluster: 'demo',
    database: 'ysql.orders',
    workflowId: `run of ${backupId}`,
    firstRunId: 'r',
  },
  ...{
    startedAt: '2026-01-01T00:00:00Z',
    startedBy: 'alice@host',
    label: 'weekly',
    keepFor: '30 days',
    kalpaVersion: '0',
  },
});
const SNAPSHOT = '0b5f2a0e-9c2c-4f0a-8d0e-2f6a1c3b4d5e';
const TABLE = '00004000000030008000000000004001';
const manifest = (backupId: string, bytes: number) => ({
  ...{ format: 1, backupId, cluster: 'demo', universeId: 'u', database: 'ysql.orders' },
  ...{ startedAt: '2026-01-01T00:00:00Z', yugabyteVersion: '2025.1', dialect: '2025.1', kalpaVersion: '0' },
  ...{ replicationFactor: 3, snapshotId: SNAPSHOT, recoveryPoint: '2026-01-01T00:00:01.000000Z' },
  ...{ hybridTime: '1767225601000000', invalidIndexes: [], roles: [], tablespaces: [], extensions: [] },
  refersTo: [{ backupId: 'ysql.orders-20251231T000000Z-000000', files: 0, bytes: bytes - 1 }],
  tables: [{ id: TABLE, name: 'orders', schema: 'public', partitions: 1 }],
  tablets: [{ id: '1'.repeat(32), table: TABLE, peer: 'a'.repeat(32), partition: { start: '', end: '' } }],
  segments: [
    {
      key: layout
        .segment('demo', { backupId, snapshotId: SNAPSHOT }, 'n1', 0, 'c'.repeat(16))
        .slice(layout.cluster('demo').length),
      ...{ sha256: 'c'.repeat(64), size: 1, files: 1, bytes },
    },
  ],
  artefacts: [],
  totals: { tables: 1, tablets: 1, files: 1, bytes, uploadedBytes: 1, reusedBytes: bytes - 1 },
  ...{ store: { versioned: false, objectLock: false }, label: 'weekly', keepFor: '30 days' },
});
const part = (dumpId: string) => ({
  ...{ format: 1, part: 'ysql.orders', content: 'all', textBytes: 2000 },
  files: [{ key: `dumps/${dumpId}/ysql.orders-1-0.sql.gz`, size: 900, sha256: 'a'.repeat(64), etag: 'e' }],
  tables: [{ schema: 'public', name: 'orders', rows: 42 }],
  needs: { roles: [], tablespaces: [], extensions: [] },
});

async function all<T>(rows: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const row of rows) found.push(row);
  return found;
}

describe('28: what a list shows of each backup', () => {
  it('28: size, recovery point, duration, label, keepFor and who, of every end that there is', async () => {
    const store = new CountedStore();
    for (const n of [1, 2, 3, 4, 5]) store.put(layout.intent('demo', id(n)), intent(id(n)));
    store.put(layout.manifest('demo', id(1)), manifest(id(1), 700), '2026-01-01T00:03:07.900Z');
    store.put(
      layout.closedRecord('demo', id(2), 'failed'),
      {
        ...{ format: 1, backupId: id(2), end: 'failed', closedAt: '2026-01-01T00:02:30Z' },
        failure: { type: 'SchemaChanging', message: 'tables went' },
      },
      '2026-01-01T00:02:30.000Z',
    );
    store.put(
      layout.closedRecord('demo', id(3), 'terminated'),
      {
        ...{ format: 1, backupId: id(3), end: 'terminated', closedAt: '2026-01-01T00:04:00Z' },
      },
      '2026-01-01T00:04:00.000Z',
    );
    store.put(layout.manifest('demo', id(4)), { format: 1, backupId: 'nothing' });
    const details = await all(detailBackups(store.of(), await listBackups(store.of())));
    const who = { startedBy: 'alice@host', label: 'weekly', keepFor: '30 days' };
    expect(details).toEqual([
      {
        ...{ backupId: id(1), database: 'ysql.orders', startedAt: '2026-01-01T00:01:00Z', state: 'committed' },
        ...{ endedAt: '2026-01-01T00:03:07Z', durationSeconds: 127, workflowId: `run of ${id(1)}`, ...who },
        ...{ recoveryPoint: '2026-01-01T00:00:01.000000Z', bytes: 700, uploadedBytes: 1 },
        moments: { from: '2026-01-01T00:00:01.000000Z', to: '2026-01-01T00:00:01.000000Z' },
        manifestBytes: expect.any(Number) as number,
      },
      {
        ...{ backupId: id(2), database: 'ysql.orders', startedAt: '2026-01-01T00:02:00Z', state: 'failed' },
        ...{ endedAt: '2026-01-01T00:02:30Z', durationSeconds: 30, workflowId: `run of ${id(2)}`, ...who },
        failure: { type: 'SchemaChanging', message: 'tables went' },
      },
      {
        ...{ backupId: id(3), database: 'ysql.orders', startedAt: '2026-01-01T00:03:00Z', state: 'terminated' },
        ...{ endedAt: '2026-01-01T00:04:00Z', durationSeconds: 60, workflowId: `run of ${id(3)}`, ...who },
      },
      {
        ...{ backupId: id(4), database: 'ysql.orders', startedAt: '2026-01-01T00:04:00Z', state: 'committed' },
        ...{
          endedAt: '2026-11-22T03:00:00Z',
          manifestBytes: JSON.stringify({ format: 1, backupId: 'nothing' }).length,
          problem: expect.stringContaining('is not a record of format 1') as string,
        },
      },
      {
        ...{ backupId: id(5), database: 'ysql.orders', startedAt: '2026-01-01T00:05:00Z', state: 'running' },
        ...{ workflowId: `run of ${id(5)}`, ...who },
      },
    ]);
  });

  it('28: the first rows of 10,000 backups come before the others are read, a bounded number at a time', async () => {
    const store = new CountedStore();
    for (let n = 0; n < 10_000; n += 1) {
      store.put(layout.intent('demo', id(n)), intent(id(n)));
      store.put(layout.manifest('demo', id(n)), manifest(id(n), n + 1));
    }
    const entries = await listBackups(store.of());
    expect([entries.length, store.asked.lists, store.asked.reads]).toEqual([10_000, 5, 0]);
    const seen: BackupDetails[] = [];
    for await (const backup of detailBackups(store.of(), entries)) {
      seen.push(backup);
      if (seen.length === 100) break;
    }
    expect(seen.map(({ backupId }) => backupId)).toEqual(entries.slice(0, 100).map(({ backupId }) => backupId));
    expect(seen.at(-1)).toMatchObject({ bytes: 100, startedBy: 'alice@host' });
    expect(store.asked.reads).toBeLessThanOrEqual(2 * (100 + 32));
    expect(store.asked.atOnce).toBeLessThanOrEqual(32);
  });

  it('28: a store that goes away in the middle ends the list', async () => {
    const store = new CountedStore();
    store.put(layout.intent('demo', id(1)), intent(id(1)));
    const broken = store.of();
    const away = { ...broken, store: { ...broken.store, read: async () => await Promise.reject(new Error('away')) } };
    const entries = await listBackups(broken);
    await expect(all(detailBackups(away as typeof broken, entries))).rejects.toThrow('away');
  });
});

describe('28: a list of backups of any size', () => {
  /** As a backup of many tablets wrote it. */
  const large = (backupId: string, more: object = {}) => ({
    ...manifest(backupId, 700),
    keepFor: 'until "the\\ audit"\n  "totals": {}',
    tablets: Array.from({ length: 12_000 }, (_, n) => ({
      ...{ id: n.toString(16).padStart(32, '0'), table: TABLE, peer: 'a'.repeat(32) },
      partition: { start: n.toString(16), end: (n + 1).toString(16) },
    })),
    totals: { tables: 1, tablets: 12_000, files: 1, bytes: 700, uploadedBytes: 1, reusedBytes: 699 },
    ...more,
  });
  const listed = async (store: CountedStore) => await all(detailBackups(store.of(), await listBackups(store.of())));

  it('28: reads the beginning and the end of a large manifest, and says what reading it whole says', async () => {
    const store = new CountedStore();
    const ids = Array.from({ length: 6 }, (_, n) => id(n));
    for (const one of ids) store.putBytes(layout.manifest('demo', one), canonicalJson(large(one)));
    const backups = await listed(store);
    const { header } = await readManifest(store.of(), id(0));
    expect(backups.map(({ backupId }) => backupId)).toEqual(ids);
    for (const { bytes, uploadedBytes, recoveryPoint, keepFor, label, problem } of backups)
      expect({ problem, recoveryPoint, keepFor, label, bytes, uploadedBytes }).toEqual({
        ...{ problem: undefined, recoveryPoint: header.recoveryPoint, keepFor: header.keepFor, label: header.label },
        ...{ bytes: header.totals.bytes, uploadedBytes: header.totals.uploadedBytes },
      });
    const whole = backups[0]?.manifestBytes ?? 0;
    expect(whole).toBeGreaterThan(2_000_000);
    expect(store.asked.bytes - whole).toBeLessThanOrEqual(6 * 41_000); // without the one that the test has read
  });

  it('28: one that differs from Kalpa’s format is read whole, alone, and its fault is reported', async () => {
    const store = new CountedStore();
    for (const n of [1, 2, 3]) store.put(layout.manifest('demo', id(n)), large(id(n))); // on one line
    store.putBytes(layout.manifest('demo', id(4)), canonicalJson(large(id(5)))); // someone moved it
    store.putBytes(layout.manifest('demo', id(6)), canonicalJson(large(id(6), { totals: {} })));
    const backups = await listed(store);
    expect(backups.map(({ bytes, problem }) => bytes ?? problem)).toEqual([
      ...[700, 700, 700, expect.stringContaining('Someone moved it'), expect.stringContaining('totals.tables')],
    ]);
    const largest = Math.max(...backups.map(({ manifestBytes = 0 }) => manifestBytes));
    expect(store.bytesAtOnce).toBeLessThan(largest + 5 * 41_000);
  });

  it('28: so is a dump of many tables', async () => {
    const store = new CountedStore();
    const dumpId = id(1, 'ysql.orders-dump');
    const tables = Array.from({ length: 14_000 }, (_, n) => ({ schema: 'public', name: `orders_${n}`, rows: 3 }));
    const header = { format: 1, dumpId, cluster: 'demo', universeId: 'u', subject: 'ysql.orders', kalpaVersion: '0' };
    const bytes = canonicalJson({
      ...{ ...header, parts: [{ ...part(dumpId), tables }] },
      ...{ startedAt: '2026-01-01T00:01:00Z', yugabyteVersion: '2025.1', dialect: '2025.1' },
      totals: { databases: 1, tables: 14_000, files: 1, bytes: 900, rows: 42_000 },
    });
    store.putBytes(layout.dumpManifest('demo', dumpId), bytes);
    const [dump] = await all(detailDumps(store.of(), await listDumps(store.of())));
    expect(dump).toMatchObject({ tables: 14_000, rows: 42_000, bytes: 900, manifestBytes: bytes.length });
    expect(bytes.length).toBeGreaterThan(500_000);
    expect(store.asked.bytes).toBeLessThanOrEqual(41_000);
  });
});

describe('28: what a list shows of each dump', () => {
  it('28: is its size, its rows, how long it took, and who', async () => {
    const store = new CountedStore();
    const dumpId = id(1, 'ysql.orders-dump');
    const cancelled = id(2, 'ysql.orders-dump');
    for (const one of [dumpId, cancelled, id(3, 'ysql.other-dump')])
      store.put(layout.dumpIntent('demo', one), {
        ...{ format: 1, dumpId: one, cluster: 'demo', subject: 'ysql.orders', workflowId: 'w', firstRunId: 'r' },
        ...{ startedAt: '2026-01-01T00:01:00Z', startedBy: 'schedule dump/demo/ysql.orders', kalpaVersion: '0' },
      });
    store.put(
      layout.dumpManifest('demo', dumpId),
      {
        ...{
          format: 1,
          dumpId,
          cluster: 'demo',
          universeId: 'u',
          subject: 'ysql.orders',
          kalpaVersion: '0',
          parts: [part(dumpId)],
        },
        ...{ startedAt: '2026-01-01T00:01:00Z', yugabyteVersion: '2025.1', dialect: '2025.1' },
        totals: { databases: 1, tables: 1, files: 1, bytes: 900, rows: 42 },
      },
      '2026-01-01T00:01:09.000Z',
    );
    store.put(layout.dumpClosed('demo', cancelled, 'cancelled'), {}, '2026-01-01T00:02:05.000Z');
    const entries = await listDumps(store.of(), { subject: 'ysql.orders' });
    expect(await all(detailDumps(store.of(), entries))).toEqual([
      {
        ...{ dumpId, subject: 'ysql.orders', state: 'committed', startedAt: '2026-01-01T00:01:00Z' },
        ...{ endedAt: '2026-01-01T00:01:09Z', durationSeconds: 9, bytes: 900, tables: 1, rows: 42, workflowId: 'w' },
        startedBy: 'schedule dump/demo/ysql.orders',
        manifestBytes: expect.any(Number) as number,
      },
      {
        ...{ dumpId: cancelled, subject: 'ysql.orders', state: 'cancelled', startedAt: '2026-01-01T00:02:00Z' },
        ...{ endedAt: '2026-01-01T00:02:05Z', durationSeconds: 5, workflowId: 'w' },
        startedBy: 'schedule dump/demo/ysql.orders',
      },
    ]);
  });
});
