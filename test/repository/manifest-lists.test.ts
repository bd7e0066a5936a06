import {
  commitManifest,
  isCommitted,
  layout,
  readFilesOf,
  readManifest,
  readTrustedWithoutLists,
  type ManifestHeader,
} from '../../src/repository';
import { MemoryStore } from '../support/store/memory-store';
import { idOf, makeBackup } from './retention/kept-backups';

const ID = 'ysql.orders-20261122T000000Z-5f3a91';
const hex = (n: number): string => n.toString(16).padStart(32, '0');

/** A backup of as many tablets, ten of each table. */
async function committed(tablets: number) {
  const memory = new MemoryStore();
  const repository = { store: memory.open(), cluster: 'demo' };
  await makeBackup(repository, idOf(1), { own: ['1'] });
  const { header: one } = await readManifest(repository, idOf(1));
  const [tablet] = one.tablets;
  const header: ManifestHeader = {
    ...{
      ...one,
      backupId: ID,
      segments: one.segments.map((list) => ({ ...list, key: list.key.replaceAll(idOf(1), ID) })),
    },
    tables: Array.from({ length: tablets / 10 }, (_, i) => ({
      id: hex(i),
      name: `table "${i}"\u2028`,
      partitions: 10,
    })),
    tablets: Array.from({ length: tablets }, (_, i) => ({
      ...{ id: hex(i), table: hex(Math.floor(i / 10)), peer: tablet?.peer ?? '' },
      ...{ partition: { start: '', end: '' }, list: 0 },
    })),
    totals: { ...one.totals, tables: tablets / 10, tablets },
  };
  const { sha256 } = await commitManifest(repository, header);
  const [manifest] = memory.listed(layout.manifest('demo', ID));
  return { memory, repository, header, sha256, bytes: manifest?.size ?? 0 };
}

describe('26.10: a manifest of many tablets', () => {
  it('is no larger than one of a few hundred, and has all of them', async () => {
    const [few, many] = [await committed(500), await committed(5_000)];
    expect(many.bytes).toBeLessThan(1.05 * few.bytes);
    const { header } = await readManifest(many.repository, ID, many.sha256);
    expect(header.tables).toEqual(many.header.tables);
    expect(header.tablets).toEqual(many.header.tablets);
    expect(header.artefacts.map(({ kind, count }) => [kind, count])).toEqual([
      ['tables', 500],
      ['tablets', 5_000],
    ]);
  });

  it('names them itself while they are few', async () => {
    const { repository, header } = await committed(90);
    expect((await readManifest(repository, ID)).header).toEqual(header);
    expect(header.artefacts).toEqual([]);
  });

  it('is committed again by a second attempt as the same', async () => {
    const { repository, header, sha256 } = await committed(500);
    expect(await commitManifest(repository, header)).toMatchObject({ sha256, committedNow: false });
  });

  it.each(['tables', 'tablets'])(
    'is refused with %s that are damaged or missing, and listed all the same',
    async (kind) => {
      const { memory, repository } = await committed(500);
      const key = memory.keys('clusters/demo/backups/').find((name) => name.includes(`/${kind}-`)) ?? '';
      memory.put(key, Buffer.from('others'));
      const damaged = { kind: 'ManifestInvalid', message: expect.stringContaining(`list of ${kind}`) as unknown };
      await expect(readManifest(repository, ID)).rejects.toMatchObject(damaged);
      await repository.store.delete([key]);
      await expect(readManifest(repository, ID)).rejects.toMatchObject(damaged);
      expect(await readTrustedWithoutLists(repository, ID)).toMatchObject({ header: { totals: { tablets: 500 } } });
      expect(await isCommitted(repository, ID)).toBe(true);
    },
  );

  it('is not committed with a tablet twice', async () => {
    const { repository, header } = await committed(500);
    const [first] = header.tablets;
    const twice = {
      ...header,
      backupId: idOf(2),
      tablets: [...header.tablets.slice(1), ...(first ? [first, first] : [])],
    };
    await expect(commitManifest(repository, twice)).rejects.toMatchObject({ kind: 'ManifestInvalid' });
  });

  it('lists files of its own tablets alone', async () => {
    const { repository, header } = await committed(500);
    const files = readFilesOf(repository, (await readManifest(repository, header.backupId)).header);
    await expect(files.next()).rejects.toMatchObject({ kind: 'ManifestInvalid' });
  });
});
