import { writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ClusterView } from '../../../src/cli/doctor/cluster-view';
import type { ProbedBucket } from '../../../src/cli/core/open-bucket';
import { parseConfig, type ResolvedConfig } from '../../../src/config';
import { fakeClient, goodBucket, goodCluster, HEALTHY, toolsFolder, type FakeTemporal } from './doctor-world';
import { kalpa } from '../fake-cli';

const NODES = ['127.0.0.1:9100', '127.0.0.1:9101', '127.0.0.1:9102'];

interface World extends FakeTemporal {
  cluster: Partial<ClusterView>;
  bucket: Partial<ProbedBucket>;
}

const away = async (): Promise<never> => await Promise.reject(new Error('connection refused'));

describe('kalpa doctor', () => {
  const { path: folder, remove } = toolsFolder();
  afterAll(remove);

  const SIGNED = `signing: { publicKeys: ['ed25519:${'A'.repeat(43)}='] }`;
  const resolved = (more = '', signing = SIGNED): ResolvedConfig => ({
    config: parseConfig(
      `{ cluster: demo, masters: ['127.0.0.1:7100'], tools: '${folder}', ysql: { host: 127.0.0.1 }, repository: { url: 's3://kalpa' }, ${signing} ${more} }`,
      'kalpa.yaml',
    ),
    source: { kind: 'option', file: 'kalpa.yaml' },
  });

  async function doctor(change: Partial<World> = {}, line: string[] = [], config = resolved()) {
    const world: World = { ...HEALTHY, cluster: {}, bucket: {}, ...change };
    const client = fakeClient(world);
    const cluster: ClusterView = { ...goodCluster, ...world.cluster };
    const bucket: ProbedBucket = { ...goodBucket, ...world.bucket };
    const parts = {
      loadConfig: () => config,
      connect: async () => await Promise.resolve(client),
      openCluster: () => cluster,
      openBucket: () => bucket,
    };
    return await kalpa(['doctor', ...line], { parts });
  }

  it('23.2: says what it means that nothing is signed', async () => {
    const { code, stdout } = await doctor({}, [], resolved('', ''));
    expect(code).toBe(0);
    expect(stdout).toContain('warning  signatures: manifests are not signed: anyone who may create objects');
    expect(stdout).toContain('kalpa keys create');
  });

  it('reports no problem when all is well, without colour when piped', async () => {
    const { code, stdout } = await doctor();
    expect(code).toBe(0);
    expect(stdout).toBe(
      [
        'ok       configuration: kalpa.yaml, cluster demo',
        'ok       Temporal: answers at localhost:7233, namespace "default"',
        'ok       Temporal namespace: "default" keeps histories 90 days',
        'ok       control worker: 1 on kalpa/demo, of universe u1',
        'ok       search attributes: all 7 are registered',
        `ok       tools: yb-admin, ysql_dump, ysql_dumpall in ${folder}; version 2025.1.1.0, dialect 2025.1`,
        'ok       masters: 1 alive, 127.0.0.1:7100 leads',
        'ok       tservers: 3 alive',
        'ok       YSQL: yugabyte is a superuser',
        ...NODES.map((node) => `ok       node worker ${node}: one polls both of its queues`),
        'ok       web pages: the leading master runs 2025.1.1.0',
        'ok       store: s3://kalpa behaves as Kalpa requires',
        'ok       connections: each one is verified, or stays on this machine',
        'ok       signatures: the configured key signs the backups',
        'ok       permissions: the configuration names no file with a secret and no data directory',
        'ok       clocks: this machine and the store are 1 s apart',
        '',
        'no problems, no warnings',
        '',
      ].join('\n'),
    );
  });

  it.each<[string, Partial<World>, string, number]>([
    [
      'no control worker',
      { unpolled: ['kalpa/demo'] },
      'problem  control worker: no worker polls kalpa/demo: runs would wait for ever',
      1,
    ],
    ...(['waits', 'steps', 'streams'] as const).map((queue): [string, Partial<World>, string, number] => [
      `22.15: the queue ${queue} that nobody serves`,
      { unpolled: [`kalpa/demo/${queue}`] },
      `problem  control worker: no worker polls kalpa/demo/${queue} (`,
      1,
    ]),
    [
      "22.23: another cluster's control worker",
      { pollers: { 'kalpa/demo': [{ identity: 'kalpa-control/demo/u2@there:7' }] } },
      'problem  control worker: kalpa-control/demo/u2@there:7 works for another cluster: the masters of this configuration are of universe u1',
      1,
    ],
    [
      '22.23: a control worker that does not tell its universe',
      { pollers: { 'kalpa/demo': [{ identity: 'kalpa-control/demo@there:7' }] } },
      'warning  control worker: kalpa-control/demo@there:7 on kalpa/demo does not report its universe',
      0,
    ],
    [
      '22.27: two workers of one node',
      {
        pollers: {
          'kalpa/demo/127.0.0.1:9101': [{ identity: 'kalpa-node/127.0.0.1:9101@a:1' }],
          'kalpa/demo/127.0.0.1:9101/control': [{ identity: 'kalpa-node/127.0.0.1:9101@b:1' }],
        },
      },
      'problem  node worker 127.0.0.1:9101: 2 poll its queues (kalpa-node/127.0.0.1:9101@a:1, kalpa-node/127.0.0.1:9101@b:1)',
      1,
    ],
    [
      'a missing node worker',
      { unpolled: ['kalpa/demo/127.0.0.1:9101/control'] },
      'problem  node worker 127.0.0.1:9101: none polls kalpa/demo/127.0.0.1:9101/control',
      1,
    ],
    [
      'a short retention',
      { retentionDays: 1 },
      'warning  Temporal namespace: "default" deletes histories after 1 days',
      0,
    ],
    ['search attributes', { attributes: [] }, 'warning  search attributes: missing: KalpaCluster', 0],
    [
      'masters that are unavailable',
      { cluster: { masters: away } },
      'problem  masters: no answer: connection refused',
      1,
    ],
    [
      'a dead tserver',
      {
        cluster: {
          tservers: async () =>
            await Promise.resolve([
              { address: 'a:1', alive: true },
              { address: 'b:1', alive: false },
            ]),
        },
      },
      'warning  tservers: b:1 not alive',
      0,
    ],
    [
      'a snapshot schedule whose database was dropped',
      {
        cluster: {
          orphanedSchedules: async () => await Promise.resolve([{ scheduleId: 's1', database: 'ysql.orders' }]),
        },
      },
      'warning  snapshot schedules: s1 belongs to the dropped database ysql.orders',
      0,
    ],
    [
      'a plain role',
      { cluster: { ysqlRole: async () => await Promise.resolve({ role: 'app', superuser: false }) } },
      'problem  YSQL: app is not a superuser',
      1,
    ],
    [
      'a wrong password',
      {
        cluster: {
          ysqlRole: async () => await Promise.reject(Object.assign(new Error('refused'), { code: '28P01' })),
        },
      },
      'problem  YSQL: refused',
      1,
    ],
    [
      'an unsafe store',
      { bucket: { probe: async () => await Promise.resolve({ safe: false, findings: ['it ignores If-None-Match'] }) } },
      'problem  store: it ignores If-None-Match',
      1,
    ],
    [
      'a store that is unavailable',
      { bucket: { probe: away, serverTime: away } },
      'problem  store: connection refused',
      1,
    ],
    [
      'a clock that is off',
      { bucket: { serverTime: async () => await Promise.resolve(new Date('2026-11-22T01:00:00Z')) } },
      'problem  clocks: this machine and the store are 3607 s apart',
      1,
    ],
  ])('reports %s, with a cure', async (_, change, line, code) => {
    const outcome = await doctor(change);
    expect(outcome.code).toBe(code);
    const lines = outcome.stdout.split('\n');
    const at = lines.findIndex((candidate) => candidate.startsWith(line));
    expect(lines.slice(at, at + 2)).toEqual([
      expect.stringContaining(line) as string,
      expect.stringMatching(/^ +→ \S/) as string,
    ]);
  });

  it('reports missing tools and open passwords', async () => {
    const password = join(folder, 'password');
    writeFileSync(password, 'secret', { mode: 0o644 });
    const config = resolved();
    config.config.tools = tmpdir();
    config.config.ysql.passwordFile = password;
    const { stdout } = await doctor({}, [], config);
    expect(stdout).toContain(`problem  tools: yb-admin, ysql_dump, ysql_dumpall not found in ${tmpdir()}`);
    expect(stdout).toContain(
      `problem  permissions: The file ${password} (ysql.passwordFile) can't be used: its mode is 0644. Make it 0600 or 0640: chmod.`,
    );
    expect(stdout).not.toContain('secret');
  });

  it('continues without Temporal, and exits with 4', async () => {
    const unreachable = Object.assign(new Error('Temporal does not answer at x:1.'), { name: 'TemporalUnreachable' });
    const parts = {
      loadConfig: () => resolved(),
      connect: async () => await Promise.reject(unreachable),
      openCluster: (): ClusterView => ({
        tools: away,
        universe: away,
        orphanedSchedules: away,
        toolReleases: away,
        release: away,
        masters: away,
        tservers: away,
        ysqlRole: away,
        ycqlAnswers: away,
        listens: async () => await Promise.resolve(true),
        mastersByWeb: away,
        proveNode: away,
        nodeHolder: away,
      }),
      openBucket: (): ProbedBucket => ({
        location: 's3://kalpa',
        probe: away,
        serverTime: away,
        close: () => undefined,
      }),
    };
    const { code, stdout } = await kalpa(['doctor', '--json'], { parts });
    expect(code).toBe(4);
    const report = JSON.parse(stdout) as { problems: number; checks: { area: string; status: string }[] };
    expect(report.problems).toBe(7);
    expect(report.checks.map(({ area }) => area)).toEqual(
      expect.arrayContaining(['Temporal', 'tools', 'masters', 'tservers', 'YSQL', 'web pages', 'store', 'clocks']),
    );
  });
});
