import { asyncLocalStorage, type Context } from '@temporalio/activity';
import fc from 'fast-check';
import type { ControlDependencies } from '../../src/activities/control/dependencies';
import { makePlanPlacement, type PlanPlacementInput } from '../../src/activities/control/restore/plan-placement';
import { placeLine } from '../../src/activities/work-lines';
import {
  getWorkList,
  layout,
  manifestBytes,
  putWorkList,
  readManifest,
  writeSegment,
  type ClusterStore,
  type SegmentLine,
} from '../../src/repository';
import { fileOf, idOf, makeBackup } from '../repository/retention/kept-backups';
import { MemoryStore } from '../support/store/memory-store';

const BACKUP = idOf(2);
const SNAPSHOT = '0b5f2a0e-9c2c-4f0a-8d0e-2f6a1c3b4d5e';
const PEER = 'a'.repeat(32);
const old = (n: number): string => n.toString(16).padStart(32, '0');
const fresh = (n: number): string => n.toString(16).padStart(32, 'f');
const uuid = (n: number): string => (n + 1).toString(16).repeat(32);

/** `lists[i]`: tablets by number, with how many files each. Tablet n has replicas on three of the nodes. */
async function world(lists: readonly (readonly [tablet: number, files: number])[][], nodes: number) {
  const memory = new MemoryStore();
  const repository: ClusterStore = { store: memory.open(), cluster: 'demo' };
  await makeBackup(repository, idOf(1), { own: ['1'] });
  const { header } = await readManifest(repository, idOf(1));
  const [first] = header.segments;
  if (!first) throw new Error('a backup without a list');
  const folder = fileOf(BACKUP, 'f');
  const lineOf = (tablet: number, file: number): SegmentLine => ({
    ...{ tablet: old(tablet), table: header.tables[0]?.id ?? '', peer: PEER, path: `${file}.sst`, size: 10 + file },
    object: `${folder}/${tablet}/${file}`,
    ...{ mtimeNs: '1', inode: '2', birthtimeNs: '3', sha256: 'b'.repeat(64), crc32: 'AAAAAA==', etag: '"e"' },
  });
  const all = lists.map((list) =>
    list.flatMap(([tablet, files]) => Array.from({ length: files }, (_, file) => lineOf(tablet, file))),
  );
  const segments = await Promise.all(
    all.map(
      async (lines, n) =>
        await writeSegment(repository, { backupId: BACKUP, snapshotId: SNAPSHOT, node: 'n1', n, lines }),
    ),
  );
  const tablets = lists.flatMap((list, n) => list.map(([tablet]) => ({ tablet, list: n })));
  const bytes = all.flat().reduce((sum, { size }) => sum + size, 0);
  const manifest = manifestBytes('demo', {
    ...{ ...header, backupId: BACKUP, segments },
    tablets: tablets.map(({ tablet, list }) => ({
      ...{ id: old(tablet), table: header.tables[0]?.id ?? '', peer: PEER, list },
      partition: { start: '', end: '' },
    })),
    totals: {
      ...header.totals,
      ...{ tablets: tablets.length, files: all.flat().length, bytes, uploadedBytes: bytes, reusedBytes: 0 },
    },
  });
  memory.put(layout.manifest('demo', BACKUP), manifest);
  const { sha256 } = await readManifest(repository, BACKUP);
  const replicasOf = (tablet: number): string[] =>
    [0, 1, 2].slice(0, nodes).map((replica) => uuid((tablet + replica) % nodes));
  const tabletMap = await putWorkList(repository, {
    ...{ workflowId: 'w', name: 'map', bytes: 0 },
    lines: tablets.map(({ tablet }) => ({ oldTablet: old(tablet), newTablet: fresh(tablet) })).reverse(),
  });
  const dependencies = {
    ...{ repository, timing: { leaseTime: 60_000 } },
    yugabyte: () => ({
      http: {
        dumpEntities: async () =>
          await Promise.resolve({
            tablets: tablets.map(({ tablet }) => ({
              id: fresh(tablet),
              replicas: replicasOf(tablet).map((tserverUuid) => ({ tserverUuid })),
            })),
          }),
      },
      tservers: async () =>
        await Promise.resolve(Array.from({ length: nodes }, (_, n) => ({ uuid: uuid(n), address: `n${n}:9100` }))),
    }),
  } as unknown as ControlDependencies;
  const input = {
    backup: { backupId: BACKUP, cluster: 'demo', manifestSha256: sha256, chain: { workflowId: 'w' } },
    ...{ imported: { snapshotId: 's', tabletMap }, round: 1 },
  } as unknown as PlanPlacementInput;
  const context = { info: { workflowExecution: { workflowId: 'w' } } } as unknown as Context;
  const plan = async () =>
    await asyncLocalStorage.run(context, async () => await makePlanPlacement(dependencies)(input));
  return { memory, repository, plan, all: all.flat(), tablets, replicasOf };
}

describe('27.5: the plan of a restore', () => {
  it('has every file of each old tablet on each replica of its new tablet once, whatever the lists', async () => {
    const list = fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(
        fc.array(list, { minLength: 1, maxLength: 5 }),
        fc.integer({ min: 1, max: 5 }),
        async (sizes, nodes) => {
          let n = 0;
          const { plan, repository, all, replicasOf } = await world(
            sizes.map((of) => of.map((files) => [(n += 1), files] as const)),
            nodes,
          );
          const planned = await plan();
          const found: string[] = [];
          for (const { node, batches, files, bytes } of planned.nodes) {
            const lines = (
              await Promise.all(batches.map(async ({ work }) => await getWorkList(repository, work, placeLine)))
            ).flat();
            expect(lines).toHaveLength(files);
            expect(lines.reduce((sum, { size }) => sum + size, 0)).toBe(bytes);
            found.push(...lines.map(({ tablet, path, object }) => [node.uuid, tablet, path, object].join(' ')));
          }
          const wanted = all.flatMap(({ tablet, path, object }) => {
            const number = parseInt(tablet, 16);
            return replicasOf(number).map((at) => [at, fresh(number), path, object].join(' '));
          });
          expect(found.sort()).toEqual(wanted.sort());
        },
      ),
      { numRuns: 40 },
    );
  });

  it('is the same when it is made again: a reply that was lost costs nothing', async () => {
    const { plan, memory } = await world([[[1, 3] as const, [2, 2] as const], [[3, 4] as const]], 3);
    const first = await plan();
    const before = memory.keys().filter((key) => key.includes('/work/'));
    expect(await plan()).toEqual(first);
    expect(memory.keys().filter((key) => key.includes('/work/'))).toEqual(before);
  });

  it('writes the first batches before the last lists are read: it does not hold all files at once', async () => {
    const LISTS = 6;
    const { plan, memory } = await world(
      Array.from({ length: LISTS }, (_, i) => [[2 * i + 1, 1_050] as const, [2 * i + 2, 1_050] as const]),
      3,
    );
    const order: string[] = [];
    memory.before = (operation, key) => {
      if (operation === 'create' && key.includes('/work/')) order.push('written');
      if (operation === 'read' && key.includes('/files/')) order.push('read');
    };
    const { nodes } = await plan();
    const batches = nodes.reduce((sum, node) => sum + node.batches.length, 0);
    expect(batches).toBeGreaterThan(LISTS);
    const second = order.slice(LISTS); // after the first time, when they are counted
    const lastRead = second.lastIndexOf('read');
    expect(second.slice(0, lastRead).filter((what) => what === 'written').length).toBeGreaterThan(batches / 2);
  });
});
