import {
  layout,
  type IntentRecord,
  type ManifestHeader,
  type SegmentLine,
  type SegmentRef,
} from '../../src/repository';

export const folder = {
  backupId: 'ysql.orders-20261122T020007Z-3fa9c1',
  snapshotId: '0b5f2a0e-9c2c-4f0a-8d0e-2f6a1c3b4d5e',
};
export const OF = { cluster: 'demo', backupId: folder.backupId };
export const [T1, T2, T3, T9] = ['1', '2', '3', '9'].map((digit) => digit.repeat(32)) as [
  string,
  string,
  string,
  string,
];
export const [PEER_1, PEER_2] = ['a'.repeat(32), 'b'.repeat(32)] as const;
export const TABLE = '00004000000030008000000000004001';
export const intent = (id: string): IntentRecord => ({
  format: 1,
  backupId: id,
  cluster: 'demo',
  database: 'ysql.orders',
  workflowId: 'w',
  firstRunId: 'r',
  startedAt: '2026-11-22T02:00:07.000Z',
  kalpaVersion: '0.1.0',
});
export const line = (tablet: string, path: string, more: Partial<SegmentLine> = {}): SegmentLine => ({
  tablet,
  table: TABLE,
  peer: PEER_1,
  path,
  size: 10,
  mtimeNs: '1',
  inode: '2',
  birthtimeNs: '3',
  sha256: 'a'.repeat(64),
  crc32: 'AAAAAA==',
  object: layout.data('demo', folder, { tablet, peer: PEER_1 }, path),
  etag: '"e"',
  ...more,
});
/** A header whose totals are those of its file lists; without any it names one of a single file, which nobody reads. */
export function header(written: SegmentRef[], more: Partial<ManifestHeader> = {}): ManifestHeader {
  const { backupId = folder.backupId } = more;
  const unread = {
    key: layout.segment('demo', { ...folder, backupId }, 'n1', 0, 'c'.repeat(16)),
    sha256: 'c'.repeat(64),
  };
  const segments = written.length > 0 ? written : [{ ...unread, size: 1, files: 1, bytes: 10 }];
  const sum = (key: 'files' | 'bytes'): number => segments.reduce((total, one) => total + one[key], 0);
  return {
    format: 1,
    backupId,
    cluster: 'demo',
    universeId: 'u',
    database: 'ysql.orders',
    startedAt: '2026-11-22T02:00:07.000Z',
    yugabyteVersion: '2025.1.1.0',
    dialect: '2025.1',
    kalpaVersion: '0.1.0',
    replicationFactor: 3,
    recoveryPoint: '2026-11-22T02:00:09.123456Z',
    hybridTime: '1795312809123456',
    snapshotId: folder.snapshotId,
    tables: [{ id: TABLE, name: 'orders', schema: 'public', partitions: 1, rows: 3 }],
    invalidIndexes: [],
    tablets: [{ id: T1, table: TABLE, peer: PEER_1, partition: { start: '', end: '' } }],
    roles: ['yugabyte'],
    tablespaces: [],
    extensions: [],
    segments,
    artefacts: [],
    totals: {
      tables: 1,
      tablets: 1,
      files: sum('files'),
      bytes: sum('bytes'),
      uploadedBytes: sum('bytes'),
      reusedBytes: 0,
    },
    refersTo: [],
    store: { versioned: false, objectLock: false },
    ...more,
  };
}
