import {
  checkCompleteness,
  type ClusterStore,
  commitManifest,
  findBases,
  layout,
  type ManifestHeader,
  readFilesOf,
  readManifest,
  readSegment,
  readSegments,
  type SegmentLine,
  type SegmentRef,
  writeSegment,
  writeVerification,
} from '../../src/repository';
import { MemoryStore } from '../support/store/memory-store';
import { folder, header, line, OF, PEER_1, PEER_2, T1, T2, T9, TABLE } from './manifest-parts';

const AFTER_THE_BACKUPS_MS = 30 * 24 * 3_600_000;

/** An empty repository whose clock is past the dates of the backups. */
function fresh(): ClusterStore {
  const memory = new MemoryStore();
  memory.passes(AFTER_THE_BACKUPS_MS);
  return { store: memory.open(), cluster: 'demo' };
}

describe('26.1: the known files of earlier backups', () => {
  const at = (minute: number) => `ysql.orders-20261122T02${String(minute).padStart(2, '0')}00Z-3fa9c1`;
  const tablet = (id: string, peer: string, list?: number): ManifestHeader['tablets'][number] => ({
    ...{ id, table: TABLE, peer, partition: { start: '', end: '' } },
    ...(list === undefined ? {} : { list }),
  });
  /** A backup of these tablets, each in a list of its own. */
  async function backUp(repository: ClusterStore, id: string, tablets: [id: string, peer: string][], listed = true) {
    const own = { ...folder, backupId: id };
    const segments: SegmentRef[] = [];
    for (const [n, [of, peer]] of tablets.entries()) {
      const object = layout.data('demo', own, { tablet: of, peer }, '000010.sst');
      const lines = [line(of, '000010.sst', { peer, object })];
      segments.push(await writeSegment(repository, { ...own, node: `n${n}`, n, lines }));
    }
    const sorted = [...segments].sort((a, b) => (a.key < b.key ? -1 : 1));
    const named = tablets.map(([of, peer], n) => tablet(of, peer, listed ? sorted.indexOf(segments[n]!) : undefined));
    const base = header(sorted, { backupId: id, tablets: named });
    await commitManifest(repository, { ...base, totals: { ...base.totals, tablets: tablets.length } });
  }
  const wanted = { database: 'ysql.orders', tablets: new Set([T1, T2]) };

  it('are those of the newest one, and of older ones for tablets that it lacks', async () => {
    const repository = fresh();
    await backUp(repository, at(1), [
      [T1, PEER_1],
      [T2, PEER_2],
      [T9, PEER_1],
    ]);
    await backUp(repository, at(2), [[T1, PEER_2]]);
    const bases = await findBases(repository, wanted);
    expect(bases.backups).toEqual([at(2), at(1)]);
    expect(bases.passedOver).toEqual([]);
    expect([...bases.tablets].map(([id, { backupId: of, peer }]) => [id, of, peer])).toEqual([
      [T1, at(2), PEER_2],
      [T2, at(1), PEER_2],
    ]);
    for (const [id, { list }] of bases.tablets)
      expect((await readSegment(repository, list)).map((one) => one.tablet)).toEqual([id]);
  });

  it('39: never come from a backup that is deleted, damaged, found bad or of an older form; all but the deleted one are named', async () => {
    const repository = fresh();
    await backUp(repository, at(1), [[T1, PEER_1]]);
    await backUp(repository, at(2), [[T2, PEER_1]], false);
    await backUp(repository, at(3), [[T1, PEER_2]]);
    await repository.store.create(layout.tombstone('demo', at(3)), Buffer.from('{}'));
    await backUp(repository, at(4), [[T1, PEER_2]]);
    await writeVerification(repository, {
      ...{ format: 1, backupId: at(4), level: 'full', ok: false },
      ...{ verifiedAt: '2026-11-22T03:00:00.000Z', problems: ['a file is damaged'] },
    });
    const bases = await findBases(repository, wanted);
    expect([...bases.tablets.keys()]).toEqual([T1]);
    expect(bases.backups).toEqual([at(1)]);
    expect(bases.passedOver).toEqual([expect.stringMatching(`^${at(4)}: the verification of 2026-11-22T03:00:00Z`)]);

    const damaged = fresh();
    await backUp(damaged, at(1), [[T1, PEER_1]]);
    await damaged.store.create(layout.manifest('demo', at(2)), Buffer.from('{ "format": 1 }'));
    const others = await findBases(damaged, wanted);
    expect(others.backups).toEqual([at(1)]);
    expect(others.passedOver).toEqual([expect.stringContaining(layout.manifest('demo', at(2)))]);
  });

  it('are recorded as bytes per owner, and a manifest whose sums don’t match is refused', async () => {
    const repository = fresh();
    const own = layout.data('demo', { ...folder, backupId: at(1) }, { tablet: T1, peer: PEER_1 }, 'a');
    const lines = [line(T1, 'a', { object: own, backup: at(1), size: 7 }), line(T1, 'b')];
    const segment = await writeSegment(repository, { ...folder, node: 'n1', n: 0, lines });
    const found = await checkCompleteness([T1], readSegments(repository, [segment]), OF);
    expect(found.refersTo).toEqual([{ backupId: at(1), files: 1, bytes: 7 }]);
    const pack = { object: own, backup: at(1), packBytes: 20 };
    const packed = [line(T1, 'a', { ...pack, offset: 0, size: 7 }), line(T1, 'b', { ...pack, offset: 7, size: 6 })];
    expect((await checkCompleteness([T1], [packed], OF)).refersTo).toEqual([
      { backupId: at(1), files: 2, bytes: 13, unusedBytes: 7 }, // the pack is kept whole, once
    ]);
    const base = header([segment], { refersTo: found.refersTo });
    await expect(commitManifest(repository, base)).rejects.toThrow(/17 bytes 17 are new and 0 of earlier backups/);
    await commitManifest(repository, { ...base, totals: { ...base.totals, uploadedBytes: 10, reusedBytes: 7 } });
    const { header: read } = await readManifest(repository, folder.backupId);
    const files: SegmentLine[] = [];
    for await (const one of readFilesOf(repository, read)) files.push(one);
    expect(files.map(({ object }) => object)).toEqual([own, line(T1, 'b').object]);
  });
});
