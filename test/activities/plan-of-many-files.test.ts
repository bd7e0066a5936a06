import { makePlanCopies } from '../../src/activities/control/backup/plan-copies';
import type { ControlDependencies } from '../../src/activities/control/dependencies';
import { KnownFiles } from '../../src/activities/node/known-files';
import { copyLine } from '../../src/activities/work-lines';
import {
  commitManifest,
  getWorkList,
  layout,
  putWorkList,
  readManifest,
  writeSegment,
  type ClusterStore,
  type SegmentLine,
  type SegmentRef,
} from '../../src/repository';
import { idOf, makeBackup } from '../repository/retention/kept-backups';
import { MemoryStore } from '../support/store/memory-store';

const NODES = ['a', 'b', 'c'].map((name) => ({ uuid: name.repeat(32), address: `${name}:9100` }));
const SNAPSHOT = '0b5f2a0e-9c2c-4f0a-8d0e-2f6a1c3b4d5e';
const FILES = 4;
const TABLETS_OF_LIST = 20;
const id = (n: number): string => (n + 1).toString(16).padStart(32, '0');
const nodeOf = (tablet: number) => NODES[tablet % NODES.length] as (typeof NODES)[number];

const SIZE = 10;
const BYTES = Buffer.alloc(SIZE);
const fileOf = (tablet: number, i: number, generation: number) => ({
  ...{ path: `${i}.sst`, size: SIZE * generation, mtimeNs: '1', birthtimeNs: '2' },
  inode: `${generation}${tablet * FILES + i}`,
});

/** A committed backup of as many tablets, its objects, and what the nodes have told for the next. */
async function worldOf(tablets: number) {
  const memory = new MemoryStore();
  memory.passes(2 * 24 * 3_600_000); // none of the backups is dated after the store's clock
  let requests = 0;
  const repository: ClusterStore = { store: memory.open(() => (requests += 1)), cluster: 'demo' };
  await makeBackup(repository, idOf(1), { own: ['1'] });
  const { header } = await readManifest(repository, idOf(1));
  const folder = { backupId: idOf(2), snapshotId: SNAPSHOT };
  const segments: SegmentRef[] = [];
  const listOf = new Map<number, number>();
  for (const node of NODES) {
    const own = Array.from({ length: tablets }, (_, t) => t).filter((t) => nodeOf(t) === node);
    for (let at = 0; at < own.length; at += TABLETS_OF_LIST) {
      const some = own.slice(at, at + TABLETS_OF_LIST);
      const lines = some.flatMap((t) =>
        Array.from({ length: FILES }, (_, i): SegmentLine => {
          const file = fileOf(t, i, 1);
          const object = layout.data('demo', folder, { tablet: id(t), peer: node.uuid }, file.path);
          memory.put(object, BYTES);
          const [{ etag } = { etag: '' }] = memory.listed(object);
          const stored = { sha256: 'a'.repeat(64), crc32: 'AAAAAA==', object, etag };
          return { tablet: id(t), table: id(0), peer: node.uuid, ...file, ...stored };
        }),
      );
      for (const t of some) listOf.set(t, segments.length);
      segments.push(await writeSegment(repository, { ...folder, node: node.uuid, n: segments.length, lines }));
    }
  }
  const files = tablets * FILES;
  await commitManifest(repository, {
    ...{ ...header, backupId: idOf(2), segments, tables: [{ id: id(0), name: 'orders', partitions: tablets }] },
    tablets: Array.from({ length: tablets }, (_, t) => ({
      ...{ id: id(t), table: id(0), peer: nodeOf(t).uuid, partition: { start: '', end: '' }, list: listOf.get(t) },
    })),
    totals: { tables: 1, tablets, files, bytes: files * SIZE, uploadedBytes: files * SIZE, reusedBytes: 0 },
  });
  const list = async (name: string, lines: object[]) =>
    await putWorkList(repository, { workflowId: 'w', name, lines, bytes: 0 });
  const all = Array.from({ length: tablets }, (_, t) => id(t));
  const replicas = all.map((tablet) => ({ tablet, table: id(0), files: FILES, bytes: 100, leader: false }));
  const input = {
    backup: { backupId: idOf(3), database: 'ysql.orders', chain: { workflowId: 'w' }, startedAt: '' },
    tablets: await list(
      'tablets',
      all.map((tablet) => ({ tablet, tables: [id(0)], partition: { start: '', end: '' } })),
    ),
    listings: await Promise.all(
      NODES.map(async (node) => ({ node, listing: await list(`listing-${node.address}`, replicas) })),
    ),
    ...{ tried: [], round: 1, incremental: true },
  };
  requests = 0;
  return { repository, input, requests: () => requests };
}

/** Plans a backup and decides about every file, a quarter of which has changed; says what that asks of the store. */
async function planned(tablets: number) {
  const { repository, input, requests } = await worldOf(tablets);
  const dependencies = { repository, config: { repository: {} } } as unknown as ControlDependencies;
  const { nodes } = await makePlanCopies(dependencies)(input as never);
  const planning = requests();
  const { signal } = new AbortController();
  const found = { tablets: 0, reused: 0, upload: 0 };
  for (const { node, batches } of nodes)
    for (const batch of batches) {
      const own = (await getWorkList(repository, batch.work, copyLine)).map(({ tablet }) => parseInt(tablet, 16) - 1);
      const known = await KnownFiles.read(repository, batch, new Set(own.map(id)), node.uuid);
      found.tablets += own.length;
      for (const t of own) {
        const files = Array.from({ length: FILES }, (_, i) => fileOf(t, i, i === 0 ? 2 : 1));
        const place = { directory: '/nowhere', within: '/nowhere' };
        const { reused, upload } = await known.choose(id(t), place, files, { signal });
        found.reused += reused.length;
        found.upload += upload.length;
      }
    }
  return { ...found, planning, deciding: requests() - planning };
}

describe('26.10: the plan of a backup of many files', () => {
  it('asks no more of the store for each file than that of few', async () => {
    const [few, many] = [await planned(120), await planned(480)];
    expect(many).toMatchObject({ tablets: 480, reused: 480 * (FILES - 1), upload: 480 });
    expect(many.planning).toBeLessThanOrEqual(few.planning + 2);
    // A listing for each tablet, each file list about once.
    expect(many.deciding / 480).toBeLessThanOrEqual(few.deciding / 120);
    expect(few.deciding).toBeLessThan(120 * 1.2);
  });
});
