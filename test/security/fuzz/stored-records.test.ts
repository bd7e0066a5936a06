import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import {
  detailBackups,
  detailDumps,
  findDumpPart,
  getWorkList,
  isRepositoryError,
  layout,
  listBackups,
  listDumps,
  listOperations,
  listPointInTime,
  newestBackup,
  newestSchedules,
  readArtefact,
  readBackup,
  readDump,
  readFilesOf,
  readIntent,
  readMaking,
  readManifest,
  readSegment,
  readSnapshotRecord,
  registerCluster,
  registeredUniverse,
  type ClusterStore,
  type SegmentRef,
} from '../../../src/repository';
import {
  copyLine,
  fingerprintLine,
  placeLine,
  replicaLine,
  tabletLine,
  tabletMapLine,
  writesLine,
} from '../../../src/activities/work-lines';
import { sha256Of } from '../../../src/transfer';
import { ForgedBucket, forgedHeader, forgedRecord, idAt, testKey } from '../bucket/forger';
import { mutatedBytes, mutatedJson } from './mutations';
import { runs } from '../../support/matrix';

/** Seeds and counterexamples are in the message of a property that fails. */
const RUNS = runs(200, 10);

const ID = idAt('20261122T020007Z');
const DUMP = `ysql.orders-dump-20261122T020007Z-3fa9c1`;
const SNAPSHOT = '0b5f2a0e-9c2c-4f0a-8d0e-2f6a1c3b4d5e';
const TABLET = 'a'.repeat(32);
const run = { workflowId: 'w', firstRunId: 'r', startedAt: '2026-11-22T02:00:07.000Z', kalpaVersion: '0.1.0' };

const header = forgedHeader(ID, {
  label: 'nightly',
  keepFor: '30d',
  history: { from: 'a', to: 'b', because: 'c' },
  extensions: [{ name: 'pgcrypto', version: '1.3' }],
  segments: [
    {
      key: `backups/${ID}/${SNAPSHOT}/files/n1-0-0123456789abcdef.ndjson.gz`,
      sha256: 'c'.repeat(64),
      size: 1,
      files: 4,
      bytes: 20,
    },
  ],
  artefacts: [
    {
      kind: 'schema',
      key: `backups/${ID}/${SNAPSHOT}/schema-0.sql.gz`,
      sha256: 'd'.repeat(64),
      size: 5,
      contentBytes: 9,
    },
  ],
});
const part = {
  format: 1,
  part: 'ysql.orders',
  content: 'all',
  files: [{ key: `dumps/${DUMP}/ysql.orders-1-1.sql.gz`, size: 10, sha256: 'a'.repeat(64), etag: '"e"' }],
  textBytes: 99,
  csv: { table: 't', columns: ['a'], delimiter: ',', nullText: '', digest: 'b'.repeat(64), load: { MAXROWS: 1 } },
  tables: [{ schema: 'public', name: 'orders', rows: 5, columns: ['id'], partOf: [{ schema: 'a', name: 'b' }] }],
  needs: { roles: ['r'], tablespaces: [], extensions: [] },
};
const dump = {
  format: 1,
  dumpId: DUMP,
  cluster: 'demo',
  universeId: 'u',
  subject: 'ysql.orders',
  startedAt: run.startedAt,
  yugabyteVersion: '2025.1.1.0',
  dialect: '2025.1',
  kalpaVersion: '0.1.0',
  parts: [part],
  totals: { databases: 0, tables: 0, files: 1, bytes: 10, rows: 5 },
};
const intent = { format: 1, backupId: ID, cluster: 'demo', database: 'ysql.orders', ...run, startedBy: 'ada' };
const schedule = { scheduleId: 's', operation: 'backUpDatabase', input: { database: 'ysql.orders' } };

async function taken<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}
const backups = async (repository: ClusterStore) =>
  await taken(detailBackups(repository, await listBackups(repository)));
const dumps = async (repository: ClusterStore) => await taken(detailDumps(repository, await listDumps(repository)));

type Reader = [name: string, key: string, honest: unknown, read: (repository: ClusterStore) => Promise<unknown>];
const at = new Date(run.startedAt);
const READERS: Reader[] = [
  ['a manifest', layout.manifest('demo', ID), header, async (to) => await readManifest(to, ID)],
  [
    'the newest manifest',
    layout.manifest('demo', ID),
    header,
    async (to) => await newestBackup(to, { database: 'ysql.orders' }),
  ],
  ['a list of manifests', layout.manifest('demo', ID), header, backups],
  ['a manifest of a dump', layout.dumpManifest('demo', DUMP), dump, async (to) => await readDump(to, DUMP)],
  ['a list of dumps', layout.dumpManifest('demo', DUMP), dump, dumps],
  [
    'a part of a dump',
    layout.dumpPart('demo', DUMP, { part: 'ysql.orders' }),
    part,
    async (to) => await findDumpPart(to, DUMP, { part: 'ysql.orders' }),
  ],
  [
    'the record of the cluster',
    layout.clusterRecord('demo'),
    { format: 1, cluster: 'demo', universeId: 'u' },
    async (to) => [await registeredUniverse(to), await registerCluster(to, 'u')],
  ],
  [
    'the record of the repository',
    layout.repository,
    { format: 1, repositoryId: 'x' },
    async (to) => await registerCluster(to, 'u'),
  ],
  ['an intent', layout.intent('demo', ID), intent, async (to) => [await readIntent(to, ID), await backups(to)]],
  ['an intent of a dump', layout.dumpIntent('demo', DUMP), { ...intent, dumpId: DUMP, subject: 'ysql.orders' }, dumps],
  [
    'the end of an intent',
    layout.closedRecord('demo', ID, 'failed'),
    { format: 1, backupId: ID, end: 'failed', closedAt: run.startedAt, failure: { type: 'T', message: 'm' } },
    backups,
  ],
  [
    'a snapshot',
    layout.snapshotRecord('demo', SNAPSHOT),
    { format: 1, snapshotId: SNAPSHOT, database: 'ysql.orders', createdAt: run.startedAt, schema: 'x', ...run },
    async (to) => await readSnapshotRecord(to, SNAPSHOT),
  ],
  [
    'point-in-time recovery',
    layout.pointInTime('demo', 'ysql.orders', at, 'w'),
    {
      format: 1,
      database: 'ysql.orders',
      at: run.startedAt,
      schedule: { id: 'i', everyMinutes: 60, keepMinutes: 600 },
      catalogVersion: '7',
      workflowId: 'w',
      kalpaVersion: '0.1.0',
    },
    async (to) => await listPointInTime(to, 'ysql.orders'),
  ],
  [
    'a schedule',
    layout.schedule('demo', at),
    { format: 1, scheduleId: 's', at: run.startedAt, schedule, kalpaVersion: '0.1.0' },
    async (to) => await newestSchedules(to),
  ],
  [
    'an operation',
    layout.operation('demo', at, 'w'),
    {
      format: 1,
      operation: 'o',
      cluster: 'demo',
      ...run,
      input: { a: [1] },
      result: { b: 2 },
      cleanedUp: { undone: ['a'], leftovers: [] },
    },
    async (to) => await listOperations(to, { since: new Date(0), newest: 10 }),
  ],
  [
    'a making',
    layout.making('demo', 'r', 'ycql.shop'),
    {
      format: 1,
      database: 'ycql.shop',
      workflowId: 'w',
      firstRunId: 'r',
      existed: false,
      tables: ['t'],
      at: run.startedAt,
    },
    async (to) => await readMaking(to, { workflowId: 'w', firstExecutionRunId: 'r' }, 'ycql.shop'),
  ],
];

/** Only failures of the repository, or a value that can go through a history and be walked through. */
async function expectRead(read: () => Promise<unknown>): Promise<void> {
  const outcome = await read().then(
    (value) => ({ value }),
    (error: unknown) => ({ error }),
  );
  if ('error' in outcome) {
    if (!isRepositoryError(outcome.error)) throw outcome.error;
    const kinds = ['ManifestInvalid', 'ChecksumMismatch', 'NotFound', 'PreflightFailed', 'AlreadyExists'];
    expect(kinds).toContain(outcome.error.kind);
    expect(outcome.error.message.length).toBeLessThan(17_000);
  } else expectSound(outcome.value);
  expect(Object.keys(Object.prototype)).toEqual([]);
}

function expectSound(value: unknown, depth = 0): void {
  if (typeof value === 'string') expect(/\p{Surrogate}/u.test(value)).toBe(false);
  if (typeof value !== 'object' || value === null || value instanceof Date) return;
  expect(depth).toBeLessThan(80);
  if (!Array.isArray(value)) expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
  for (const [key, inner] of Object.entries(value)) {
    expectSound(key);
    expectSound(inner, depth + 1);
  }
}

describe('23: whatever stands in the bucket in place of', () => {
  it.each(READERS)('%s, only a documented failure or a sound value comes of it', async (_, key, honest, read) => {
    const put = (bytes: Buffer | string): ClusterStore => {
      const bucket = new ForgedBucket();
      bucket.put(key, bytes);
      return bucket.repository();
    };
    await expectHonest(() => read(put(JSON.stringify(honest))));
    const text = fc.oneof(mutatedJson(honest), mutatedBytes(Buffer.from(JSON.stringify(honest))));
    await fc.assert(
      fc.asyncProperty(text, async (bytes) => await expectRead(() => read(put(bytes)))),
      { numRuns: RUNS },
    );
  });
});

/** What nobody changed is read: else the properties would prove nothing. */
async function expectHonest(read: () => Promise<unknown>): Promise<void> {
  const found = JSON.stringify((await read()) ?? null);
  expect(found).not.toContain('is not a record of format 1');
}

describe('23: lists of lines:', () => {
  const line = {
    tablet: TABLET,
    table: '00004000000030008000000000004001',
    peer: 'b'.repeat(32),
    path: 'CURRENT',
    size: 10,
    mtimeNs: '1',
    inode: '2',
    birthtimeNs: '3',
    sha256: 'a'.repeat(64),
    crc32: 'AAAAAA==',
    object: `backups/${ID}/${SNAPSHOT}/data/x/CURRENT`,
    etag: '"e"',
  };
  const LINES: [string, Parameters<typeof getWorkList>[2], unknown][] = [
    ['tablets', tabletLine, { tablet: TABLET, tables: ['t'], partition: { start: '', end: '' } }],
    ['replicas', replicaLine, { tablet: TABLET, table: 't', files: 1, bytes: 2, leader: true, problem: 'p' }],
    ['tablets to copy', copyLine, { tablet: TABLET }],
    ['digests', fingerprintLine, { schema: 'public', name: 't', rows: 1, digest: 'd' }],
    ['writes', writesLine, { tserver: 't', tablet: TABLET, written: 1, open: 0 }],
    ['a map of tablets', tabletMapLine, { oldTablet: TABLET, newTablet: TABLET }],
    [
      'files to place',
      placeLine,
      { tablet: TABLET, path: 'CURRENT', size: 1, sha256: 'a'.repeat(64), object: 'o', etag: 'e', offset: 3 },
    ],
  ];

  /** Packed as it stands there, its hash and size those of the forger. */
  const reading = (packed: Buffer, read: (repository: ClusterStore, ref: SegmentRef) => Promise<unknown>) => {
    const bucket = new ForgedBucket();
    bucket.put('list', packed);
    return read(bucket.repository(), {
      key: 'list',
      sha256: sha256Of(packed),
      size: packed.length,
      files: 1,
      bytes: 10,
    });
  };
  const packed = (honest: unknown): fc.Arbitrary<Buffer> => {
    const whole = gzipSync(`${JSON.stringify(honest)}\n`);
    const text = fc.oneof(mutatedJson(honest), mutatedBytes(Buffer.from(`${JSON.stringify(honest)}\n`)));
    return fc.oneof(
      text.map((bytes) => gzipSync(bytes)),
      mutatedBytes(whole),
    );
  };

  it('a file list', async () => {
    await expectHonest(() => reading(gzipSync(JSON.stringify(line)), readSegment));
    await fc.assert(
      fc.asyncProperty(packed(line), async (bytes) => await expectRead(() => reading(bytes, readSegment))),
      { numRuns: 3 * RUNS },
    );
  });

  it.each(LINES)('a work list of %s', async (_, schema, honest) => {
    const read = async (repository: ClusterStore, ref: SegmentRef): Promise<unknown> =>
      await getWorkList(repository, ref, schema);
    await expectHonest(() => reading(gzipSync(JSON.stringify(honest)), read));
    await fc.assert(
      fc.asyncProperty(packed(honest), async (bytes) => await expectRead(() => reading(bytes, read))),
      {
        numRuns: RUNS,
      },
    );
  });

  it('an artefact', async () => {
    const read = async (repository: ClusterStore, ref: SegmentRef): Promise<unknown> =>
      String(await readArtefact(repository, { ...ref, kind: 'schema', contentBytes: 100 }));
    await fc.assert(
      fc.asyncProperty(packed({ a: 1 }), async (bytes) => await expectRead(() => reading(bytes, read))),
      { numRuns: RUNS },
    );
  });

  it('millions of empty lines take no more memory than their text', async () => {
    const feeds = gzipSync(Buffer.alloc(32 * 1024 * 1024, 0x0a));
    const before = process.memoryUsage().rss;
    await expect(
      reading(feeds, async (repository, ref) => await readSegment(repository, { ...ref, files: 10_000 })),
    ).rejects.toMatchObject({ kind: 'ManifestInvalid' });
    expect(await reading(feeds, async (repository, ref) => await getWorkList(repository, ref, copyLine))).toEqual([]);
    expect(process.memoryUsage().rss - before).toBeLessThan(300 * 1024 * 1024);
  });
});

describe('23: signed records', () => {
  const key = testKey();
  const payload = Buffer.from(`${JSON.stringify(header, null, 2)}\n`);
  const signed = forgedRecord('manifest', payload, key);

  it('whatever bytes are changed, what is read is what was signed', async () => {
    const bucket = new ForgedBucket();
    bucket.put(layout.manifest('demo', ID), signed);
    const repository = bucket.repository(key.reader);
    const honest = await readManifest(repository, ID);
    const envelope = JSON.parse(String(signed)) as Record<string, unknown>;
    await fc.assert(
      fc.asyncProperty(fc.oneof(mutatedBytes(signed), mutatedJson(envelope)), async (bytes) => {
        bucket.put(layout.manifest('demo', ID), bytes);
        await expectRead(async () => {
          const read = await readBackup(repository, ID);
          expect(read).toEqual(honest);
        });
      }),
      { numRuns: 3 * RUNS },
    );
  });

  it('a list proves, or says, the same of large manifests', async () => {
    const large = forgedHeader(ID, { roles: Array.from({ length: 6_000 }, (_, i) => `role number ${i}`) });
    const text = Buffer.from(`${JSON.stringify({ ...large, ...{ zz: 1 } }, Object.keys(large).sort(), 2)}\n`);
    await fc.assert(
      fc.asyncProperty(mutatedBytes(text.subarray(0, 4096)), fc.boolean(), async (beginning, withKeys) => {
        const bucket = new ForgedBucket();
        bucket.put(layout.manifest('demo', ID), Buffer.concat([beginning, text.subarray(4096)]));
        await expectRead(() => backups(bucket.repository(withKeys ? key.reader : undefined)));
      }),
      { numRuns: RUNS },
    );
  });

  it('numbers and texts that are none make a large manifest unreadable, not the list', async () => {
    for (const field of ['"recoveryPoint": 1e', '"label": "\\x"', '"format": 1e999', '"label": "\\ud800"']) {
      const bucket = new ForgedBucket();
      const rest = `,\n  "roles": [\n${'    "x",\n'.repeat(10_000)}    "y"\n  ]\n}\n`;
      bucket.put(layout.manifest('demo', ID), `{\n  ${field}${rest}`);
      const [backup] = await backups(bucket.repository());
      expect(backup?.problem).toMatch(/is not a record of format 1/);
    }
  });
});

describe('23: what is too much is refused before anything is made of it:', () => {
  const manifestOf = (text: string): ClusterStore => {
    const bucket = new ForgedBucket();
    bucket.put(layout.manifest('demo', ID), text);
    return bucket.repository();
  };
  const with_ = (field: string, value: string): string =>
    JSON.stringify({ ...header, [field]: 'HERE' }).replace('"HERE"', value);

  it.each([
    ['many wrong items', 'roles', `[${'{},'.repeat(400_000)}{}]`, 'roles.0'],
    ['many wrong tables', 'tables', `[${'{},'.repeat(400_000)}{}]`, 'tables.0.id'],
    ['wrong items in one table of a list', 'extensions', `[{"name":"a"},${'{},'.repeat(200_000)}{}]`, 'extensions.1'],
    ['a million levels', 'more', `${'['.repeat(1_000_000)}${']'.repeat(1_000_000)}`, 'deeper than 64 levels'],
    ['too many values', 'more', `[${'0,'.repeat(11_000_000)}0]`, 'more than 10000000 values'],
  ])('%s', async (_, field, value, problem) => {
    const started = process.cpuUsage();
    await expect(readManifest(manifestOf(with_(field, value)), ID)).rejects.toMatchObject({
      kind: 'ManifestInvalid',
      message: expect.stringContaining(problem) as string,
    });
    const { user, system } = process.cpuUsage(started);
    expect((user + system) / 1e6).toBeLessThan(4);
  });

  it('a manifest that refers to very many backups costs no more than its length', async () => {
    const idAt = (i: number): string => `ysql.orders-20261121T020007Z-${i.toString(16).padStart(6, '0')}`;
    const refersTo = Array.from({ length: 100_000 }, (_, i) => ({ backupId: idAt(i), files: 0, bytes: 0 }));
    const segments = Array.from({ length: 10_000 }, (_, i) => ({
      ...header.segments[0],
      key: `backups/${idAt(99_999 - i)}/s/files/${i}.ndjson.gz`,
      files: 0,
      bytes: 0,
    }));
    const totals = { ...header.totals, files: 0, bytes: 0, uploadedBytes: 0, reusedBytes: 0 };
    const started = process.cpuUsage();
    const text = JSON.stringify({ ...header, refersTo, segments, totals });
    const { header: read } = await readManifest(manifestOf(text), ID);
    expect(read.segments).toHaveLength(10_000);
    await expect(taken(readFilesOf(manifestOf(text), read))).rejects.toMatchObject({ kind: 'ManifestInvalid' });
    const { user, system } = process.cpuUsage(started);
    expect((user + system) / 1e6).toBeLessThan(8);
  });
});
