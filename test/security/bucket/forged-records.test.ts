import { mkdir, readdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import {
  commitManifest,
  isRepositoryError,
  layout,
  openRepository,
  readFilesOf,
  readManifest,
  writeSegment,
  type ClusterStore,
  type ManifestHeader,
  type SegmentLine,
  type SegmentRef,
} from '../../../src/repository';
import { copyLine, placeLine, tabletMapLine } from '../../../src/activities/work-lines';
import {
  createTransferEngine,
  PathRefused,
  sha256Of,
  TargetRefused,
  TransferLimits,
  type ObjectStore,
} from '../../../src/transfer';
import { snapshotDirectory } from '../../../src/yugabyte';
import { temporaryFolder } from '../../suites/temporary-folder';
import { runs } from '../../support/matrix';

const folder = { backupId: 'ysql.orders-20261122T020007Z-3fa9c1', snapshotId: '0b5f2a0e-9c2c-4f0a-8d0e-2f6a1c3b4d5e' };
const [T1, T2] = ['1'.repeat(32), '2'.repeat(32)] as const;
const [PEER, OTHER_PEER] = ['a'.repeat(32), 'b'.repeat(32)] as const;
const TABLE = '00004000000030008000000000004001';
/** What was run against the product: it wrote a file anywhere on every node. */
const UP = `${'../'.repeat(40)}etc/cron.d/kalpa`;

/** A bucket that someone else writes to as well: in memory, with nothing but create, read and overwrite. */
class Bucket {
  readonly objects = new Map<string, Buffer>();
  readonly store = {
    location: 's3://bucket',
    create: (key: string, bytes: Buffer) => {
      this.objects.set(key, bytes);
      return Promise.resolve({ etag: '"e"' });
    },
    read: (key: string) => Promise.resolve(this.objects.get(key) ?? Buffer.alloc(0)),
  } as unknown as ObjectStore;
}

const line = (tablet: string, path: string, more: Partial<SegmentLine> = {}): SegmentLine => ({
  tablet,
  table: TABLE,
  peer: PEER,
  path,
  size: 10,
  mtimeNs: '1',
  inode: '2',
  birthtimeNs: '3',
  sha256: 'a'.repeat(64),
  crc32: 'AAAAAA==',
  object: layout.data('demo', folder, { tablet: /^\d{32}$/.test(tablet) ? tablet : T1, peer: PEER }, path || 'x'),
  etag: '"e"',
  ...more,
});

const whole = (): SegmentLine[] => [line(T1, 'CURRENT'), line(T1, 'intents/CURRENT'), line(T2, 'CURRENT')];

/** A backup as a forger writes it: every hash, count and size fits, whatever the lines say. */
async function forge(lists: SegmentLine[][], change: (header: ManifestHeader) => object = () => ({})) {
  const bucket = new Bucket();
  const repository: ClusterStore = openRepository({ store: bucket.store, cluster: 'demo' });
  const segments: SegmentRef[] = [];
  for (const [n, lines] of lists.entries())
    segments.push(await writeSegment(repository, { ...folder, node: 'n1', n, lines }));
  const sum = (key: 'files' | 'bytes'): number => segments.reduce((total, one) => total + one[key], 0);
  const header: ManifestHeader = {
    format: 1,
    backupId: folder.backupId,
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
    tables: [{ id: TABLE, name: 'orders', schema: 'public', partitions: 2, rows: 3 }],
    invalidIndexes: [],
    tablets: [T1, T2].map((id) => ({ id, table: TABLE, peer: PEER, partition: { start: '', end: '' } })),
    roles: [],
    tablespaces: [],
    extensions: [],
    segments,
    artefacts: [],
    totals: {
      tables: 1,
      tablets: 2,
      files: sum('files'),
      bytes: sum('bytes'),
      uploadedBytes: sum('bytes'),
      reusedBytes: 0,
    },
    refersTo: [],
    store: { versioned: false, objectLock: false },
  };
  await commitManifest(repository, header);
  const key = layout.manifest('demo', folder.backupId);
  const written = JSON.parse(String(bucket.objects.get(key))) as ManifestHeader;
  bucket.objects.set(key, Buffer.from(JSON.stringify({ ...written, ...change(written) })));
  return { bucket, repository, key };
}

async function filesOf(repository: ClusterStore): Promise<SegmentLine[]> {
  const { header } = await readManifest(repository, folder.backupId);
  const files: SegmentLine[] = [];
  for await (const file of readFilesOf(repository, header)) files.push(file);
  return files;
}

it('23.3: an honest backup is read as it was written', async () => {
  const { repository } = await forge([whole()]);
  expect(await filesOf(repository)).toEqual(whole());
  const { repository: split } = await forge([[line(T2, 'CURRENT')], [line(T1, 'CURRENT')]]);
  expect((await filesOf(split)).map(({ tablet }) => tablet)).toEqual([T2, T1]);
});

describe('23.3: a forged file list is refused before anything is done with it:', () => {
  const { object } = line(T1, 'CURRENT');
  it.each<[string, SegmentLine[][], string]>([
    ['a path that leads up', [[...whole(), line(T1, UP)]], 'not a path inside a snapshot directory'],
    ['an absolute path', [[...whole(), line(T1, '/etc/passwd')]], 'not a path inside a snapshot directory'],
    ['an empty path', [[...whole(), line(T1, '')]], 'not a path inside a snapshot directory'],
    ['a path through itself', [[...whole(), line(T1, 'intents/./CURRENT')]], 'not a path inside a snapshot directory'],
    ['a path of control characters', [[...whole(), line(T1, 'a\u001b[2Jb')]], 'not a path inside a snapshot directory'],
    ['a tablet that is a path', [[...whole(), line('../x', 'a', { object })]], 'not a tablet id'],
    ['a table that is a path', [[...whole(), line(T1, 'a', { table: `${TABLE}/../x` })]], 'not a table id'],
    ['a peer that is a path', [[...whole(), line(T1, 'a', { peer: '..' })]], "not a tserver's uuid"],
    ['a negative size', [[...whole(), line(T1, 'a', { size: -10 })]], 'size'],
    ['half a byte', [[...whole(), line(T1, 'a', { size: 0.5 }), line(T1, 'b', { size: 0.5 })]], 'size'],
    ['an offset before the object', [[...whole(), line(T1, 'a', { offset: -1 })]], 'offset'],
    ['a path named twice', [[...whole(), line(T1, 'CURRENT')]], 'is named twice'],
    ['files of two replicas', [[...whole(), line(T1, 'a', { peer: OTHER_PEER })]], 'files of another replica'],
    ['a tablet that the manifest lacks', [[...whole(), line('9'.repeat(32), 'a')]], 'does not belong to it'],
    ['a tablet in two lists', [whole(), [line(T1, 'a')]], 'is in two lists'],
    ['a tablet without files', [[line(T1, 'CURRENT')]], `tablet ${T2} has no file`],
    [
      "an object of someone else's backup",
      [[...whole(), line(T1, 'a', { object: object.replace('3fa9c1', '000000') })]],
      'a backup that it does not refer to',
    ],
    [
      'an object that is no file of a backup',
      [[...whole(), line(T1, 'a', { object: 'clusters/demo/work/x/y' })]],
      'not a key of a backup',
    ],
  ])('%s', async (_, lists, problem) => {
    const { repository } = await forge(lists);
    await expect(filesOf(repository)).rejects.toMatchObject({
      kind: 'ManifestInvalid',
      message: expect.stringContaining(problem) as string,
    });
  });
});

describe('23.3: a forged manifest is refused:', () => {
  const artefact = { kind: 'schema', sha256: 'a'.repeat(64), size: 1 };
  it.each<[string, (header: ManifestHeader) => object, string]>([
    ['without tablets', () => ({ tablets: [] }), 'it names no tables or no files'],
    ['without files', () => ({ segments: [] }), 'it names no tables or no files'],
    ['a tablet twice', ({ tablets }) => ({ tablets: [...tablets, ...tablets] }), 'twice'],
    ['a file list twice', ({ segments }) => ({ segments: [...segments, ...segments] }), 'twice'],
    ['totals that its lists lack', ({ totals }) => ({ totals: { ...totals, files: 7 } }), 'its totals say 7'],
    ['more tablets than its totals', ({ totals }) => ({ totals: { ...totals, tablets: 3 } }), 'its totals say 3'],
    ['a snapshot that is a path', () => ({ snapshotId: `${folder.snapshotId}/../..` }), 'not a snapshot id'],
    [
      'a schema from another folder',
      () => ({ artefacts: [{ ...artefact, key: 'backups/x/../../clusters.json' }] }),
      'not a key of a backup',
    ],
    [
      'a schema of another backup',
      () => ({ artefacts: [{ ...artefact, key: 'backups/ysql.other-20261122T020007Z-3fa9c1/s/schema.sql.gz' }] }),
      'belongs to none of the backups that it refers to',
    ],
    [
      'two schemas',
      () => ({ artefacts: ['a', 'b'].map((name) => ({ ...artefact, key: `backups/${folder.backupId}/s/${name}` })) }),
      'it names schema twice',
    ],
  ])('%s', async (_, change, problem) => {
    const { repository } = await forge([whole()], change);
    await expect(readManifest(repository, folder.backupId)).rejects.toMatchObject({
      kind: 'ManifestInvalid',
      message: expect.stringContaining(problem) as string,
    });
  });
});

it('23.3: whatever replaces a part of a manifest, reading it ends with ManifestInvalid or with what fits', async () => {
  const { bucket, repository, key } = await forge([whole()]);
  const honest = JSON.parse(String(bucket.objects.get(key))) as Record<string, unknown>;
  const fields = fc.constantFrom(...Object.keys(honest));
  await fc.assert(
    fc.asyncProperty(fields, fc.jsonValue({ maxDepth: 4 }), async (field, value) => {
      bucket.objects.set(key, Buffer.from(JSON.stringify({ ...honest, [field]: value })));
      const outcome = await filesOf(repository).catch((error: unknown) => error);
      expect(Array.isArray(outcome) || isRepositoryError(outcome, 'ManifestInvalid')).toBe(true);
    }),
    { numRuns: runs(1_000, 80) },
  );
});

describe('23.3: at the place where files are written', () => {
  const engine = createTransferEngine();
  const content = Buffer.from('content');
  const store = {
    location: 's3://bucket',
    readRange: (_: string, start: number, into: Buffer) => {
      content.copy(into, 0, start, start + into.length);
      return Promise.resolve();
    },
  } as unknown as ObjectStore;
  const file = { object: 'o', size: content.length, sha256: sha256Of(content) };
  const limits = new TransferLimits();

  it.each([UP, '/etc/kalpa', '../beside', '', 'a\0b'])(
    '%j is refused, and no file of the request is written',
    async (path) => {
      const { path: root, remove } = await temporaryFolder();
      const into = join(root, 'into');
      const files = [
        { ...file, path: 'good' },
        { ...file, path },
      ];
      await expect(engine.downloadFiles({ store, files, into, limits })).rejects.toBeInstanceOf(PathRefused);
      expect(await readdir(root)).toEqual([]);
      await remove();
    },
  );

  it('a link is not followed, neither as a folder nor as the temporary file', async () => {
    const { path: root, remove } = await temporaryFolder();
    const [into, elsewhere] = [join(root, 'into'), join(root, 'elsewhere')];
    await mkdir(into);
    await mkdir(elsewhere);
    await symlink(elsewhere, join(into, 'intents'));
    await symlink(join(elsewhere, 'target'), join(into, 'CURRENT.tmp'));
    const place = (path: string) => engine.downloadFiles({ store, files: [{ ...file, path }], into, limits });
    await expect(place('intents/CURRENT')).rejects.toBeInstanceOf(TargetRefused);
    await expect(place('CURRENT')).rejects.toBeInstanceOf(TargetRefused);
    expect(await readdir(elsewhere)).toEqual([]);
    await remove();
  });

  it.each(['..', '../../x', `${folder.snapshotId}/..`, folder.snapshotId.toUpperCase(), ''])(
    'a snapshot id %j is no directory',
    (snapshotId) => {
      const home = { dataDir: '/mnt/d0', tableId: TABLE };
      expect(() => snapshotDirectory(home, T1, snapshotId)).toThrow(RangeError);
      expect(snapshotDirectory(home, T1, folder.snapshotId)).toMatch(new RegExp(`/tablet-${T1}.snapshots/[0-9a-f-]+$`));
    },
  );

  it('lines of work lists name tablets and paths, nothing else', () => {
    const place = { tablet: T1, path: 'CURRENT', size: 1, sha256: 'a'.repeat(64), object: 'o', etag: 'e' };
    expect(placeLine.safeParse(place).success).toBe(true);
    for (const wrong of [{ path: UP }, { tablet: '../x' }, { size: -1 }, { offset: 0.5 }, { sha256: 'x' }])
      expect(placeLine.safeParse({ ...place, ...wrong }).success).toBe(false);
    expect(copyLine.safeParse({ tablet: `${T1}/` }).success).toBe(false);
    expect(tabletMapLine.safeParse({ oldTablet: T1, newTablet: '..' }).success).toBe(false);
  });
});
