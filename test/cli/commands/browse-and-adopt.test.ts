import type { CliDependencies } from '../../../src/cli/core/cli-dependencies';
import type { Catalogue } from '../../../src/cli/core/open-catalogue';
import { settingsToBrowse } from '../../../src/config';
import type { BackupDetails } from '../../../src/repository';
import { kalpa } from '../fake-cli';

const URL = 's3://company-backups/yugabyte';
const at = (day: number): string => `2026-11-${day}T02:00:07Z`;
const backup = (day: number, state = 'committed', database = 'ysql.orders') => ({
  ...{ backupId: `${database}-202611${day}T020007Z-3fa9c1`, database, startedAt: at(day), state },
});
const entries = [backup(20), backup(21, 'failed'), backup(22)];
const dumps = [
  { dumpId: 'ysql.shop-dump-20261122T020007Z-3fa9c1', subject: 'ysql.shop', startedAt: at(22), state: 'committed' },
];
const moments = (startedAt: string) => ({ from: startedAt.replace('02:00:07Z', '01:45:00.000000Z'), to: startedAt });

async function* each<T>(rows: readonly T[]): AsyncGenerator<T> {
  for (const row of rows) yield await Promise.resolve(row);
}

const catalogue = (more: Partial<Catalogue> = {}): Catalogue =>
  ({
    where: `${URL}, cluster demo`,
    list: async (database?: string) =>
      await Promise.resolve(entries.filter((one) => database === undefined || one.database === database)),
    dumps: async (subject?: string) =>
      await Promise.resolve(dumps.filter((one) => subject === undefined || one.subject === subject)),
    details: (listed: readonly BackupDetails[]) =>
      each(
        listed.map((one) =>
          one.state === 'committed' ? { ...one, bytes: 5_000_000, moments: moments(one.startedAt) } : one,
        ),
      ),
    policies: async () => await Promise.resolve(undefined),
    close: () => undefined,
    ...more,
  }) as unknown as Catalogue;

/** What was asked of the bucket, and with which settings. */
function browsing(clusters = ['demo', 'other'], more: Partial<Catalogue> = {}) {
  const asked: unknown[] = [];
  const parts: Partial<CliDependencies> = {
    loadConfig: () => {
      throw new Error('no kalpa.yaml is needed');
    },
    connect: () => {
      throw new Error('Temporal is not needed');
    },
    openToBrowse: (named, publicKeys) => {
      asked.push(named, publicKeys);
      return {
        location: URL,
        clusters: async () => await Promise.resolve(clusters),
        catalogue: (cluster) =>
          cluster === 'demo'
            ? catalogue(more)
            : catalogue({ list: async () => await Promise.resolve([]), dumps: async () => await Promise.resolve([]) }),
        close: () => {
          asked.push('close');
        },
      };
    },
  };
  return { asked, parts };
}

describe('26.6: kalpa browse', () => {
  it('shows the databases of every cluster, without a kalpa.yaml and without Temporal', async () => {
    const { asked, parts } = browsing();
    const { code, stdout, stderr } = await kalpa(['browse', URL], { parts });
    expect(code).toBe(0);
    expect(stdout.split('\n').map((line) => line.split(/ {2,}/).slice(0, 5))).toEqual([
      ['CLUSTER', 'DATABASE', 'BACKUPS', 'NEWEST MOMENT', 'SIZE'],
      ['demo', 'ysql.orders', '2', at(22), '5.00 MB'],
      ['demo', 'ysql.shop', '0', '1'],
      [''],
    ]);
    expect(stderr).toContain('None of this is verified');
    expect(asked).toEqual([{ url: URL }, [], 'close']);
  });

  it('shows every backup and moment of one database, and with keys says nothing of proofs', async () => {
    const { asked, parts } = browsing();
    const line = [
      'browse',
      URL,
      'ysql.orders',
      '--cluster',
      'demo',
      '--endpoint',
      'http://s3:9000',
      '--public-key',
      'k',
    ];
    const { code, stdout, stderr } = await kalpa(line, { parts });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout.split('\n').map((one) => one.split(/ {2,}/).slice(0, 4))).toEqual([
      ['BACKUP', 'STATE', 'FROM', 'TO'],
      [entries[0]?.backupId, 'committed', '2026-11-20T01:45:00.000000Z', at(20)],
      [entries[1]?.backupId, 'failed', 'demo'],
      [entries[2]?.backupId, 'committed', '2026-11-22T01:45:00.000000Z', at(22)],
      [''],
    ]);
    expect(asked.slice(0, 2)).toEqual([{ url: URL, endpoint: 'http://s3:9000' }, ['k']]);
    const json = await kalpa([...line, '--json'], { parts });
    expect(JSON.parse(json.stdout)).toMatchObject({
      ...{ signaturesChecked: true, backups: [{ cluster: 'demo' }, {}, {}], dumps: [] },
    });
  });

  it('says what is not there', async () => {
    expect((await kalpa(['browse', URL], { parts: browsing([]).parts })).stdout).toBe(`No clusters in ${URL}.\n`);
    const none = await kalpa(['browse', URL, '--cluster', 'prod'], { parts: browsing().parts });
    expect(none.stdout).toBe(`No cluster prod in ${URL}.\n`);
    const nothing = await kalpa(['browse', URL, 'ysql.gone'], { parts: browsing().parts });
    expect(nothing.stdout).toBe(`Nothing of ysql.gone in ${URL}.\n`);
    const wrong = await kalpa(['browse', URL, 'orders'], { parts: browsing().parts });
    expect(wrong).toMatchObject({ code: 2, stderr: expect.stringContaining('Did you mean ysql.orders?') as string });
  });

  it('takes address and region from the usual variables, no keys, and refuses an invalid address', () => {
    const env = { AWS_REGION: 'eu-west-1', AWS_ENDPOINT_URL_S3: 'http://s3:9000', AWS_ACCESS_KEY_ID: 'x' };
    expect(settingsToBrowse({ url: `${URL}/` }, env)).toEqual({
      ...{ bucket: 'company-backups', prefix: 'yugabyte', region: 'eu-west-1', endpoint: 'http://s3:9000' },
      ...{ forcePathStyle: true, allowUnsafeStore: false },
    });
    expect(settingsToBrowse({ url: 's3://b', region: 'r', endpoint: 'https://e' }, env)).toMatchObject({
      ...{ bucket: 'b', prefix: '', region: 'r', endpoint: 'https://e' },
    });
    expect(settingsToBrowse({ url: 's3://b' }, {})).toEqual({
      ...{ bucket: 'b', prefix: '', region: 'us-east-1', forcePathStyle: false, allowUnsafeStore: false },
    });
    expect(() => settingsToBrowse({ url: '/var/backups' }, {})).toThrow(
      "The repository /var/backups can't be read: url must be s3://<bucket>/<prefix>.",
    );
    expect(() => settingsToBrowse({ url: 's3://b', endpoint: 'http://k:s@e' }, {})).toThrow(/without keys in it/);
  });
});

describe('26.6: kalpa adopt', () => {
  const adopting = (done: { restored: string[]; present: string[] }, more: Partial<Catalogue> = {}) => {
    const asked: unknown[] = [];
    const schedules = {
      restore: async (how: unknown) => {
        asked.push(how);
        return await Promise.resolve(done);
      },
    };
    const parts: Partial<CliDependencies> = {
      openCatalogue: () => catalogue(more),
      openScheduleRecords: () => ({ close: () => undefined }) as never,
    };
    return { asked, given: { parts, client: { schedules } as never } };
  };

  it('takes schedules up again, paused, and says what the bucket holds', async () => {
    const { asked, given } = adopting({ restored: ['backup/demo/ysql.orders'], present: ['retain/demo/all'] });
    const { code, stdout } = await kalpa(['adopt'], given);
    expect(code).toBe(0);
    expect(asked).toEqual([{ paused: true }]);
    expect(stdout.split('\n')).toEqual([
      `adopted   ${URL}, cluster demo`,
      'backups   2 of 1 databases, the newest ysql.orders-20261122T020007Z-3fa9c1; dumps 1',
      'policies  none: everything is kept',
      'restored  backup/demo/ysql.orders, paused: kalpa schedule resume backup/demo/ysql.orders',
      'present   retain/demo/all, left as it is',
      '',
    ]);
  });

  it('says which policies hold, and that none are scheduled', async () => {
    const recorded = { at: '2026-11-20T00:00:00.000Z', policies: { keep: { last: 3 } } };
    const { given } = adopting(
      { restored: [], present: [] },
      { policies: async () => await Promise.resolve(recorded) },
    );
    const { stdout } = await kalpa(['adopt'], given);
    expect(stdout).toContain('policies  those of 2026-11-20T00:00:00.000Z hold; kalpa.yaml has none');
    expect(stdout).toContain('schedules none are recorded');
    const json = JSON.parse((await kalpa(['adopt', '--json'], given)).stdout) as object;
    expect(json).toMatchObject({ backups: 2, dumps: 1, policies: { sameAsHere: false }, restored: [], present: [] });
  });
});
