import {
  commitManifest,
  isRepositoryError,
  layout,
  readFilesOf,
  readManifest,
  writeSegment,
  type ManifestHeader,
  type SegmentLine,
} from '../../../src/repository';
import { forgedHeader, ForgedBucket, idAt, testKey } from './forger';

const ours = testKey();
const ID = idAt('20261122T020007Z');
const EARLIER = idAt('20261121T020007Z');
const { snapshotId, tablets } = forgedHeader(ID);
const { id: TABLET = '', table = '', peer = '' } = tablets[0] ?? {};
const replica = { tablet: TABLET, peer };
const packOf = (backupId: string): string =>
  layout.pack('demo', { backupId, snapshotId }, replica, 0, '0123456789abcdef');
const fileOf = (backupId: string, path: string): string => layout.data('demo', { backupId, snapshotId }, replica, path);

const line = (path: string, more: Partial<SegmentLine> = {}): SegmentLine => ({
  ...{ tablet: TABLET, table, peer, path, size: 10, mtimeNs: '1', inode: '2', birthtimeNs: '3' },
  ...{ sha256: 'a'.repeat(64), crc32: 'AAAAAA==', object: fileOf(ID, path), etag: '"e"', ...more },
});
const packed = (path: string, offset: number, more: Partial<SegmentLine> = {}): SegmentLine =>
  line(path, { object: packOf(ID), offset, ...more });

/** Everything about it fits, and it is signed, as by a control worker that a node has lied to. */
async function read(lines: SegmentLine[], more: (header: ManifestHeader) => object = () => ({})) {
  const bucket = new ForgedBucket();
  const repository = bucket.repository(ours.owner);
  const segment = await writeSegment(repository, { backupId: ID, snapshotId, node: 'n1', n: 0, lines });
  const { files, bytes } = segment;
  const header = forgedHeader(ID, {
    segments: [segment],
    totals: { tables: 1, tablets: 1, files, bytes, uploadedBytes: bytes, reusedBytes: 0 },
  });
  await commitManifest(repository, { ...header, ...more(header) });
  const found: SegmentLine[] = [];
  for await (const one of readFilesOf(repository, (await readManifest(repository, ID)).header)) found.push(one);
  return found;
}

const refused = async (reading: Promise<unknown>, problem: string | RegExp): Promise<void> => {
  const error = await reading.then(
    () => undefined,
    (caught: unknown) => caught,
  );
  expect(error).toMatchObject({ kind: 'ManifestInvalid' });
  expect(isRepositoryError(error) && error.message).toMatch(problem);
};

it('23.3: what honest nodes write is read', async () => {
  const honest = [
    packed('CURRENT', 0),
    packed('IDENTITY', 10, { size: 0 }), // empty files stand between two others
    packed('MANIFEST-000001', 10),
    line('000010.sst', { size: 5_000_000 }),
    line('intents/CURRENT', { object: fileOf(EARLIER, 'intents/CURRENT'), backup: EARLIER }),
  ];
  const more = ({ totals }: ManifestHeader): object => ({
    refersTo: [{ backupId: EARLIER, files: 1, bytes: 10 }],
    totals: { ...totals, uploadedBytes: totals.bytes - 10, reusedBytes: 10 },
  });
  const found = await read(honest, more);
  expect(found.map(({ path }) => path).sort()).toEqual(honest.map(({ path }) => path).sort());
});

describe('23.3: a path of a file list', () => {
  const deep = Array.from({ length: 9 }, () => 'a').join('/');
  it.each<[string, string]>([
    ['with a NUL', 'a\0b'],
    ['with a backslash', 'a\\..\\b'],
    ['that is a backslash', '\\'],
    ['that is absolute', '/etc/passwd'],
    ['that leads up in its middle', 'intents/../../x'],
    ['that ends with a slash', 'intents/'],
    ['that begins with two', '//x'],
    ['longer than a name may be', 'x'.repeat(256)],
    ['of few letters and many bytes', '\u{1f600}'.repeat(64)],
    ['of very many parts', deep],
    ['that clears the screen', 'a\u001b[2J'],
    ['with a control character of 8 bits', 'a\u009bb'],
    ['of a line feed', 'a\nb'],
  ])('%s is refused', async (_, path) => {
    await refused(read([line('CURRENT'), line(path, { object: fileOf(ID, 'x') })]), 'not a path inside a snapshot');
  });

  it.each<[string, string, string, string]>([
    ['is there twice', 'CURRENT', 'CURRENT', 'is named twice'],
    ['is a file and the folder of another', 'intents', 'intents/CURRENT', 'is a file and a folder'],
    ['is the temporary name of another', 'CURRENT.tmp', 'CURRENT', 'is the temporary name of another'],
  ])('that %s is refused', async (_, one, other, problem) => {
    await refused(read([line(one), line(other, { object: fileOf(ID, 'x') })]), problem);
  });
});

describe('23.3: of what stands in one object', () => {
  it.each<[string, SegmentLine[], string | RegExp]>([
    ['two files overlap', [packed('a', 0), packed('b', 9)], 'overlap'],
    ['two are the same bytes', [packed('a', 0), packed('b', 0)], 'overlap'],
    ['one holds another', [packed('a', 0, { size: 100 }), packed('b', 50, { size: 1 })], 'overlap'],
    ['one is a part of what is another as a whole', [packed('a', 10), line('b', { object: packOf(ID) })], 'overlap'],
    ['a file is named a thousand times', Array.from({ length: 1000 }, (_, n) => packed(`f${n}`, 0)), 'overlap'],
    ['a file ends after its pack', [packed('a', 5, { packBytes: 14 })], 'after the end of its pack'],
    ['an offset is beyond what can be counted', [packed('a', Number.MAX_SAFE_INTEGER)], 'beyond'],
    ['a size is', [packed('a', 1, { size: Number.MAX_SAFE_INTEGER })], 'beyond'],
    ['an offset is no number', [packed('a', 1e300)], 'offset'],
  ])('%s: it is refused', async (_, lines, problem) => {
    await refused(read(lines), problem);
  });

  it('sizes that together are beyond what can be counted are refused', async () => {
    const half = Number.MAX_SAFE_INTEGER - 1;
    await refused(
      read([line('a', { size: half }), line('b', { size: half })], ({ segments, totals }) => ({
        segments: segments.map((one) => ({ ...one, bytes: half })),
        totals: { ...totals, bytes: half, uploadedBytes: half },
      })),
      /bytes/,
    );
  });
});

describe('23.3: a manifest that refers', () => {
  const to = (backupId: string, bytes = 0) => ({ backupId, files: 0, bytes });
  it.each<[string, ManifestHeader['refersTo'], string]>([
    ['to itself', [to(ID)], 'refers to itself'],
    ['to one backup twice', [to(EARLIER), to(EARLIER)], 'twice'],
    ['to what is no backup', [to('../../x')], 'no backup id'],
    ['to nothing', [to('')], 'no backup id'],
    ['to a name with an escape in it', [to(`\u001b[2J${EARLIER}`)], 'no backup id'],
    ['to a part of a key', [to(`${EARLIER}/data`)], 'no backup id'],
  ])('%s is refused', async (_, refersTo, problem) => {
    await refused(
      read([line('CURRENT')], () => ({ refersTo })),
      problem,
    );
  });

  it.each<[string, string]>([
    ['of a backup that the manifest does not refer to', `backups/${EARLIER}/x/data/y`],
    ['of another cluster', `backups/../../other/backups/${ID}/x/y`],
    ['of the repository above', `backups/${ID}/../../../../kalpa.json`],
    ['that is none of a backup', `manifests/${ID}.json`],
    ['of a name longer than a key', `backups/${ID}/${Array.from({ length: 8 }, () => 'x'.repeat(200)).join('/')}`],
    ['with a NUL', `backups/${ID}/data/a\0b`],
  ])('and whose files are objects %s is refused', async (_, key) => {
    await refused(read([line('CURRENT', { object: `clusters/demo/${key}` })]), /object|not a key of a backup/);
  });

  it('and whose file says that its object is another’s is refused', async () => {
    await refused(
      read([line('CURRENT', { backup: EARLIER })]),
      `is an object of ${ID}, and is said to be of ${EARLIER}`,
    );
  });
});
