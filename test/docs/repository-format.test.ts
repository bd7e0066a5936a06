import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { inCluster, layout, openRepository, readManifest, readSegment, writeSegment } from '../../src/repository';
import { manifestBytes } from '../../src/repository/backups/manifests';
import {
  ARTEFACTS,
  manifestHeader,
  segmentLine,
  type ManifestHeader,
  type SegmentLine,
} from '../../src/repository/backups/manifest-schema';
import { MemoryStore } from '../support/store/memory-store';

const page = readFileSync(join(__dirname, '../../docs/repository-format.md'), 'utf8');
const [manifestText = '', lineText = ''] = [...page.matchAll(/```json\n(.*?)```/gs)].map(([, text]) => text);
const manifest = JSON.parse(manifestText) as ManifestHeader;
const line = JSON.parse(lineText) as SegmentLine;
const { cluster, backupId, snapshotId } = manifest;
const folder = { backupId, snapshotId };
const of = { tablet: line.tablet, peer: line.peer };

describe('25.9: the example of the repository', () => {
  const store = new MemoryStore();
  const repository = openRepository({ store: store.open(), cluster });

  it('is a manifest that is read, with no other fields', async () => {
    await repository.store.create(layout.manifest(cluster, backupId), Buffer.from(manifestText));
    const { header } = await readManifest(repository, backupId);
    expect(JSON.parse(manifestBytes(cluster, header).toString('utf8'))).toEqual(manifest);
    expect(Object.keys(manifest).filter((field) => !(field in manifestHeader.shape))).toEqual([]);
  });

  it('is a line of a file list that is written and read so, to the order of its fields', async () => {
    const complete = { ...line, object: inCluster(cluster, line.object) };
    const ref = await writeSegment(repository, { ...folder, node: line.peer, n: 1, lines: [complete] });
    const [read] = await readSegment(repository, ref);
    expect(read).toEqual(complete);
    expect(Object.keys(line)).toEqual(Object.keys(segmentLine.shape).filter((field) => field in line));
  });

  it('has keys as they are made, and a list, an artefact and an object that belong together', () => {
    const keyOf = (key: string): string => inCluster(cluster, key);
    expect(manifest.segments.map(({ key }) => keyOf(key))).toEqual(
      manifest.segments.map(({ sha256 }) => layout.segment(cluster, folder, line.peer, 1, sha256.slice(0, 16))),
    );
    expect(manifest.artefacts.map(({ key }) => keyOf(key))).toEqual(
      manifest.artefacts.map(({ kind, sha256 }) =>
        layout.artefact(cluster, folder, ARTEFACTS[kind].name, sha256.slice(0, 16), ARTEFACTS[kind].extension),
      ),
    );
    const [, owner = '', snapshot = ''] = line.object.split('/');
    expect(keyOf(line.object)).toBe(layout.data(cluster, { backupId: owner, snapshotId: snapshot }, of, line.path));
    expect(manifest.refersTo).toEqual([{ backupId: line['backup'], files: 1, bytes: line.size }]);
    expect(manifest.tablets).toMatchObject([{ id: line.tablet, table: line.table, peer: line.peer }]);
  });
});

describe('25.9: the table of keys', () => {
  /** Of each row, the codes of its first column. */
  const rows = page
    .split('\n')
    .filter((text) => text.startsWith('| `'))
    .map((text) => [...(text.split('|')[1] ?? '').matchAll(/`([^`]+)`/g)].map(([, key = '']) => key));

  /** `…/` is the cluster's folder; a folder stands for everything below it. */
  function pattern(key: string): RegExp {
    const text = key
      .replace(/^…\//, 'clusters/<cluster>/')
      .replace(/…$/, '')
      .replaceAll('.', '\\.')
      .replaceAll('<ok or bad>', '(?:ok|bad)')
      .replaceAll('<ok, bad or healed>', '(?:ok|bad|healed)')
      .replaceAll('<path>', '.+')
      .replaceAll(/<[^>]+>/g, '[^/]+');
    return new RegExp(`^${text}${text.endsWith('/') ? '.+' : ''}$`);
  }

  const at = new Date('2026-11-28T02:00:07.123Z');
  const dump = 'ysql.orders-dump-20261128T020007Z-5f3a91';
  const sha16 = 'a'.repeat(16);
  const proof = { plannedAt: at, tag: '5f3a91', n: 2, found: 'healed' } as const;
  /** One of each kind of key that is made. */
  const made: Readonly<Record<string, string>> = {
    repository: layout.repository,
    clusterRecord: layout.clusterRecord(cluster),
    signedClusterRecord: layout.signedClusterRecord(cluster),
    intent: layout.intent(cluster, backupId),
    data: layout.data(cluster, folder, of, 'intents/CURRENT'),
    pack: layout.pack(cluster, folder, of, 1, sha16),
    artefact: layout.artefact(cluster, folder, 'roles', sha16, 'sql.gz'),
    segment: layout.segment(cluster, folder, line.peer, 1, sha16),
    manifest: layout.manifest(cluster, backupId),
    closedRecord: layout.closedRecord(cluster, backupId, 'timed-out'),
    verification: layout.verification(cluster, 'backup', backupId, at, 'bytes', true),
    dumpVerification: layout.verification(cluster, 'dump', dump, at, 'bytes', false),
    proof: layout.proof(cluster, 'backup', backupId, proof),
    dumpProof: layout.proof(cluster, 'dump', dump, proof),
    repair: layout.repair(cluster, backupId, { at, ...proof }),
    repaired: layout.data(cluster, layout.repairFolder(backupId, { at, tag: '5f3a91' }), of, line.path),
    tombstone: layout.tombstone(cluster, backupId),
    deletion: layout.deletion(cluster, 'backup', backupId, 2),
    dumpDeletion: layout.deletion(cluster, 'dump', dump, 1),
    hold: layout.hold(cluster, 'backup', backupId, 1),
    dumpHold: layout.hold(cluster, 'dump', dump, 1),
    lease: layout.lease(cluster, 'backup', backupId, at, 'restore/orders-prod/ysql.orders'),
    dumpLease: layout.lease(cluster, 'dump', dump, at, 'load'),
    policy: layout.policy(cluster, at),
    summary: layout.summary(cluster, at, at),
    snapshotRecord: layout.snapshotRecord(cluster, snapshotId),
    pointInTime: layout.pointInTime(cluster, 'ysql.orders', at, 'enable'),
    schedule: layout.schedule(cluster, at),
    dumpIntent: layout.dumpIntent(cluster, dump),
    dumpText: layout.dumpText(cluster, dump, { part: 'ysql.orders', extension: 'sql' }, 'a1', 1),
    dumpPart: layout.dumpPart(cluster, dump, { part: 'globals' }),
    dumpManifest: layout.dumpManifest(cluster, dump),
    dumpClosed: layout.dumpClosed(cluster, dump, 'failed'),
    operation: layout.operation(cluster, at, 'backup/orders-prod'),
    operationOf: layout.operationOf(cluster, at, 'backup/orders-prod', 'run'),
    making: layout.making(cluster, 'run', 'ycql.shop'),
    work: layout.work(cluster, 'backup/orders-prod', 'tablets', sha16),
  };

  it.each(Object.entries(made))('has a row for the key %s', (_, key) => {
    expect(rows.flat().filter((row) => pattern(row).test(key))).not.toEqual([]);
  });

  it('has no row that nothing is written to', () => {
    expect(rows.flat().filter((row) => !Object.values(made).some((key) => pattern(row).test(key)))).toEqual([]);
  });

  it('knows every way to make a key', () => {
    const folders = { ...layout, ...made, replica: [], repairFolder: {} };
    for (const [name, make] of Object.entries(folders))
      if (typeof make === 'function')
        expect([name, (make as (...given: string[]) => string)(cluster, 'backup', 'x')]).toEqual([
          name,
          expect.stringMatching(/\/$/),
        ]);
  });
});
