import type { Catalogue } from '../../../src/cli/core/open-catalogue';
import type { BackupDetails, ManifestHeader } from '../../../src/repository';
import { kalpa } from '../fake-cli';

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

const known: Record<string, Partial<BackupDetails>> = {
  [header.backupId]: {
    ...{ endedAt: '2026-11-22T02:02:14Z', durationSeconds: 127, bytes: 5_000_000, label: 'weekly', keepFor: '30 days' },
    ...{ recoveryPoint: header.recoveryPoint, startedBy: 'alice@host', workflowId: 'backup/demo/ysql.orders/x' },
    verified: { at: '2026-11-23T00:00:00Z', level: 'full', ok: false },
    rehearsed: { at: '2026-11-22T23:00:00Z', ok: true },
    rehearsal: { level: 'counts', tablesChecked: 2, rowsChecked: 1_234, recoveryTimeSeconds: 41 },
  },
};

const operations = [
  {
    ...{
      format: 1 as const,
      operation: 'recoverToPointInTime',
      workflowId: 'recover/demo/ysql.orders',
      firstRunId: 'r',
    },
    ...{ cluster: 'demo', database: 'ysql.orders', startedAt: '2026-11-21T02:00:07.500Z', input: { ago: '5m' } },
    ...{ endedAt: '2026-11-21T02:01:09.500Z', outcome: 'failed', startedBy: 'alice@host', kalpaVersion: '0' },
    failure: { type: 'RestoreFailed', message: 'it failed' },
  },
];

async function* each<T>(rows: readonly T[]): AsyncGenerator<T> {
  for (const row of rows) yield await Promise.resolve(row);
}

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
    details: (listed) => each(listed.map((one) => ({ ...one, ...(known[one.backupId] ?? {}) }))),
    dumpDetails: (listed) => each(listed.map((one) => ({ ...one, bytes: 900, rows: 1234, durationSeconds: 9 }))),
    operations: async (question) => {
      asked.push(['operations', question]);
      return await Promise.resolve({ operations, more: false });
    },
    holdings: async () => await Promise.resolve({ holdings: [], unread: [] }),
    policies: async () => await Promise.resolve(undefined),
    forPlan: async () => await Promise.resolve({ backups: [], policies: {}, now: 0 }),
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
    expect(stdout.split('\n').map((line) => line.split(/ {2,}/))).toEqual([
      [
        'BACKUP',
        'STATE',
        'SIZE',
        'TOOK',
        'RECOVERY POINT',
        'DATABASE',
        'STARTED',
        'VERIFIED',
        'PROVED',
        'LABEL',
      ].concat(['KEEP FOR', 'STARTED BY', 'PROBLEM']),
      [
        header.backupId,
        'committed',
        '5.00 MB',
        '2 min',
        header.recoveryPoint,
        'ysql.orders',
        '2026-11-22T02:00:07Z',
      ].concat(['full FAILED 2026-11-23', 'restored 2026-11-22 in 41 s', 'weekly', '30 days', 'alice@host']),
      ['ysql.orders-20261123T020007Z-aaaaaa', 'failed', 'ysql.orders', '2026-11-23T02:00:07Z'],
      [''],
    ]);
    expect(asked).toEqual(['demo', ['list', 'ysql.orders'], 'close']);
  });

  it('28: fits 80 columns of a terminal, and loses nothing by that', async () => {
    const { stdout } = await kalpa(['backups'], { ...catalogue(), tty: true, columns: 80 });
    expect(stdout.split('\n')).toEqual([
      'BACKUP                               STATE       SIZE     TOOK',
      'ysql.orders-20261122T020007Z-3fa9c1  committed   5.00 MB  2 min',
      '  recovery point 2026-11-22T02:00:07.123456Z  database ysql.orders',
      '  started 2026-11-22T02:00:07Z  verified full FAILED 2026-11-23',
      '  proved restored 2026-11-22 in 41 s  label weekly  keep for 30 days',
      '  started by alice@host',
      'ysql.orders-20261123T020007Z-aaaaaa  failed',
      '  database ysql.orders  started 2026-11-23T02:00:07Z',
      '',
    ]);
  });

  it('28: limits the list to the newest', async () => {
    const { stdout } = await kalpa(['backups', '--newest', '1', '--json'], catalogue());
    expect(JSON.parse(stdout)).toEqual({ backups: [entries[1]] });
    expect(await kalpa(['backups', '--newest', '0'], catalogue())).toMatchObject({ code: 2 });
  });

  it.each([
    [['backups', 'orders'], '"orders" is not a database', 'Did you mean ysql.orders?', 2],
    [['backups', 'ordres'], '"ordres" is not a database', 'Did you mean ysql.orders?', 2],
    [['dumps', 'orders'], '"orders" is not a database', 'Did you mean ysql.orders?', 2],
    [['show', 'ordres'], '"ordres" is not a database', 'Did you mean ysql.orders?', 2],
    [['history', 'orders'], '"orders" is not a database', 'Did you mean ysql.orders?', 2],
  ])('28: %j is refused like kalpa backup orders', async (line, text, meant, exit) => {
    const { code, stderr, stdout } = await kalpa(line, catalogue());
    expect({ code, stdout }).toEqual({ code: exit, stdout: '' });
    expect(stderr).toContain(text);
    expect(stderr).toContain(meant);
  });

  it('28: names the nearest database that has backups', async () => {
    const list = async (database?: string) =>
      await Promise.resolve(entries.filter((one) => database === undefined || one.database === database));
    const { code, stdout } = await kalpa(['backups', 'ysql.oders'], catalogue({ list }));
    expect({ code, stdout }).toEqual({
      code: 0,
      stdout: 'No backups of ysql.oders in s3://kalpa/here, cluster demo. Did you mean ysql.orders?\n',
    });
  });

  it('is one document with --json', async () => {
    const { stdout } = await kalpa(['backups', '--json'], catalogue());
    expect(JSON.parse(stdout)).toEqual({
      backups: entries.map((one) => ({ ...one, ...(known[one.backupId] ?? {}) })),
    });
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
    expect(stdout.split('\n')[1]?.split(/ {2,}/)).toEqual([
      dumps[0]?.dumpId,
      'committed',
      '900 B',
      '9 s',
      '1,234',
      'ysql.orders',
      '2026-11-22T02:00:07Z',
    ]);
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
    const now = () => new Date('2026-11-22T03:00:07Z');
    const { stdout } = await kalpa(['show', header.backupId], { parts, now });
    expect(stdout).toContain('holds           2 tables, 6 tablets, 40 files, 5.00 MB');
    expect(stdout).toContain('started         2026-11-22T02:00:07Z (1 h 0 min ago)');
    expect(stdout).toContain('ended           2026-11-22T02:02:14Z (took 2 min)');
    expect(stdout).toContain('verified        full FAILED 2026-11-23');
    expect(stdout).toContain('proved          restored 2026-11-22 in 41 s, counts: 1,234 rows in 2 tables');
    expect(stdout).toContain('started by      alice@host');
    expect(stdout).toContain('public.orders  3        1,234');
    expect(stdout).toContain('public.log     3        not counted: time was up');
    expect(asked.slice(1)).toEqual([['list', 'ysql.orders'], ['read', header.backupId], 'close']);
  });

  it.each([
    ['terminated', 'terminated: it did not become a backup'],
    ['failed', 'failed: it did not become a backup'],
    ['running', 'running, or its run has not yet recorded how it ended'],
    ['deleted', 'deleted: it can not be restored any more'],
  ] as const)('28: says of one that is %s what it is', async (state, text) => {
    const backupId = 'ysql.orders-20261123T020007Z-aaaaaa';
    const entry = { backupId, database: 'ysql.orders', startedAt: '2026-11-23T02:00:07Z', state };
    const failure = { type: 'SchemaChanging', message: 'tables went' };
    const more = {
      list: async () => await Promise.resolve([entry]),
      details: () => each([{ ...entry, failure, startedBy: 'alice@host' }]),
    };
    const { code, stdout } = await kalpa(['show', backupId], catalogue(more));
    expect(code).toBe(0);
    expect(stdout).toContain(`state       ${text}`);
    expect(stdout).toContain('reason      SchemaChanging: tables went');
    expect(stdout).toContain('started by  alice@host');
    const json = await kalpa(['show', backupId, '--json'], catalogue(more));
    expect(JSON.parse(json.stdout)).toEqual({ ...entry, failure, startedBy: 'alice@host' });
  });

  it('28: of an id that is nearly one names that one', async () => {
    const wrong = header.backupId.replace('3fa9c1', '3fa9c7');
    const read = async () =>
      await Promise.reject(Object.assign(new Error('No such.'), { name: 'RepositoryError', kind: 'NotFound' }));
    const { code, stderr } = await kalpa(['show', wrong], catalogue({ read }));
    expect(code).toBe(3);
    expect(stderr).toContain(`Did you mean ${header.backupId}?`);
  });

  it('takes a database for its newest backup', async () => {
    const { asked, parts } = catalogue();
    const { stdout } = await kalpa(['show', 'ysql.orders', '--json'], { parts });
    expect(JSON.parse(stdout)).toMatchObject({
      backupId: header.backupId,
      manifest: { key: stored.key, sha256: 'ab' },
    });
    expect(asked).toContainEqual(['newest', 'ysql.orders']);
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

describe('29: kalpa history', () => {
  it('29: reports who, what, when, and how it ended, without Temporal', async () => {
    const { parts, asked } = catalogue();
    const { code, stdout } = await kalpa(['history', 'ysql.orders', '--since', '2 days'], { parts });
    expect(code).toBe(0);
    expect(stdout.split('\n').map((line) => line.split(/ {2,}/))).toEqual([
      ['STARTED', 'OPERATION', 'ENDED', 'TOOK', 'DATABASE', 'STARTED BY', 'RUN'],
      ['2026-11-21T02:00:07Z', 'recoverToPointInTime', 'RestoreFailed', '1 min', 'ysql.orders', 'alice@host'].concat([
        'recover/demo/ysql.orders',
      ]),
      [''],
    ]);
    expect(asked[1]).toEqual([
      'operations',
      { since: new Date('2026-11-20T02:00:07Z'), database: 'ysql.orders', newest: 50 },
    ]);
  });

  it('29: fits 80 columns, and gives programs all that was recorded', async () => {
    const { stdout } = await kalpa(['history'], { ...catalogue(), tty: true, columns: 80 });
    expect(Math.max(...stdout.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80);
    expect(stdout).toContain('  took 1 min  database ysql.orders  started by alice@host');
    const json = await kalpa(['history', '--json'], catalogue());
    expect(JSON.parse(json.stdout)).toEqual({ operations: [{ ...operations[0], durationSeconds: 62 }], more: false });
  });

  it('29: says that nothing ran', async () => {
    const none = { operations: async () => await Promise.resolve({ operations: [], more: false }) };
    const leftOut = { count: 3, first: 's3://b/clusters/demo/operations/x.json is not signed; find out who wrote it.' };
    const some = catalogue({ operations: async () => await Promise.resolve({ operations, more: false, leftOut }) });
    const warned = await kalpa(['history'], some);
    expect(warned.stderr.match(/Audit records that were left out: 3\. The first: s3:/g)).toHaveLength(1);
    expect(warned.stdout).toContain(operations[0]?.workflowId);
    expect(JSON.parse((await kalpa(['history', '--json'], some)).stdout)).toMatchObject({ leftOut });
    expect((await kalpa(['history'], catalogue(none))).stdout).toBe(
      'Nothing in the last 30 days in s3://kalpa/here, cluster demo.\n',
    );
    expect(await kalpa(['history', '--since', 'ever'], catalogue(none))).toMatchObject({ code: 2 });
  });
});
