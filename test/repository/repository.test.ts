import { backupId } from '../../src/contract';
import { gunzipSync } from 'node:zlib';
import { z } from 'zod';
import {
  checkCompleteness,
  closeIntent,
  type ClusterStore,
  commitManifest,
  getWorkList,
  isCommitted,
  layout,
  listBackups,
  type ManifestHeader,
  newestBackup,
  openRepository,
  provedVerdict,
  putWorkList,
  readArtefact,
  readBackup,
  readIntent,
  readManifest,
  readSegments,
  registerCluster,
  type SegmentLine,
  type SegmentRef,
  writeArtefact,
  writeIntent,
  writeLease,
  writeOperation,
  writeSegment,
  writeVerification,
} from '../../src/repository';
import { openStore, type ObjectStore } from '../../src/transfer';
import { startSeaweedfs, type Seaweedfs } from '../suites/seaweedfs';
import { folder, header, intent, line, OF, PEER_1, PEER_2, T1, T2, T3, T9 } from './manifest-parts';

let seaweedfs: Seaweedfs;
const stores: ObjectStore[] = [];
beforeAll(async () => {
  seaweedfs = await startSeaweedfs();
});
afterAll(async () => {
  for (const store of stores) store.close();
  await seaweedfs.stop();
});

/** A repository of the test's own. */
function fresh(cluster = 'demo'): ClusterStore {
  const store = openStore(seaweedfs.config(`repository-${stores.length}`));
  stores.push(store);
  return openRepository({ store, cluster });
}

describe('a cluster', () => {
  it('is registered once, and by its own universe only', async () => {
    const repository = fresh();
    await Promise.all([registerCluster(repository, 'universe-1'), registerCluster(repository, 'universe-1')]);
    await registerCluster(repository, 'universe-1');
    await expect(registerCluster(repository, 'universe-2')).rejects.toMatchObject({
      kind: 'PreflightFailed',
      message: expect.stringContaining('universe-2') as string,
    });
    await registerCluster({ ...repository, cluster: 'other' }, 'universe-2');
    const record: unknown = JSON.parse(String(await repository.store.read('kalpa.json')));
    expect(record).toMatchObject({ format: 1 });
  });
});

describe('a backup', () => {
  it('exists from its manifest on, and reads back what was written', async () => {
    const repository = fresh();
    expect(await writeIntent(repository, intent(folder.backupId))).toBe(true);
    expect(await writeIntent(repository, intent(folder.backupId))).toBe(false);
    expect(await readIntent(repository, folder.backupId)).toMatchObject({ database: 'ysql.orders' });
    expect(await isCommitted(repository, folder.backupId)).toBe(false);
    await expect(readBackup(repository, folder.backupId)).rejects.toMatchObject({ kind: 'NotFound' });

    const lines = [line(T2, 'b'), line(T1, 'b', { offset: 5, versionId: 'v' }), line(T1, 'a')];
    const segment = await writeSegment(repository, { ...folder, node: 'n1', n: 0, lines });
    const schema = await writeArtefact(repository, { ...folder, kind: 'schema', content: 'CREATE DATABASE orders;' });
    const committed = await commitManifest(repository, header([segment], { artefacts: [schema] }));
    expect(committed).toMatchObject({ key: layout.manifest('demo', folder.backupId), committedNow: true });

    const { header: read, sha256 } = await readBackup(repository, folder.backupId, committed.sha256);
    expect(sha256).toBe(committed.sha256);
    expect(read).toEqual(header([segment], { artefacts: [schema] }));
    const back: SegmentLine[] = [];
    for await (const each of readSegments(repository, read.segments)) back.push(...each);
    expect(back).toEqual([lines[2], lines[1], lines[0]]);
    expect(String(await readArtefact(repository, schema))).toBe('CREATE DATABASE orders;');
    expect(await isCommitted(repository, folder.backupId)).toBe(true);
  });

  it('keeps keys relative to its cluster in the bucket', async () => {
    const repository = fresh();
    const segment = await writeSegment(repository, { ...folder, node: 'n1', n: 0, lines: [line(T1, 'a')] });
    const text = String(gunzipSync(await repository.store.read(segment.key)));
    expect(JSON.parse(text)).toMatchObject({
      object: `backups/${folder.backupId}/${folder.snapshotId}/data/${T1}.${PEER_1}/a`,
    });
    expect(Object.keys(JSON.parse(text) as object).slice(0, 5)).toEqual(['tablet', 'table', 'peer', 'path', 'size']);
  });

  it('is committed once: the same manifest again is the same commit, another one is refused', async () => {
    const repository = fresh();
    const segment = await writeSegment(repository, { ...folder, node: 'n1', n: 0, lines: [line(T1, 'a')] });
    const first = await commitManifest(repository, header([segment]));
    // The same content, its fields set in another order.
    const reordered = Object.fromEntries(Object.entries(header([segment])).reverse()) as ManifestHeader;
    expect(await commitManifest(repository, reordered)).toEqual({ ...first, committedNow: false });
    await expect(commitManifest(repository, header([segment], { roles: ['other'] }))).rejects.toMatchObject({
      kind: 'AlreadyExists',
    });
  });

  it('writes the same segment and artefact bytes at every attempt', async () => {
    const repository = fresh();
    const segment = () => writeSegment(repository, { ...folder, node: 'n1', n: 0, lines: [line(T1, 'a')] });
    expect(await segment()).toEqual(await segment());
    const artefact = () => writeArtefact(repository, { ...folder, kind: 'sequences', content: '{}\n', count: 1 });
    expect(await artefact()).toEqual(await artefact());
    expect((await artefact()).key).toMatch(/\/sequences-[0-9a-f]{16}\.ndjson\.gz$/);
  });

  it('is refused when the header lacks something or names a wrong hash', async () => {
    const repository = fresh();
    await expect(commitManifest(repository, header([], { recoveryPoint: 'now' }))).rejects.toMatchObject({
      kind: 'ManifestInvalid',
      message: expect.stringContaining('recoveryPoint: no UTC instant with microseconds') as string,
    });
  });
});

describe('reading', () => {
  it('refuses segments, artefacts and manifests that are not what was recorded', async () => {
    const repository = fresh();
    const segment = await writeSegment(repository, { ...folder, node: 'n1', n: 0, lines: [line(T1, 'a')] });
    const schema = await writeArtefact(repository, { ...folder, kind: 'schema', content: 'x' });
    const drain = async (ref: SegmentRef) => {
      for await (const each of readSegments(repository, [ref])) expect(each).toBeDefined();
    };
    await expect(drain({ ...segment, sha256: 'b'.repeat(64) })).rejects.toMatchObject({ kind: 'ManifestInvalid' });
    await expect(drain({ ...segment, files: 2 })).rejects.toMatchObject({ kind: 'ManifestInvalid' });
    await expect(drain({ ...segment, key: `${segment.key}x` })).rejects.toMatchObject({
      kind: 'ManifestInvalid',
      message: expect.stringContaining('is missing') as string,
    });
    await expect(readArtefact(repository, { ...schema, sha256: 'b'.repeat(64) })).rejects.toMatchObject({
      kind: 'ChecksumMismatch',
    });
    await commitManifest(repository, header([segment]));
    await expect(readManifest(repository, folder.backupId, 'b'.repeat(64))).rejects.toMatchObject({
      kind: 'ManifestInvalid',
    });
  });

  it.each([
    ['no JSON', 'garbage', /is not JSON/],
    ['a newer format', '{"format":2}', /has format 2; this Kalpa knows format 1/],
    ['something else', '{"format":1}', /is not a record of format 1/],
  ])('refuses a manifest that is %s', async (_, content, message) => {
    const repository = fresh();
    await repository.store.create(layout.manifest('demo', folder.backupId), Buffer.from(content));
    await expect(readManifest(repository, folder.backupId)).rejects.toThrow(message);
  });

  it('refuses a manifest that was moved under another id', async () => {
    const repository = fresh();
    await commitManifest(repository, header([]));
    const other = 'ysql.orders-20261122T020008Z-3fa9c1';
    await repository.store.create(
      layout.manifest('demo', other),
      await repository.store.read(layout.manifest('demo', folder.backupId)),
    );
    await expect(readManifest(repository, other)).rejects.toThrow(
      /is the manifest of ysql\.orders-20261122T020007Z-3fa9c1/,
    );
  });
});

describe('the catalogue', () => {
  const at = (minute: number, database = 'ysql.orders') =>
    backupId(database, new Date(Date.UTC(2026, 10, 22, 2, minute)), 'aaaaaa');

  it('reports states from listings only', async () => {
    const repository = fresh();
    for (const id of [at(1), at(2), at(3), at(4), at(5, 'ysql.orders-20')]) await writeIntent(repository, intent(id));
    await closeIntent(repository, { backupId: at(1), end: 'timed-out', failure: { type: 'X', message: 'y' } });
    await commitManifest(repository, header([], { backupId: at(2), database: 'ysql.orders' }));
    await commitManifest(repository, header([], { backupId: at(3) }));
    await repository.store.create(layout.tombstone('demo', at(3)), Buffer.from('{}'));
    await repository.store.create(`${layout.manifests('demo')}someone-else.json`, Buffer.from('{}'));
    await writeVerification(repository, {
      format: 1,
      backupId: at(2),
      level: 'sizes',
      ok: true,
      verifiedAt: '2026-11-23T00:00:00Z',
      problems: [],
    });
    await writeVerification(repository, {
      format: 1,
      backupId: at(2),
      level: 'full',
      ok: false,
      verifiedAt: '2026-11-24T00:00:00Z',
      problems: ['x'],
    });

    const listed = await listBackups(repository, { database: 'ysql.orders' });
    expect(listed.map(({ backupId: id, state }) => [id, state])).toEqual([
      [at(1), 'timed-out'],
      [at(2), 'committed'],
      [at(3), 'deleted'],
      [at(4), 'running'],
    ]);
    expect(listed[1]).toMatchObject({
      startedAt: '2026-11-22T02:02:00Z',
      verified: { at: '2026-11-24T00:00:00Z', level: 'full', ok: false },
    });
    expect(await listBackups(repository)).toHaveLength(5);
    await expect(readBackup(repository, at(3))).rejects.toThrow(/was deleted/);
    expect(await listBackups({ ...repository, cluster: 'another' })).toEqual([]);
  });

  it.each<[string, [level: string, ok: boolean][], string]>([
    [
      'a shallow look does not hide a deeper one',
      [
        ['full', true],
        ['present', true],
      ],
      'full 22',
    ],
    [
      'nor does a rehearsal, which has a column of its own',
      [
        ['full', true],
        ['rehearsal', true],
      ],
      'full 22',
    ],
    [
      'of two equally deep ones the newer',
      [
        ['full', true],
        ['full', true],
      ],
      'full 23',
    ],
    [
      'a deeper one hides a shallow one',
      [
        ['sizes', true],
        ['full', true],
      ],
      'full 23',
    ],
    [
      'a failure hides what was found before',
      [
        ['full', true],
        ['present', false],
      ],
      'present FAILED 23',
    ],
    [
      'not what was found since',
      [
        ['full', true],
        ['scrub', false],
        ['sizes', true],
      ],
      'sizes 24',
    ],
  ])('of several verifications: %s', async (_, found, told) => {
    const repository = fresh();
    await writeIntent(repository, intent(at(1)));
    await commitManifest(repository, header([], { backupId: at(1) }));
    for (const [i, [level, ok]] of found.entries()) {
      const verifiedAt = `2026-11-${22 + i}T00:00:00Z`;
      await writeVerification(repository, { format: 1, backupId: at(1), level, ok, verifiedAt, problems: [] });
    }
    const [{ verified } = {}] = await listBackups(repository);
    const day = verified?.at.slice(8, 10);
    expect(`${verified?.level} ${verified?.ok === true ? '' : 'FAILED '}${day}`).toBe(told);
    expect(await provedVerdict(repository, { kind: 'backup', id: at(1) })).toEqual({ verdict: verified });
  });

  it('finds the newest backup, or the newest at or before a moment', async () => {
    const repository = fresh();
    const point = (minute: number) => `2026-11-22T02:${String(minute).padStart(2, '0')}:30.000001Z`;
    for (const minute of [1, 2, 3])
      await commitManifest(repository, header([], { backupId: at(minute), recoveryPoint: point(minute) }));
    const newest = async (before?: string) =>
      (await newestBackup(repository, { database: 'ysql.orders', before })).header.backupId;
    expect(await newest()).toBe(at(3));
    expect(await newest(point(2))).toBe(at(2));
    expect(await newest('2026-11-22T02:02:30.000000Z')).toBe(at(1));
    await expect(newest('2026-11-22T02:00:00.000000Z')).rejects.toMatchObject({ kind: 'NotFound' });
    await expect(newestBackup(repository, { database: 'ysql.other' })).rejects.toThrow(
      /There is no complete backup of ysql\.other of cluster demo/,
    );
  });
});

describe('completeness', () => {
  it('compares exported and copied tablets as sets', async () => {
    const lines = [line(T1, 'a'), line(T1, 'b'), line(T2, 'a'), line(T2, 'b', { peer: PEER_2 }), line(T9, 'a')];
    expect(await checkCompleteness([T1, T2, T3], [lines], OF)).toMatchObject({
      missing: [T3],
      unexpected: [T9],
      mixed: [T2],
      files: 5,
      bytes: 50,
    });
    expect(await checkCompleteness([T1], [[line(T1, 'a')]], OF)).toMatchObject({
      missing: [],
      unexpected: [],
      mixed: [],
    });
    // A restore refuses a tablet of two lists, so a backup with one is not committed.
    expect(await checkCompleteness([T1], [[line(T1, 'a')], [line(T1, 'b')]], OF)).toMatchObject({ mixed: [T1] });
  });

  it('23.3: reports what a restore would refuse, so that it is not committed', async () => {
    const other = 'ysql.orders-20261121T020007Z-3fa9c1';
    const refusedOf = async (lines: SegmentLine[]) => (await checkCompleteness([T1], [lines], OF)).refused;
    expect(await refusedOf([line(T1, 'a'), line(T1, 'b')])).toBeUndefined();
    expect(await refusedOf([line(T1, 'a'), line(T1, 'a')])).toContain('is named twice');
    expect(await refusedOf([line(T1, 'a', { backup: other })])).toContain(`is said to be of ${other}`);
  });
});

describe('work lists and records', () => {
  it('travel as references', async () => {
    const repository = fresh();
    const lines = [{ tablet: T1 }, { tablet: T2 }];
    const ref = await putWorkList(repository, { workflowId: 'backup/demo/ysql.x', name: 'plan-1', lines, bytes: 7 });
    expect(ref).toMatchObject({ files: 2, bytes: 7 });
    expect(
      await putWorkList(repository, { workflowId: 'backup/demo/ysql.x', name: 'plan-1', lines, bytes: 7 }),
    ).toEqual(ref);
    const schema = z.object({ tablet: z.string() });
    expect(await getWorkList(repository, ref, schema)).toEqual(lines);
    await expect(getWorkList(repository, { ...ref, sha256: 'c'.repeat(64) }, schema)).rejects.toMatchObject({
      kind: 'ChecksumMismatch',
    });
  });

  it('are written once', async () => {
    const repository = fresh();
    const operation = {
      format: 1 as const,
      operation: 'backUpDatabase',
      workflowId: 'a/b',
      firstRunId: 'r',
      cluster: 'demo',
      startedAt: '2026-11-22T02:00:07Z',
      input: {},
      kalpaVersion: '0',
    };
    expect(await writeOperation(repository, operation)).toBe(true);
    expect(await writeOperation(repository, { ...operation, outcome: 'failed' })).toBe(false);
    const lease = {
      format: 1 as const,
      backupId: folder.backupId,
      holder: 'restore/demo',
      expiresAt: '2026-11-22T03:00:00Z',
    };
    expect(await writeLease(repository, lease)).toBe(true);
  });
});
