import { chooseFiles, ownerOfKey, type SegmentLine } from '../../src/repository';
import type { SourceFile } from '../../src/transfer';

const MIB = 1024 * 1024;
const KEY = 'backups/ysql.orders-20261122T020007Z-3fa9c1/s/data/t.p';
const PACK = 'backups/ysql.orders-20261122T020007Z-3fa9c1/s/packs/t.p/0-aaaa.pack';

const file = (path: string, more: Partial<SourceFile> = {}): SourceFile => ({
  ...{ path, size: 9 * MIB, mtimeNs: '100', inode: '7', birthtimeNs: '90', ...more },
});
const line = (of: SourceFile, more: Partial<SegmentLine> = {}): SegmentLine => ({
  ...{ tablet: '1'.repeat(32), table: '2'.repeat(32), peer: '3'.repeat(32) },
  ...{ ...of, sha256: 'a'.repeat(64), crc32: 'AAAA', object: `${KEY}/${of.path}`, etag: '"e"' },
  ...more,
});

/** What is chosen of files when the bucket holds these lines' objects. */
async function choose(
  files: SourceFile[],
  lines: SegmentLine[],
  { objects, hash = 'other' }: { objects?: Record<string, { size: number; etag: string }>; hash?: string } = {},
) {
  const hashed: string[] = [];
  const there = objects ?? Object.fromEntries(lines.map(({ object, size, etag }) => [object, { size, etag }]));
  const chosen = await chooseFiles({
    files,
    known: new Map(lines.map((one) => [one.path, one])),
    objectOf: (key) => there[key],
    hashOf: async ({ path }) => {
      hashed.push(path);
      return await Promise.resolve(hash);
    },
    ownerOf: ownerOfKey,
  });
  const paths = (of: { path: string }[]): string[] => of.map(({ path }) => path);
  return {
    chosen,
    hashed,
    reused: paths(chosen.reused),
    upload: paths(chosen.upload),
    gone: paths(chosen.missing),
  };
}

describe('26.1: a file is known', () => {
  const sst = file('000012.sst.sblock.0');

  it('when it is the same file that was copied, and then its line names the backup that owns the object', async () => {
    const { chosen, hashed } = await choose([sst], [line(sst, { versionId: 'v1', lockedUntil: '2027-01-01' })]);
    expect(hashed).toEqual([]);
    expect(chosen.upload).toEqual([]);
    expect(chosen.reused).toEqual([
      {
        ...line(sst, { versionId: 'v1', lockedUntil: '2027-01-01' }),
        backup: 'ysql.orders-20261122T020007Z-3fa9c1',
      },
    ]);
  });

  it.each<[what: string, now: SourceFile, then: Partial<SegmentLine>]>([
    ['of another inode', sst, { inode: '8' }],
    ['changed since', sst, { mtimeNs: '101' }],
    ['of another birth: the inode was used again', sst, { birthtimeNs: '91' }],
    ['of another size', sst, { size: 9 * MIB + 1 }],
    ['without a birth time', { ...sst, birthtimeNs: '0' }, { birthtimeNs: '0' }],
    ['that RocksDB may write to again', file('MANIFEST-000011'), {}],
    ['with the name of a table file inside another name', file('x000012.sst'), {}],
  ])('but not when it is one %s', async (_what, now, then) => {
    const { reused, upload, gone, hashed } = await choose([now], [line({ ...now, ...(then as object) })]);
    expect({ reused, upload, gone, hashed }).toEqual({ reused: [], upload: [now.path], gone: [], hashed: [] });
  });

  it('by its content where it is small: each snapshot writes MANIFEST and CURRENT again', async () => {
    const now = file('CURRENT', { size: 16, inode: '8', mtimeNs: '200', birthtimeNs: '200' });
    const then = line(file('CURRENT', { size: 16 }));
    expect(await choose([now], [then], { hash: then.sha256 })).toMatchObject({
      reused: ['CURRENT'],
      hashed: ['CURRENT'],
    });
    expect(await choose([now], [then])).toMatchObject({ reused: [], upload: ['CURRENT'], hashed: ['CURRENT'] });
    const { chosen } = await choose([now], [then], { hash: then.sha256 });
    expect(chosen.reused[0]).toMatchObject({ inode: '8', mtimeNs: '200', object: then.object });
  });

  it('39: when its object is unchanged; otherwise the file is uploaded, and reported', async () => {
    for (const objects of [
      {},
      { [`${KEY}/${sst.path}`]: { size: sst.size - 1, etag: '"e"' } },
      { [`${KEY}/${sst.path}`]: { size: sst.size, etag: '"another"' } },
    ])
      expect(await choose([sst], [line(sst)], { objects })).toMatchObject({
        ...{ reused: [], upload: [sst.path], gone: [sst.path] },
      });
    const unquoted = { [`${KEY}/${sst.path}`]: { size: sst.size, etag: 'e' } };
    expect(await choose([sst], [line(sst)], { objects: unquoted })).toMatchObject({ reused: [sst.path], gone: [] });
  });

  it('in a pack as long as half of it is used: below, the dead bytes that it keeps are more than an upload', async () => {
    const [a, b] = [file('000001.sst', { size: 300 }), file('000002.sst', { size: 200 })];
    const lines = [line(a, { object: PACK, offset: 0 }), line(b, { object: PACK, offset: 300 })];
    const pack = (size: number) => ({ objects: { [PACK]: { size, etag: '"e"' } } });
    expect(await choose([a, b], lines, pack(1_000))).toMatchObject({ reused: [a.path, b.path], upload: [] });
    expect(await choose([a, b], lines, pack(1_001))).toMatchObject({ reused: [], upload: [a.path, b.path], gone: [] });
    expect(await choose([a], lines, pack(600))).toMatchObject({ reused: [a.path], upload: [] });
    expect(await choose([b], lines, pack(500))).toMatchObject({ reused: [], upload: [b.path] });
    // Cut short: what stands behind its end is gone.
    expect(await choose([a, b], lines, pack(400))).toMatchObject({ reused: [a.path], gone: [b.path] });
  });
});
