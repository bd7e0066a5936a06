import {
  closeDump,
  commitDump,
  findDumpPart,
  FORMAT,
  isDumpCommitted,
  layout,
  listBackups,
  listDumps,
  writeDumpIntent,
  openRepository,
  parseDumpId,
  readDump,
  writeDumpPart,
  type ClusterStore,
  type DumpPart,
} from '../../src/repository';
import { openStore } from '../../src/transfer';
import { startSeaweedfs, type Seaweedfs } from '../suites/seaweedfs';

const FIRST = 'ysql.orders-dump-20261122T020007Z-3fa9c1';
const SECOND = 'ysql.orders-dump-20261123T020007Z-aaaaaa';
let seaweedfs: Seaweedfs;
let repository: ClusterStore;
let made = 0;

beforeAll(async () => {
  seaweedfs = await startSeaweedfs();
});
afterAll(async () => {
  await seaweedfs.stop();
});
beforeEach(() => {
  repository = openRepository({ store: openStore(seaweedfs.config(`dumps-${(made += 1)}`)), cluster: 'demo' });
});
afterEach(() => {
  repository.store.close();
});

const intent = (dumpId: string, firstRunId = 'run-1') => ({
  format: FORMAT as typeof FORMAT,
  dumpId,
  cluster: 'demo',
  subject: parseDumpId(dumpId)?.subject ?? '',
  workflowId: 'w',
  firstRunId,
  startedAt: '2026-11-22T02:00:07.000Z',
  kalpaVersion: '0.1.0',
});
const header = (dumpId: string) => ({
  format: FORMAT as typeof FORMAT,
  dumpId,
  cluster: 'demo',
  universeId: 'u',
  subject: 'ysql.orders',
  startedAt: '2026-11-22T02:00:07.000Z',
  yugabyteVersion: '2025.1.1.0',
  dialect: '2025.1',
  kalpaVersion: '0.1.0',
});
const part = (key: string): DumpPart => ({
  format: FORMAT,
  part: 'ysql.orders',
  content: 'all',
  files: [{ key, size: 10, sha256: 'a'.repeat(64), etag: '"e"' }],
  textBytes: 99,
  tables: [
    { schema: 'public', name: 'orders', rows: 5 },
    { schema: 'public', name: 'totals' },
  ],
  needs: { roles: [], tablespaces: [], extensions: [] },
});
const textKey = (attempt: string): string =>
  layout.dumpText('demo', FIRST, { part: 'ysql.orders', extension: 'sql' }, attempt, 1);

it('a dump exists as soon as its manifest exists', async () => {
  await writeDumpIntent(repository, intent(FIRST));
  await writeDumpIntent(repository, intent(SECOND));
  await closeDump(repository, { dumpId: SECOND, end: 'cancelled' });
  expect((await listDumps(repository)).map(({ state }) => state)).toEqual(['running', 'cancelled']);
  await expect(readDump(repository, FIRST)).rejects.toMatchObject({ kind: 'NotFound' });
  expect(await isDumpCommitted(repository, FIRST)).toBe(false);

  const ref = await writeDumpPart(repository, FIRST, part(textKey('one')));
  expect(ref).toMatchObject({ tables: 2, files: 1, bytes: 10, rows: 5 });
  const committed = await commitDump(repository, header(FIRST), [ref]);
  expect(await isDumpCommitted(repository, FIRST)).toBe(true);
  const { manifest, sha256 } = await readDump(repository, FIRST, committed.sha256);
  expect(sha256).toBe(committed.sha256);
  expect(manifest.totals).toEqual({ databases: 1, tables: 2, files: 1, bytes: 10, rows: 5 });
  expect(manifest.parts[0]?.files[0]?.key).toBe(textKey('one')); // complete again, though it is stored below the cluster's prefix
  expect(await listDumps(repository, { subject: 'ysql.orders' })).toMatchObject([
    { dumpId: FIRST, state: 'committed', startedAt: '2026-11-22T02:00:07Z' },
    { dumpId: SECOND, state: 'cancelled' },
  ]);
  expect(await listDumps(repository, { subject: 'ysql' })).toEqual([]);
  expect(await listBackups(repository)).toEqual([]); // no dump is ever taken for a backup
});

it('a part that an earlier attempt has recorded stays, and so does a committed manifest', async () => {
  expect(await findDumpPart(repository, FIRST, { part: 'ysql.orders' })).toBeUndefined();
  const first = await writeDumpPart(repository, FIRST, part(textKey('one')));
  expect(await writeDumpPart(repository, FIRST, part(textKey('two')))).toEqual(first);
  expect(await findDumpPart(repository, FIRST, { part: 'ysql.orders' })).toEqual(first);
  const once = await commitDump(repository, header(FIRST), [first]);
  expect(await commitDump(repository, header(FIRST), [first])).toMatchObject({ sha256: once.sha256 });
  await expect(commitDump(repository, { ...header(FIRST), kalpaVersion: '9' }, [first])).rejects.toMatchObject({
    kind: 'AlreadyExists',
  });
  await expect(readDump(repository, FIRST, '0'.repeat(64))).rejects.toMatchObject({ kind: 'ManifestInvalid' });
});

it('an id belongs to the chain that opened it', async () => {
  await writeDumpIntent(repository, intent(FIRST));
  await writeDumpIntent(repository, intent(FIRST));
  await expect(writeDumpIntent(repository, intent(FIRST, 'run-2'))).rejects.toMatchObject({ kind: 'AlreadyExists' });
});

it.each([
  [FIRST, 'ysql.orders'],
  ['ysql-dump-20261122T020007Z-3fa9c1', 'ysql'],
  ['ysql.a-dump-dump-20261122T020007Z-3fa9c1', 'ysql.a-dump'],
  ['ysql.orders-20261122T020007Z-3fa9c1', undefined],
  ['orders', undefined],
])('%s is a dump of %s', (id, subject) => {
  expect(parseDumpId(id)?.subject).toBe(subject);
});
