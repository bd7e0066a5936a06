import type { Catalogue } from '../../src/cli/core/open-catalogue';
import type { ManifestHeader } from '../../src/repository';
import { kalpa } from './fake-cli';

const header = {
  backupId: 'ysql.orders-20261122T020007Z-3fa9c1',
  cluster: 'demo',
  database: 'ysql.orders',
  recoveryPoint: '2026-11-22T02:00:07.123456Z',
  label: 'weekly',
  kalpaVersion: '0.1.0',
  yugabyteVersion: '2025.1.1.0',
  tables: [
    { id: 't1', name: 'orders', schema: 'public', kind: 'table', partitions: 3, rows: 1234 },
    { id: 't2', name: 'log', schema: 'public', kind: 'table', partitions: 3, notCounted: 'time was up' },
  ],
  roles: ['app'],
  tablespaces: [],
  extensions: [],
  invalidIndexes: [],
  refersTo: [],
  totals: { tables: 2, tablets: 6, files: 40, bytes: 5_000_000, uploadedBytes: 5_000_000, reusedBytes: 0 },
} as unknown as ManifestHeader;

const stored = { key: 'clusters/demo/manifests/x.json', sha256: 'ab', header };

const entries = [
  {
    backupId: header.backupId,
    database: 'ysql.orders',
    startedAt: '2026-11-22T02:00:07Z',
    state: 'committed' as const,
  },
  {
    backupId: 'ysql.orders-20261123T020007Z-aaaaaa',
    database: 'ysql.orders',
    startedAt: '2026-11-23T02:00:07Z',
    state: 'failed' as const,
  },
];

const dumps = [
  {
    dumpId: 'ysql.orders-dump-20261122T020007Z-3fa9c1',
    subject: 'ysql.orders',
    startedAt: '2026-11-22T02:00:07Z',
    state: 'committed' as const,
  },
];

function catalogue(more: Partial<Catalogue> = {}) {
  const asked: unknown[] = [];
  const of: Catalogue = {
    where: 's3://kalpa/here, cluster demo',
    list: async (database) => {
      asked.push(['list', database]);
      return await Promise.resolve(entries);
    },
    read: async (id) => {
      asked.push(['read', id]);
      return await Promise.resolve(stored);
    },
    newest: async (database) => {
      asked.push(['newest', database]);
      return await Promise.resolve(stored);
    },
    dumps: async (subject) => {
      asked.push(['dumps', subject]);
      return await Promise.resolve(dumps);
    },
    close: () => {
      asked.push('close');
    },
    ...more,
  };
  const parts = {
    openCatalogue: (_: unknown, cluster: string) => {
      asked.push(cluster);
      return of;
    },
    connect: () => {
      throw new Error('Temporal is not needed');
    },
  };
  return { asked, parts };
}

describe('kalpa backups', () => {
  it('lists what is in the bucket, without Temporal', async () => {
    const { asked, parts } = catalogue();
    const { code, stdout } = await kalpa(['backups', 'ysql.orders'], { parts });
    expect(code).toBe(0);
    expect(stdout.split('\n')[1]).toBe(
      'ysql.orders-20261122T020007Z-3fa9c1  ysql.orders  committed  2026-11-22T02:00:07Z',
    );
    expect(asked).toEqual(['demo', ['list', 'ysql.orders'], 'close']);
  });

  it('is one document with --json', async () => {
    const { stdout } = await kalpa(['backups', '--json'], catalogue());
    expect(JSON.parse(stdout)).toEqual({ backups: entries });
  });

  it('says that there are none, and where it looked', async () => {
    const { stdout } = await kalpa(
      ['backups', '--cluster', 'other'],
      catalogue({ list: async () => await Promise.resolve([]) }),
    );
    expect(stdout).toBe('No backups in s3://kalpa/here, cluster demo.\n');
  });
});

describe('kalpa dumps', () => {
  it('lists what is in the bucket, without Temporal', async () => {
    const { asked, parts } = catalogue();
    const { stdout } = await kalpa(['dumps', 'ysql.orders'], { parts });
    expect(stdout.split('\n')[1]).toBe(
      'ysql.orders-dump-20261122T020007Z-3fa9c1  ysql.orders  committed  2026-11-22T02:00:07Z',
    );
    expect(asked).toEqual(['demo', ['dumps', 'ysql.orders'], 'close']);
  });

  it('says that there are none, and where it looked', async () => {
    const { stdout } = await kalpa(['dumps'], catalogue({ dumps: async () => await Promise.resolve([]) }));
    expect(stdout).toBe('No dumps in s3://kalpa/here, cluster demo.\n');
  });
});

describe('kalpa show', () => {
  it('prints what a backup holds', async () => {
    const { asked, parts } = catalogue();
    const { stdout } = await kalpa(['show', header.backupId], { parts });
    expect(stdout).toContain('holds           2 tables, 6 tablets, 40 files, 5.00 MB');
    expect(stdout).toContain('public.orders  3        1,234');
    expect(stdout).toContain('public.log     3        not counted: time was up');
    expect(asked[1]).toEqual(['read', header.backupId]);
  });

  it('takes a database for its newest backup', async () => {
    const { asked, parts } = catalogue();
    const { stdout } = await kalpa(['show', 'ysql.orders', '--json'], { parts });
    expect(JSON.parse(stdout)).toMatchObject({
      backupId: header.backupId,
      manifest: { key: stored.key, sha256: 'ab' },
    });
    expect(asked[1]).toEqual(['newest', 'ysql.orders']);
  });

  it.each([
    [{ name: 'RepositoryError', kind: 'NotFound' }, 3, 'NotFound'],
    [{ name: 'StoreError', kind: 'missing', code: 'NoSuchBucket' }, 3, 'NotFound'],
    [{ name: 'StoreError', kind: 'denied' }, 3, 'PreflightFailed'],
    [{ name: 'StoreError', kind: 'unavailable' }, 1, 'StoreUnavailable'],
    [{ name: 'RepositoryError', kind: 'ManifestInvalid' }, 1, 'ManifestInvalid'],
  ])('ends %j with exit code %d', async (fields, code, type) => {
    const { parts, asked } = catalogue({
      read: async () => await Promise.reject(Object.assign(new Error('It is not there.'), fields)),
    });
    const outcome = await kalpa(['show', header.backupId, '--json'], { parts });
    expect(outcome.code).toBe(code);
    expect(JSON.parse(outcome.stdout)).toEqual({ error: { type, message: 'It is not there.' } });
    expect(asked.at(-1)).toBe('close');
  });
});
