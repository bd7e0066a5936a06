import {
  closeIntent,
  commitManifest,
  layout,
  listBackups,
  writeIntent,
  writeSegment,
  writeTombstone,
  type ClusterStore,
  type ManifestHeader,
  type SegmentLine,
} from '../../../src/repository';
import { MemoryStore } from '../../support/store/memory-store';

export const HOUR = 3_600_000;
export const DAY = 24 * HOUR;
export const OPTIONS = { graceMs: 7 * DAY, maxRunTimeMs: 3 * DAY };

const SNAPSHOT = '0b5f2a0e-9c2c-4f0a-8d0e-2f6a1c3b4d5e';
const [TABLET, PEER, TABLE] = ['1'.repeat(32), 'a'.repeat(32), '00004000000030008000000000004001'] as const;
/** Ids in order of time. */
export const idOf = (n: number): string => `ysql.orders-202611${String(n).padStart(2, '0')}T000000Z-00000${n % 10}`;

/** Key of one file of a backup. */
export const fileOf = (backupId: string, path: string): string =>
  layout.data('demo', { backupId, snapshotId: SNAPSHOT }, { tablet: TABLET, peer: PEER }, path);

/** Begins a backup: its protection record and its data. */
export async function beginBackup(repository: ClusterStore, backupId: string, paths: readonly string[]): Promise<void> {
  await writeIntent(repository, {
    format: 1,
    ...{ backupId, cluster: 'demo', database: 'ysql.orders', workflowId: `w/${backupId}`, firstRunId: backupId },
    ...{ startedAt: '2026-11-01T00:00:00.000Z', kalpaVersion: '0.1.0' },
  });
  for (const path of paths) await repository.store.create(fileOf(backupId, path), Buffer.from(`${backupId} ${path}`));
}

/** Commits it, with files of its own and of others. */
export async function endBackup(
  repository: ClusterStore,
  backupId: string,
  { own, others = {} }: { own: readonly string[]; others?: Record<string, readonly string[]> },
): Promise<void> {
  const objects = [
    ...own.map((path) => ({ path, object: fileOf(backupId, path) })),
    ...Object.entries(others).flatMap(([owner, paths]) =>
      paths.map((path) => ({ path: `${path}.of-${owner.slice(-6)}`, object: fileOf(owner, path), backup: owner })),
    ),
  ];
  const lines = objects.map((object): SegmentLine => ({
    ...{ tablet: TABLET, table: TABLE, peer: PEER, size: 10, ...object },
    ...{ mtimeNs: '1', inode: '2', birthtimeNs: '3', sha256: 'a'.repeat(64), crc32: 'AAAAAA==', etag: '"e"' },
  }));
  const segment = await writeSegment(repository, { backupId, snapshotId: SNAPSHOT, node: 'n1', n: 0, lines });
  const refersTo = Object.entries(others).map(([owner, paths]) => ({
    ...{ backupId: owner, files: paths.length, bytes: 10 * paths.length },
  }));
  await commitManifest(repository, headerOf(backupId, segment, refersTo));
}

export async function makeBackup(
  repository: ClusterStore,
  backupId: string,
  files: { own: readonly string[]; others?: Record<string, readonly string[]> },
): Promise<void> {
  await beginBackup(repository, backupId, files.own);
  await endBackup(repository, backupId, files);
}

export const failBackup = async (repository: ClusterStore, backupId: string): Promise<void> => {
  await closeIntent(repository, { backupId, end: 'failed' });
};

function headerOf(
  backupId: string,
  segment: ManifestHeader['segments'][number],
  refersTo: ManifestHeader['refersTo'],
): ManifestHeader {
  const { files, bytes } = segment;
  const reusedBytes = refersTo.reduce((sum, one) => sum + one.bytes, 0);
  return {
    ...{ format: 1, backupId, cluster: 'demo', universeId: 'u', database: 'ysql.orders' },
    ...{
      startedAt: '2026-11-01T00:00:00.000Z',
      yugabyteVersion: '2025.1.1.0',
      dialect: '2025.1',
      kalpaVersion: '0.1.0',
    },
    ...{ replicationFactor: 1, recoveryPoint: '2026-11-01T00:00:09.123456Z', hybridTime: '1795312809123456' },
    snapshotId: SNAPSHOT,
    tables: [{ id: TABLE, name: 'orders', schema: 'public', partitions: 1 }],
    tablets: [{ id: TABLET, table: TABLE, peer: PEER, partition: { start: '', end: '' } }],
    ...{ invalidIndexes: [], roles: [], tablespaces: [], extensions: [], segments: [segment], artefacts: [] },
    totals: { tables: 1, tablets: 1, files, bytes, uploadedBytes: bytes - reusedBytes, reusedBytes },
    refersTo,
    store: { versioned: false, objectLock: false },
  };
}

export const said = { reason: 'not needed any more', by: 'ines' };
export const tombstone = async (repository: ClusterStore, id: string) =>
  await writeTombstone(repository, { kind: 'backup', id, ...said });
export const stateOf = async (repository: ClusterStore, id: string) =>
  (await listBackups(repository)).find(({ backupId }) => backupId === id)?.state;

/** The first has two files, one of which the second needs; the third needs and is needed by none. */
export async function three(memory = new MemoryStore()): Promise<{ memory: MemoryStore; repository: ClusterStore }> {
  const repository = { store: memory.open(), cluster: 'demo' };
  const [A, B, C] = [idOf(1), idOf(2), idOf(3)];
  await makeBackup(repository, A, { own: ['1', '2'] });
  await makeBackup(repository, B, { own: ['3'], others: { [A]: ['2'] } });
  await makeBackup(repository, C, { own: ['4'] });
  return { memory, repository };
}
