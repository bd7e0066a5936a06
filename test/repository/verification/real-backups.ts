import { crc32 } from 'node:zlib';
import {
  commitManifest,
  layout,
  ownerOfKey,
  relativeToCluster,
  writeIntent,
  writeSegment,
  type ClusterStore,
  type ManifestHeader,
  type SegmentLine,
} from '../../../src/repository';
import { crc32Base64, sha256Of } from '../../../src/transfer';

const SNAPSHOT = '0b5f2a0e-9c2c-4f0a-8d0e-2f6a1c3b4d5e';
const [TABLET, PEER, TABLE] = ['1'.repeat(32), 'a'.repeat(32), '00004000000030008000000000004001'] as const;

/** Ids in order of time. */
export const idOf = (n: number, database = 'ysql.orders'): string =>
  `${database}-202611${String(n).padStart(2, '0')}T000000Z-00000${n % 10}`;

/** What a backup of the tests holds: files of its own, small ones of them in a pack, and files of others. */
export interface Content {
  own?: Record<string, string>;
  packed?: Record<string, string>;
  /** Lines of earlier backups that it refers to. */
  refers?: readonly SegmentLine[];
  /** Of files that stand on a disk: what tells that they are the same. */
  same?: Record<string, Partial<SegmentLine>>;
}

/** A committed backup whose every hash is right. */
export async function makeRealBackup(
  repository: ClusterStore,
  backupId: string,
  { own = {}, packed = {}, refers = [], same = {} }: Content,
): Promise<SegmentLine[]> {
  const { cluster, store } = repository;
  const folder = { backupId, snapshotId: SNAPSHOT };
  const replica = { tablet: TABLET, peer: PEER };
  const database = backupId.replace(/-2026.*/, '');
  await writeIntent(repository, {
    ...{ format: 1, backupId, cluster, database, workflowId: `w/${backupId}`, firstRunId: backupId },
    ...{ startedAt: '2026-11-01T00:00:00.000Z', kalpaVersion: '0.1.0' },
  });
  const line = (path: string, content: string, object: string, etag: string): SegmentLine => ({
    ...{ ...replica, table: TABLE, path, size: Buffer.byteLength(content) },
    ...{ mtimeNs: '1', inode: '2', birthtimeNs: '3', sha256: sha256Of(Buffer.from(content)) },
    ...{ crc32: crc32Base64(crc32(content)), object, etag },
    ...same[path],
  });
  const lines: SegmentLine[] = [];
  for (const [path, content] of Object.entries(own)) {
    const object = layout.data(cluster, folder, replica, path);
    const { etag } = await store.create(object, Buffer.from(content));
    lines.push(line(path, content, object, etag));
  }
  if (Object.keys(packed).length > 0) {
    const pack = Buffer.from(Object.values(packed).join(''));
    const object = layout.pack(cluster, folder, replica, 1, sha256Of(pack).slice(0, 16));
    const { etag } = await store.create(object, pack);
    let offset = 0;
    for (const [path, content] of Object.entries(packed)) {
      lines.push({ ...line(path, content, object, etag), offset });
      offset += Buffer.byteLength(content);
    }
  }
  const others = refers.map((one) => ({ ...one, backup: ownerOfKey(relativeToCluster(cluster, one.object)) }));
  const segment = await writeSegment(repository, { ...folder, node: 'n1', n: 0, lines: [...lines, ...others] });
  const refersTo = new Map<string, { backupId: string; files: number; bytes: number }>();
  for (const { backup, size } of others) {
    const one = refersTo.get(backup) ?? { backupId: backup, files: 0, bytes: 0 };
    refersTo.set(backup, { ...one, files: one.files + 1, bytes: one.bytes + size });
  }
  const reusedBytes = [...refersTo.values()].reduce((sum, { bytes }) => sum + bytes, 0);
  const { files, bytes } = segment;
  const header: ManifestHeader = {
    ...{ format: 1, backupId, cluster, universeId: 'u', database, startedAt: '2026-11-01T00:00:00.000Z' },
    ...{ yugabyteVersion: '2025.1.1.0', dialect: '2025.1', kalpaVersion: '0.1.0', replicationFactor: 1 },
    ...{ recoveryPoint: '2026-11-01T00:00:09.123456Z', hybridTime: '1795312809123456', snapshotId: SNAPSHOT },
    tables: [{ id: TABLE, name: 'orders', schema: 'public', partitions: 1 }],
    tablets: [{ id: TABLET, table: TABLE, peer: PEER, partition: { start: '', end: '' }, list: 0 }],
    ...{ invalidIndexes: [], roles: [], tablespaces: [], extensions: [], segments: [segment], artefacts: [] },
    totals: { tables: 1, tablets: 1, files, bytes, uploadedBytes: bytes - reusedBytes, reusedBytes },
    refersTo: [...refersTo.values()].sort((a, b) => (a.backupId < b.backupId ? -1 : 1)),
    store: { versioned: false, objectLock: false },
  };
  await commitManifest(repository, header);
  return [...lines, ...others];
}
