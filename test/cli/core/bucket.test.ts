import { openBucket } from '../../../src/cli/core/open-bucket';
import { openCatalogue } from '../../../src/cli/core/open-catalogue';
import { commitManifest, openRepository, type ManifestHeader } from '../../../src/repository';
import { openStore, type S3Config } from '../../../src/transfer';
import { startSeaweedfs, type Seaweedfs } from '../../suites/seaweedfs';
import { kalpa, resolvedConfig } from '../fake-cli';

const TABLE = '00004000000030008000000000004001';
const SNAPSHOT = '0b5f2a0e-9c2c-4f0a-8d0e-2f6a1c3b4d5e';
const BACKUP = 'ysql.orders-20261122T020007Z-3fa9c1';
const header: ManifestHeader = {
  format: 1,
  backupId: BACKUP,
  cluster: 'demo',
  universeId: 'u',
  database: 'ysql.orders',
  startedAt: '2026-11-22T02:00:07.000Z',
  yugabyteVersion: '2025.1.1.0',
  dialect: '2025.1',
  kalpaVersion: '0.1.0',
  replicationFactor: 3,
  recoveryPoint: '2026-11-22T02:00:08.123456Z',
  hybridTime: '1795312808123456',
  snapshotId: SNAPSHOT,
  tables: [{ id: TABLE, name: 'orders', schema: 'public', kind: 'table', partitions: 1, rows: 7 }],
  invalidIndexes: [],
  tablets: [{ id: 'a'.repeat(32), table: TABLE, peer: 'b'.repeat(32), partition: { start: '', end: '' } }],
  roles: [],
  tablespaces: [],
  extensions: [],
  segments: [
    {
      key: `clusters/demo/backups/${BACKUP}/${SNAPSHOT}/files/n1-0-0123456789abcdef.ndjson.gz`,
      sha256: 'c'.repeat(64),
      size: 1,
      files: 4,
      bytes: 20,
    },
  ],
  artefacts: [],
  totals: { tables: 1, tablets: 1, files: 4, bytes: 20, uploadedBytes: 20, reusedBytes: 0 },
  refersTo: [],
  store: { versioned: false, objectLock: false },
};

describe('the commands that read a real bucket', () => {
  let seaweedfs: Seaweedfs;
  beforeAll(async () => {
    seaweedfs = await startSeaweedfs();
    const store = openStore(seaweedfs.config('cli'));
    await commitManifest(openRepository({ store, cluster: 'demo' }), header);
    store.close();
  });
  afterAll(async () => {
    await seaweedfs.stop();
  });

  const withStore = (change: Partial<S3Config> = {}) => ({
    parts: {
      openCatalogue: (_: unknown, cluster: string) => openCatalogue({ ...seaweedfs.config('cli'), ...change }, cluster),
    },
  });

  it('list and show a committed backup', async () => {
    const list = await kalpa(['backups', '--json'], withStore());
    expect(JSON.parse(list.stdout)).toMatchObject({
      backups: [
        {
          backupId: header.backupId,
          database: 'ysql.orders',
          startedAt: '2026-11-22T02:00:07Z',
          state: 'committed',
          bytes: 20,
        },
      ],
    });
    const shown = await kalpa(['show', 'ysql.orders'], withStore());
    expect(shown).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('recovery point  2026-11-22T02:00:08.123456Z') as string,
    });
  });

  it.each<[string, string[], Partial<S3Config>, string]>([
    ['an unknown backup', ['show', 'ysql.orders-20261122T020007Z-000000'], {}, 'NotFound'],
    ['a database without a backup', ['show', 'ysql.none'], {}, 'NotFound'],
    ['a missing bucket', ['backups'], { bucket: 'no-such-bucket' }, 'NotFound'],
    [
      'wrong credentials',
      ['backups'],
      { credentials: { accessKeyId: 'kalpa', secretAccessKey: 'wrong' } },
      'PreflightFailed',
    ],
  ])('end with 3 for %s', async (_, line, change, type) => {
    const { code, stdout, stderr } = await kalpa([...line, '--json'], withStore(change));
    expect(code).toBe(3);
    expect(JSON.parse(stdout)).toMatchObject({ error: { type } });
    expect(stderr).not.toContain('wrong');
  });

  it('probe the store for the doctor', async () => {
    const { endpoint, bucket } = seaweedfs.config('cli');
    const resolved = structuredClone(resolvedConfig);
    Object.assign(resolved.config.repository, { url: `s3://${bucket}/cli`, endpoint });
    const { credentials } = seaweedfs.config('cli');
    const opened = openBucket({
      ...resolved,
      stack: {
        temporal: { address: 'x', namespace: 'default' },
        s3: credentials ?? { accessKeyId: '', secretAccessKey: '' },
        config: 'x',
        processes: [],
      },
    });
    try {
      expect(await opened.probe()).toMatchObject({ safe: true });
      expect(Math.abs((await opened.serverTime()).getTime() - Date.now())).toBeLessThan(10_000);
    } finally {
      opened.close();
    }
  });
});
