import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Client } from '@temporalio/client';
import { parse } from 'yaml';
import type { BackUpDatabaseResult, InspectClusterResult } from '../../../src/contract';
import { backupsOf } from '../../support/store/backup-list';
import { leftovers } from '../../support/cluster/cluster-state';
import { startExtraWorker, type ExtraWorker } from '../../support/cluster/extra-worker';
import { slowIt, some } from '../../support/matrix';
import { newDatabase } from '../../support/cluster/new-database';
import { databaseNames, withSql } from '../../support/cluster/sql';
import { failureOf, start, stackJson, temporalClient } from '../../support/stack';

const FULL_DISK = join(__dirname, '../../support/full-disk.cjs');
const NO_BUCKET = `s3://nowhere-${process.pid}/x`;
const stack = stackJson();
let client: Client;
let shop: string;
let hollow: string;
let backupId: string;
let before: { databases: string[]; backups: string[] };

const state = async (): Promise<typeof before> => ({
  databases: await databaseNames(stack.ysql),
  backups: (await backupsOf(stack)).map((backup) => backup.backupId),
});
const refused = async (type: string, input: unknown) => await failureOf(await start(client, type, input));

beforeAll(async () => {
  client = await temporalClient(stack);
  shop = await newDatabase(stack, 'shop', 'CREATE TABLE goods (id int PRIMARY KEY, what text)');
  hollow = await newDatabase(stack, 'hollow');
  const made = (await (
    await start(client, 'backUpDatabase', { database: `ysql.${shop}` })
  ).result()) as BackUpDatabaseResult;
  backupId = made.backupId;
  before = await state();
}, 60_000);
afterAll(async () => {
  await client.connection.close();
});
afterEach(async () => {
  expect(await leftovers(stack)).toEqual([]);
  expect(await state()).toEqual(before); // nothing was changed
});

describe('a wrong field is InvalidInput and named', () => {
  const wrong: [string, string, unknown, string][] = [
    ['backUpDatabase', 'no input', undefined, 'database'],
    ['backUpDatabase', 'a text for an object', 'ysql.shop', '(input)'],
    ['backUpDatabase', 'a missing database', {}, 'database'],
    ['backUpDatabase', 'a database of the wrong type', { database: 5 }, 'database'],
    ['backUpDatabase', 'a bare name', { database: 'shop' }, 'database'],
    ['backUpDatabase', 'an empty name', { database: 'ysql.' }, 'database'],
    ['backUpDatabase', 'a name with NUL', { database: 'ysql.a\0b' }, 'database'],
    ['backUpDatabase', 'a name of 64 bytes', { database: `ysql.${'é'.repeat(32)}` }, 'database'],
    ['backUpDatabase', 'an unknown field', { database: 'ysql.shop', paralellism: 4 }, 'paralellism'],
    ['backUpDatabase', 'a field of a later version', { database: 'ysql.shop', tables: ['goods'] }, 'tables'],
    ['backUpDatabase', 'a rate of the wrong type', { database: 'ysql.shop', bytesPerSecond: '5MB' }, 'bytesPerSecond'],
    ['backUpDatabase', 'a negative rate', { database: 'ysql.shop', bytesPerSecond: -1 }, 'bytesPerSecond'],
    ['backUpDatabase', 'an unknown level', { database: 'ysql.shop', fingerprint: 'some' }, 'fingerprint'],
    ['backUpDatabase', 'a duration without unit', { database: 'ysql.shop', keepFor: '7' }, 'keepFor'],
    ['restoreDatabase', 'no input', undefined, 'backup'],
    ['restoreDatabase', 'a backup of the wrong type', { backup: 7 }, 'backup'],
    ['restoreDatabase', 'an empty backup id', { backup: '' }, 'backup'],
    ['restoreDatabase', 'tables of a YSQL backup', { backup: { database: 'ysql.shop' }, tables: ['a'] }, 'tables'],
    ['restoreDatabase', 'no instant', { backup: { database: 'ysql.shop', before: 'yesterday' } }, 'backup.before'],
    ['restoreDatabase', 'an empty new name', { backup: { database: 'ysql.shop' }, as: '' }, 'as'],
    ['restoreDatabase', 'a new name of 64 bytes', { backup: { database: 'ysql.shop' }, as: 'x'.repeat(64) }, 'as'],
    ['restoreDatabase', 'a moment in milliseconds', { backup: { database: 'ysql.shop' }, to: '1763776800000' }, 'to'],
    ['restoreDatabase', 'tables', { backup: { database: 'ysql.shop' }, tables: ['goods'] }, 'tables'],
    ['restoreDatabase', 'an unknown field', { backup: { database: 'ysql.shop' }, into: 'x' }, 'into'],
    [
      'restoreDatabase',
      'no cluster name',
      { backup: { database: 'ysql.shop' }, fromCluster: 'No Such' },
      'fromCluster',
    ],
    ['inspectCluster', 'an unknown field', { database: 'ysql.shop' }, 'database'],
  ];
  // The contract's own tests refuse each of them; here a few go all the way to the person who started the run.
  it.each(some(wrong, 10))('%s: %s', async (type, _case, input, field) => {
    const { type: failure, message, details } = await refused(type, input);
    expect(failure).toBe('InvalidInput');
    expect(details).toEqual([expect.objectContaining({ field, allowed: expect.any(String) as string })]);
    expect(message).toContain(`${type} refused its input, nothing was changed: ${field}: given `);
    expect(message).toMatch(/Correct the field and start it again\.$/);
  });

  it('all wrong fields at once', async () => {
    const { type, message, details } = await refused('backUpDatabase', {
      database: 'ysql.shop',
      tables: ['a'],
      label: '',
    });
    expect(type).toBe('InvalidInput');
    expect(details.map(({ field }) => field).sort()).toEqual(['label', 'tables']);
    expect(message).toContain('its snapshots hold it whole');
  });
});

describe('what does not exist is NotFound', () => {
  it('a database', async () => {
    const { type, message } = await refused('backUpDatabase', { database: 'ysql.nowhere' });
    expect(type).toBe('NotFound');
    expect(message).toMatch(/ysql\.nowhere.*kalpa inspect/);
  });

  it.each([
    ['a well-formed id', 'ysql.shop-20200101T000000Z-abcdef'],
    ['no id', 'last-night'],
  ])('a backup: %s', async (_case, backup) => {
    const { type, message } = await refused('restoreDatabase', { backup, as: 'other' });
    expect(type).toBe('NotFound');
    expect(message).toContain(backup);
    expect(message).toMatch(/kalpa backups/);
  });

  it('any backup of a database, or one before an instant', async () => {
    const none = await refused('restoreDatabase', { backup: { database: `ysql.${hollow}` }, as: 'other' });
    expect(none).toMatchObject({ type: 'NotFound' });
    expect(none.message).toMatch(new RegExp(`ysql\\.${hollow}.*kalpa backups`));
    const earlier = await refused('restoreDatabase', {
      backup: { database: `ysql.${shop}`, before: '2020-01-01T00:00:00Z' },
      as: 'other',
    });
    expect(earlier).toMatchObject({ type: 'NotFound' });
    expect(earlier.message).toContain('2020-01-01T00:00:00.000000Z');
  });

  it('a backup of another cluster', async () => {
    const { type, message } = await refused('restoreDatabase', {
      backup: backupId,
      fromCluster: 'elsewhere',
      as: 'other',
    });
    expect(type).toBe('NotFound');
    expect(message).toMatch(/elsewhere/);
  });
});

describe('what the cluster can not take', () => {
  it('an empty database is PreflightFailed', async () => {
    const { type, message } = await refused('backUpDatabase', { database: `ysql.${hollow}` });
    expect(type).toBe('PreflightFailed');
    expect(message).toMatch(new RegExp(`ysql\\.${hollow} has no table.*Create a table first`));
  });

  it.each([
    ['its own', () => undefined],
    ['another one', () => hollow],
    ['the first', () => 'yugabyte'],
  ])('a target name that is taken is AlreadyExists: %s', async (_case, name) => {
    const as = name();
    const { type, message } = await refused('restoreDatabase', {
      backup: backupId,
      ...(as === undefined ? {} : { as }),
    });
    expect(type).toBe('AlreadyExists');
    expect(message).toMatch(new RegExp(`ysql\\.${as ?? shop} already exists.*Choose another name with "as"`));
  });
});

describe('what the installation lacks', () => {
  const nodes: ExtraWorker[] = [];
  // One cluster name for all variants, with node workers of its own: only what a case breaks is broken.
  beforeAll(async () => {
    nodes.push(
      ...(await Promise.all(
        [1, 2, 3].map((node) => startExtraWorker(stack, `broken-${node}`, { node, config: { cluster: 'broken' } })),
      )),
    );
  }, 60_000);
  afterAll(async () => {
    await Promise.all(nodes.map((worker) => worker.stop()));
  });

  /** Both operations and an inspection on a broken cluster, with a control worker of its own. */
  async function withBroken<T>(
    config: Record<string, unknown>,
    work: (cluster: string) => Promise<T>,
    env: NodeJS.ProcessEnv = {},
    cluster = 'broken',
  ): Promise<T> {
    const worker = await startExtraWorker(stack, 'control', { config: { cluster, ...config }, env });
    try {
      return await work(cluster);
    } finally {
      await worker.stop();
    }
  }
  const ofBoth = async (cluster: string) => ({
    backup: await failureOf(await start(client, 'backUpDatabase', { database: `ysql.${shop}` }, cluster)),
    restore: await failureOf(
      await start(client, 'restoreDatabase', { backup: backupId, fromCluster: 'demo', as: 'other' }, cluster),
    ),
  });
  const problemsOf = async (cluster: string): Promise<string[]> =>
    ((await (await start(client, 'inspectCluster', {}, cluster)).result()) as { problems: string[] }).problems;

  /** A worker's own key may do nothing outside of its bucket, and is told no more. */
  const EVERY_BUCKET = { AWS_ACCESS_KEY_ID: stack.s3.accessKeyId, AWS_SECRET_ACCESS_KEY: stack.s3.secretAccessKey };
  const { ysql } = parse(readFileSync(stack.config, 'utf8')) as { ysql: object };
  const cases: [string, Record<string, unknown>, string, RegExp, NodeJS.ProcessEnv?][] = [
    [
      'a missing bucket',
      { repository: repository({ url: NO_BUCKET }) },
      'NotFound',
      /s3:\/\/nowhere-.*NoSuchBucket.*Check the bucket/,
      EVERY_BUCKET,
    ],
    [
      'a secret key that is wrong',
      {},
      'PreflightFailed',
      /s3:\/\/kalpa.*(denied|refused|credentials|access)/i,
      { AWS_SECRET_ACCESS_KEY: 'wrong' },
    ],
    ['a SQL user that does not exist', { ysql: { ...ysql, user: 'nobody_here' } }, 'PreflightFailed', /nobody_here/],
    [
      'masters that do not answer',
      { masters: ['127.0.0.1:1'], http: { masters: ['127.0.0.1:1'] } },
      'PreflightFailed',
      /The masters: .*127\.0\.0\.1:1/,
    ],
    [
      'tools that are not there',
      { tools: '/nowhere/bin' },
      'PreflightFailed',
      /yb-admin at \/nowhere\/bin.*Install YugabyteDB's client tools there/,
    ],
    ['tools of an unknown version', { tools: oldTools() }, 'IncompatibleVersion', /yb-admin.*1\.3\.0.*2\.6 or newer/],
  ];
  it.each(some(cases, 2))(
    '%s',
    async (...[_case, config, type, message, env]) => {
      await withBroken(
        config,
        async (cluster) => {
          const { backup, restore } = await ofBoth(cluster);
          for (const refusal of [backup, restore]) {
            expect({ type: refusal.type, message: refusal.message }).toEqual({
              type,
              message: expect.stringMatching(message) as string,
            });
            expect(refusal.details).toHaveLength(1);
          }
          expect((await problemsOf(cluster)).join('\n')).toMatch(message);
        },
        env,
      );
    },
    60_000,
  );

  slowIt('a SQL user that may do nothing', async () => {
    const user = `nobody_${shop}`;
    await withSql(
      stack.ysql,
      'yugabyte',
      async (sql) => await sql.query(`CREATE ROLE ${user} LOGIN PASSWORD '${stack.ysql.password ?? ''}'`),
    );
    await withBroken({ ysql: { ...ysql, user } }, async (cluster) => {
      const { backup, restore } = await ofBoth(cluster);
      expect(backup).toMatchObject({ type: 'PreflightFailed' });
      expect(backup.message).toMatch(new RegExp(`"${user}" may not read 1 tables.*public\\.goods.*Grant it SELECT`));
      expect(restore).toMatchObject({ type: 'PreflightFailed' });
      expect(restore.message).toMatch(new RegExp(`"${user}" may not create databases.*CREATEDB`));
    });
  });

  slowIt(
    'node workers: none at all',
    async () => {
      await withBroken(
        {},
        async (cluster) => {
          const { backup, restore } = await ofBoth(cluster);
          expect(backup).toMatchObject({ type: 'PreflightFailed' });
          expect(backup.message).toMatch(
            /3 tablets of .* have no replica on a node with a Kalpa worker.*Start `kalpa worker node` there/,
          );
          expect(restore).toMatchObject({ type: 'PreflightFailed' });
          expect(restore.message).toMatch(/3 of 3 nodes have no worker that answers.*Start them/);
          const inspected = (await (
            await start(client, 'inspectCluster', {}, cluster)
          ).result()) as InspectClusterResult;
          expect(inspected.nodes.map(({ worker }) => worker)).toEqual([false, false, false]);
          expect(inspected.problems.filter((problem) => problem.includes('no node worker'))).toHaveLength(3);
        },
        {},
        'nodeless',
      );
    },
    60_000,
  );

  slowIt(
    'one node worker: the backup warns, the restore refuses; the disk of another is full',
    async () => {
      const some = await Promise.all([
        startExtraWorker(stack, 'short-1', { node: 1, config: { cluster: 'short' } }),
        startExtraWorker(stack, 'short-2', {
          node: 2,
          config: { cluster: 'short' },
          env: { NODE_OPTIONS: `--require=${FULL_DISK}` },
        }),
      ]);
      try {
        await withBroken(
          {},
          async (cluster) => {
            const backup = await (
              await start(client, 'backUpDatabase', { database: `ysql.${shop}` }, cluster)
            ).result();
            expect((backup as BackUpDatabaseResult).warnings).toEqual([
              expect.stringMatching(/^1 of 3 nodes did not take part.*is `kalpa worker node` running/),
            ]);
            const input = { backup: backupId, fromCluster: 'demo', as: 'other' };
            const restore = await failureOf(await start(client, 'restoreDatabase', input, cluster));
            expect(restore).toMatchObject({ type: 'PreflightFailed' });
            expect(restore.details).toHaveLength(2);
            expect(restore.message).toMatch(/2 things are wrong: .*1 of 3 nodes have no worker/);
            expect(restore.message).toContain(`${stack.tservers[1]?.address ?? ''} has 0 bytes free`);
          },
          {},
          'short',
        );
      } finally {
        await Promise.all(some.map((worker) => worker.stop()));
      }
    },
    60_000,
  );

  it('everything at once: one failure lists all of it', async () => {
    const broken = {
      repository: repository({ url: NO_BUCKET }),
      ysql: { ...ysql, user: 'nobody_here' },
      masters: ['127.0.0.1:1'],
      http: { masters: ['127.0.0.1:1'] },
      tools: '/nowhere/bin',
    };
    await withBroken(
      broken,
      async (cluster) => {
        const { backup, restore } = await ofBoth(cluster);
        for (const { type, message, details } of [backup, restore]) {
          expect(type).toBe('PreflightFailed');
          expect(details.map((detail) => detail['type']).sort()).toEqual([
            'NotFound',
            'PreflightFailed',
            'PreflightFailed',
            'PreflightFailed',
          ]);
          expect(message).toMatch(/was refused before anything was changed, 4 things are wrong: /);
          for (const part of ['(1)', '(2)', '(3)', '(4)', 'nowhere/bin', 'nobody_here', '127.0.0.1:1', NO_BUCKET])
            expect(message).toContain(part);
        }
        expect(await problemsOf(cluster)).toHaveLength(4);
      },
      EVERY_BUCKET,
    );
  }, 60_000);
});

/** `repository:` of the stack with changes. */
function repository(changed: object): object {
  const { s3 } = stack;
  return { url: `s3://${s3.bucket}/${s3.prefix}`, region: s3.region, endpoint: s3.endpoint, ...changed };
}

/** A folder of tools whose yb-admin is of a release that Kalpa does not know. */
function oldTools(): string {
  const folder = mkdtempSync(join(tmpdir(), 'kalpa-old-tools-'));
  for (const tool of ['yb-admin', 'ysql_dump', 'ysql_dumpall']) {
    writeFileSync(
      join(folder, tool),
      `#!/bin/sh\nif [ "$1" = --version ]; then echo "version 1.3.0.0 build 1 revision x"; exit 0; fi\nexec ${stack.tools}/${tool} "$@"\n`,
      { mode: 0o755 },
    );
  }
  return folder;
}
