import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { parse, parseDocument } from 'yaml';
import { rolePolicy, S3_ROLES } from '../../stack/servers/s3-roles';
import { readConfig, type KalpaConfig } from '../../src/config';
import { tabletsRoot } from '../../src/yugabyte/disk/tablet-directory';

const root = join(__dirname, '../..');
const text = readFileSync(join(root, 'docker-compose.yml'), 'utf8');

type Mount = string | { source: string; target: string; volume?: { nocopy?: boolean } };
interface Service {
  image?: string;
  build?: string | { target?: string };
  user?: string;
  command?: string | string[];
  entrypoint?: string[];
  environment?: Record<string, string | number>;
  volumes?: Mount[];
  ports?: string[];
  networks?: string[];
  network_mode?: string;
  hostname?: string;
  healthcheck?: { test: string[]; disable?: boolean };
  profiles?: string[];
  restart?: string;
  tmpfs?: string[];
  read_only?: boolean;
  cap_drop?: string[];
  cap_add?: string[];
  security_opt?: string[];
  privileged?: boolean;
  depends_on?: Record<string, { condition: string }>;
  'x-root-because'?: string;
}

// The merge keys of YAML 1.1 are what docker compose reads.
const compose = parse(text, { merge: true }) as {
  services: Record<string, Service>;
  volumes: Record<string, null>;
  networks: Record<string, null>;
};
const { services } = compose;
const all = Object.entries(services);
/** What `docker compose up` starts: services without a profile. */
const lasting = all.filter(([, { profiles }]) => profiles === undefined);
/** A service with what it depends on, and what that depends on. */
const withNeeds = (name: string): string[] => [
  ...new Set([name, ...Object.keys(services[name]?.depends_on ?? {}).flatMap(withNeeds)]),
];
const workers = all.filter(([name]) => name.endsWith('-worker') || name.startsWith('node-worker-'));
const databases = all.filter(([name]) => /^yb-\d$/.test(name));
const mounts = ({ volumes = [] }: Service) =>
  volumes.map((mount) =>
    typeof mount === 'string'
      ? (mount.split(':') as [from: string, to: string, mode?: string])
      : ([mount.source, mount.target] as [from: string, to: string, mode?: string]),
  );
const mountedAt = (service: Service, path: string): string | undefined =>
  mounts(service).find(([, to]) => to === path)?.[0];
const hostOf = (address: string): string => address.replace(/:\d+$/, '');
const password = /^[0-9a-f]{48}$/;

/** The volumes as the first start leaves them. */
let made: string;
const firstStart = (): void => {
  const script = join(root, 'deploy/compose/first-start.mjs');
  execFileSync(process.execPath, [script, join(root, 'deploy/compose'), made], { stdio: 'pipe' });
};
beforeAll(() => {
  made = mkdtempSync(join(tmpdir(), 'kalpa-compose-'));
  firstStart();
});
afterAll(() => {
  rmSync(made, { recursive: true, force: true });
});
const secret = (volume: string, name: string): string => readFileSync(join(made, volume, name), 'utf8');
const configOf = (service: Service): KalpaConfig =>
  readConfig(join(made, mountedAt(service, '/etc/kalpa') ?? 'nowhere', 'kalpa.yaml'));

describe('23.12: docker-compose.yml is closed:', () => {
  it.each(all)('%s is reached from this machine alone', (_, { ports = [] }) => {
    for (const port of ports) expect(port).toMatch(/^127\.0\.0\.1:\d+:\d+$/);
  });

  it.each(all)('%s is no root, or says why', (name, service) => {
    const [user = '', group = ''] = (service.user ?? 'nobody said').split(':');
    if (name === 'first-start') {
      expect(service).toMatchObject({
        user: '0:0',
        'x-root-because': expect.any(String) as string,
        network_mode: 'none',
        cap_add: ['CHOWN', 'DAC_OVERRIDE', 'FOWNER', 'SETGID', 'SETUID'],
      });
    } else {
      expect([Number(user) > 0, Number(group) > 0]).toEqual([true, true]);
      expect(service.cap_add).toBeUndefined();
    }
    expect(service.cap_drop).toEqual(['ALL']);
    expect(service.security_opt).toEqual(['no-new-privileges:true']);
    expect(service.privileged).toBeUndefined();
  });

  it.each(all)('%s has an image of a full version', (_, { image }) => {
    expect(image).toMatch(/:\d+\.\d+[\w.-]*$/);
    expect(image).not.toMatch(/latest/);
  });

  it.each(all)('%s is given no password by its environment or command', (_, service) => {
    const { environment = {}, command = [], entrypoint = [] } = service;
    for (const [name, value] of Object.entries(environment)) {
      if (/PASS|PWD|SECRET|TOKEN|KEY/i.test(name)) expect(String(value)).toMatch(/^\/(?:run|etc)\/kalpa\//); // a file's name
    }
    for (const word of [command, entrypoint].flat())
      for (const [, value] of word.matchAll(/\w*(?:PASSWORD|PWD)="?([^\s";]*)/g)) expect(value).toMatch(/^\$\$\(cat$/);
  });

  it('names no secret that was ever made, anywhere', () => {
    for (const file of [
      'docker-compose.yml',
      'Dockerfile',
      'deploy/compose/kalpa.yaml',
      'deploy/compose/kalpa-node-1.yaml',
    ])
      expect(readFileSync(join(root, file), 'utf8')).not.toMatch(/change-me|[0-9a-f]{32}|BEGIN/);
  });

  it.each(lasting)('%s tells whether it is well', (_, { healthcheck }) => {
    expect(healthcheck?.test.length).toBeGreaterThan(1);
  });

  it('what ends by itself is started only when it is asked for', () => {
    expect(all.filter((service) => !lasting.includes(service)).map(([name]) => name)).toEqual([
      'reader',
      'conformance',
    ]);
    for (const [name, { restart }] of lasting)
      expect([name, restart]).toEqual([name, name === 'first-start' ? undefined : 'unless-stopped']);
  });

  it('a node is well only when the password is asked for', () => {
    for (const [, { healthcheck }] of databases) {
      expect(healthcheck?.test[1]).toContain('PGPASSWORD="$$(cat /run/kalpa/ysql-password)"');
      expect(healthcheck?.test[1]).toContain('&& ! PGPASSWORD=yugabyte bin/ysqlsh -w');
    }
  });

  it('the database, the store and Temporal do not reach each other', () => {
    const together = all.filter(([, { networks = [] }]) => networks.length > 1).map(([name]) => name);
    expect(together).toEqual([...workers.map(([name]) => name), 'reader', 'conformance']);
    for (const name of ['janitor-worker', 'reader']) expect(services[name]?.networks).toEqual(['store', 'temporal']);
    const networksOf = (name: string) => services[name]?.networks;
    expect([networksOf('yb-1'), networksOf('seaweedfs'), networksOf('temporal')]).toEqual([
      ['database'],
      ['store'],
      ['temporal'],
    ]);
    expect(networksOf('temporal-postgres')).toEqual(['temporal']);
    for (const [, { networks = [] }] of all)
      for (const network of networks) expect(Object.keys(compose.networks)).toContain(network);
  });

  it.each(workers)('%s can write to its temporary folder and its node alone', (name, service) => {
    expect(service.read_only).toBe(true);
    const writable = mounts(service).filter(([, , mode]) => mode !== 'ro');
    const more: Record<string, string[]> = { node: ['/home/yugabyte/yb_data'], control: ['/calls'] };
    expect(writable.map(([, to]) => to)).toEqual(more[name.split('-')[0] ?? ''] ?? []);
  });

  it('the key that signs and the passwords of the database are where they are needed, and nowhere else', () => {
    const seen = (file: string): string[] =>
      all
        .filter(
          ([name, service]) =>
            name !== 'first-start' && mounts(service).some(([from]) => existsSync(join(made, from, file))),
        )
        .map(([name]) => name);
    expect(seen('signing.pem')).toEqual(['control-worker', 'janitor-worker', 'conformance']);
    expect(seen('ysql-password')).toEqual(['yb-1', 'yb-2', 'yb-3', 'control-worker', 'conformance']);
    expect(seen('aws-credentials')).toEqual([...workers.map(([name]) => name), 'reader', 'conformance']);
    expect(seen('s3.json')).toEqual(['seaweedfs']);
    expect(seen('postgres-password')).toEqual(['temporal']);
    expect(seen('password')).toEqual(['temporal-postgres']);
  });
});

describe('docker-compose.yml', () => {
  it('takes nothing from the environment of whoever starts it', () => {
    // compose puts variables in place of $NAME and ${NAME}; $$ is a dollar sign that the container reads.
    const comments = /^\s*#.*$/gm;
    expect(text.replace(comments, '').replaceAll('$$', '')).not.toContain('$');
  });

  it('is merged as it is written: nothing of what is shared is lost, and no key is written twice', () => {
    for (const [, { security_opt: options, cap_drop: dropped }] of all)
      expect([options, dropped]).toEqual([['no-new-privileges:true'], ['ALL']]);
    expect(parseDocument(text, { merge: true, uniqueKeys: true }).errors).toEqual([]);
  });

  it('mounts only folders that are there, and volumes that it declares', () => {
    for (const [, service] of all) {
      for (const [from] of mounts(service)) {
        if (from.startsWith('./')) expect({ from, there: existsSync(join(root, from)) }).toEqual({ from, there: true });
        else expect(Object.keys(compose.volumes)).toContain(from);
      }
    }
  });

  it('first-start gives out every volume', () => {
    const given = mounts(services['first-start'] ?? {}).filter(([, to]) => to !== '/templates');
    expect(given.map(([from]) => from).sort()).toEqual(Object.keys(compose.volumes).sort());
    for (const [from, to] of given) {
      expect(to).toBe(`/volumes/${from}`);
      expect({ from, made: existsSync(join(made, from)) }).toEqual({ from, made: true });
    }
    expect(services['first-start']?.entrypoint?.slice(-3, -1)).toEqual(['/templates', '/volumes']);
  });

  it('does not let an image write its own owner over a volume that was given away', () => {
    for (const [name, target] of [
      ['temporal-postgres', '/var/lib/postgresql/data'],
      ['seaweedfs', '/data'],
    ] as const) {
      const mount = services[name]?.volumes?.find((one) => typeof one !== 'string');
      expect(mount).toMatchObject({ source: name, target, volume: { nocopy: true } });
    }
  });

  it('depends on services that it has, and everything comes after first-start', () => {
    for (const [name, { depends_on: on = {} }] of all) {
      for (const one of Object.keys(on)) expect(Object.keys(services)).toContain(one);
      if (name !== 'first-start') expect(withNeeds(name)).toContain('first-start');
    }
  });

  it('has one control worker, one janitor and a node worker for each node', () => {
    expect(workers.map(([name, { command }]) => [name, command])).toEqual([
      ['control-worker', ['worker', 'control']],
      ['janitor-worker', ['worker', 'janitor']],
      ['node-worker-1', ['worker', 'node']],
      ['node-worker-2', ['worker', 'node']],
      ['node-worker-3', ['worker', 'node']],
    ]);
    for (const [, { environment }] of workers) expect(environment?.['KALPA_CONFIG']).toBe('/etc/kalpa/kalpa.yaml');
  });

  it('24: conformance is what the control worker is, started only when it is asked for, after all that it needs', () => {
    const { conformance = {}, 'control-worker': control = {} } = services;
    expect(all.filter(([, { profiles }]) => profiles !== undefined).map(([name]) => name)).toEqual([
      'reader',
      'conformance',
    ]);
    expect(conformance.profiles).toEqual(['conformance']);
    for (const key of ['image', 'user', 'networks', 'read_only', 'cap_drop', 'security_opt'] as const)
      expect({ [key]: conformance[key] }).toEqual({ [key]: control[key] });
    const {
      KALPA_TRANSCRIPT: recorded = '',
      KALPA_TRANSCRIPT_ON_REQUEST: onRequest,
      ...environment
    } = control.environment ?? {};
    expect(conformance.environment).toEqual(environment);
    expect(mountedAt(conformance, '/etc/kalpa')).toBe(mountedAt(control, '/etc/kalpa'));
    expect(Object.keys(conformance.depends_on ?? {})).toEqual(
      expect.arrayContaining(['node-worker-1', 'node-worker-2', 'node-worker-3', 'control-worker', 'temporal', 'yb-1']),
    );
    const { command = [] } = conformance;
    const argument = (option: string): string => command[command.indexOf(option) + 1] ?? '';
    expect([command[0], mountedAt(conformance, argument('--out'))]).toEqual(['conformance', 'conformance']);
    // The control worker beside it takes a part of the steps: what it is answered belongs in the transcript too.
    expect(argument('--with')).toBe(recorded);
    const calls = dirname(String(recorded));
    expect([mountedAt(conformance, calls), mountedAt(control, calls)]).toEqual(Array(2).fill('conformance-calls'));
    // In a plain `up` it records nothing: conformance asks for it, in a file beside.
    expect(onRequest).toBe('true');
    expect(mounts(conformance).find(([, at]) => at === calls)).toHaveLength(2); // it may write there
    expect(conformance.healthcheck).toMatchObject({ disable: true }); // it serves no metrics
  });

  it('24: `--profile conformance up --exit-code-from conformance` is ended by nothing but conformance', () => {
    // compose stops everything when any container ends, restarted or not (docker/compose#10233, #13800; stopOnFirstExit
    // in its pkg/compose/up.go), and an `up` without names starts what has no profile as well.
    const started = [...new Set([...lasting.map(([name]) => name), ...withNeeds('conformance')])];
    for (const name of started) {
      if (name === 'conformance') continue;
      const { profiles, healthcheck, command, entrypoint, depends_on: on = {} } = services[name] ?? {};
      expect({ name, profiles }).toEqual({ name, profiles: undefined }); // one of another profile is not started
      expect({ name, asked: (healthcheck?.test.length ?? 0) > 1, off: healthcheck?.disable }).toMatchObject({
        name,
        asked: true,
        off: undefined,
      });
      for (const [other, { condition }] of Object.entries(on))
        expect([name, other, condition]).toEqual([name, other, 'service_healthy']);
      // A shell that is done with its line ends; one that becomes the server does not.
      const shell = [entrypoint, command].flat().findLast((word) => word?.includes(' '));
      if (shell !== undefined) expect(shell).toMatch(/(?:^|[;&] )exec \S+ [^;&]*$/);
    }
    for (const { condition } of Object.values(services['conformance']?.depends_on ?? {}))
      expect(condition).toBe('service_healthy');
    // What was a container of its own once, and ended: it is well when its work is done, and stays.
    const { healthcheck, entrypoint = [], tmpfs = [] } = services['first-start'] ?? {};
    const marker = entrypoint.at(-1) ?? '';
    expect(healthcheck?.test).toEqual(['CMD', 'test', '-e', marker]);
    expect(tmpfs).toEqual([dirname(marker)]); // empty at each start
    expect(services['seaweedfs']?.healthcheck?.test.at(-1)).toBe('http://seaweedfs:8888/buckets/kalpa/');
  });

  it.each(workers)('%s has a configuration that Kalpa accepts, and its addresses are services', (_name, service) => {
    const config = configOf(service);
    const hosts = [
      ...config.masters.map(hostOf),
      config.ysql.host,
      new URL(config.repository.endpoint ?? '').hostname,
      ...(config.node ? [hostOf(config.node.address), hostOf(config.node.http ?? '')] : []),
    ];
    for (const host of hosts) expect(Object.keys(services)).toContain(host);
    expect(config.masters).toHaveLength(3);
    expect(config.repository.url).toMatch(/^s3:\/\/kalpa\//);
    expect(services['seaweedfs']?.entrypoint?.join(' ')).toContain('s3.bucket.create -name kalpa');
    expect(service.healthcheck?.test.join(' ')).toContain(`http://${config.metrics}/metrics`);
  });

  it.each(workers.filter(([name]) => name.startsWith('node')))(
    '%s sees the data of its node and of no other',
    (name, service) => {
      const number = name.slice(-1);
      const database = services[`yb-${number}`] ?? {};
      const config = configOf(service);
      expect(config.node?.address).toBe(`yb-${number}:9100`);
      const data = mounts(service).filter(([from]) => from.startsWith('yb-'));
      expect(data).toEqual(mounts(database).filter(([from]) => from.startsWith('yb-')));
      const [[, base = ''] = []] = data;
      const command = [database.command].flat().join(' ');
      expect(command).toContain(`--base_dir=${base} `);
      expect(config.node?.dataDirs).toEqual([`${base}/data`]); // where yugabyted puts fs_data_dirs
      // As the exercises of YugabyteDB's own university name it for this base directory.
      expect(tabletsRoot({ dataDir: config.node?.dataDirs[0] ?? '' })).toBe(
        '/home/yugabyte/yb_data/data/yb-data/tserver/data/rocksdb',
      );
      expect(database.hostname).toBe(`yb-${number}`);
      expect(command).toContain('--advertise_address="$$(hostname)"');
      expect(service.user).toBe(database.user);
    },
  );

  it('23.5: gives each worker, and who only reads, a key of the store with the rights of its role alone', () => {
    const store = JSON.parse(secret('seaweedfs-secrets', 's3.json')) as {
      identities: {
        name: string;
        actions?: string[];
        policyNames: string[];
        credentials: { accessKey: string; secretKey: string }[];
      }[];
      policies: { name: string; content: string }[];
    };
    expect(services['seaweedfs']?.entrypoint?.join(' ')).toContain('-s3.config=/run/kalpa/s3.json');
    expect(store.policies.map(({ name, content }) => [name, JSON.parse(content)])).toEqual(
      S3_ROLES.map((role) => [role, rolePolicy(role, 'kalpa')]),
    );
    expect(store.identities.map(({ policyNames, actions }) => [policyNames, actions])).toEqual(
      S3_ROLES.map((role) => [[role], undefined]),
    );
    const keys = store.identities.flatMap(({ credentials }) => credentials.map(({ secretKey }) => secretKey));
    expect(new Set(keys).size).toBe(S3_ROLES.length);
    for (const key of keys) expect(key).toMatch(password);
    const roleOf = (name: string): string => S3_ROLES.find((role) => name.startsWith(role)) ?? 'control';
    for (const [name, service] of [...workers, ...all.filter(([one]) => ['reader', 'conformance'].includes(one))]) {
      expect(service.environment).toMatchObject({
        TEMPORAL_ADDRESS: 'temporal:7233',
        AWS_SHARED_CREDENTIALS_FILE: '/etc/kalpa/aws-credentials',
      });
      const identity = store.identities.find((one) => one.name === `kalpa-${roleOf(name)}`);
      const [{ accessKey = '', secretKey = '' } = {}] = identity?.credentials ?? [];
      expect(secret(mountedAt(service, '/etc/kalpa') ?? '', 'aws-credentials')).toBe(
        `[default]\naws_access_key_id = ${accessKey}\naws_secret_access_key = ${secretKey}\n`,
      );
    }
  });
});

describe('Dockerfile', () => {
  const dockerfile = readFileSync(join(root, 'Dockerfile'), 'utf8');

  it('copies what the build needs, and .dockerignore lets it through', () => {
    const ignored = readFileSync(join(root, '.dockerignore'), 'utf8').split('\n');
    const copied = [...dockerfile.matchAll(/^COPY (?!--from)(.+) \S+$/gm)].flatMap(([, from = '']) => from.split(' '));
    for (const path of copied) {
      expect({ path, there: existsSync(join(root, path)) }).toEqual({ path, there: true });
      expect(ignored).toContain(`!${path}`);
    }
    const { include } = JSON.parse(readFileSync(join(root, 'tsconfig.build.json'), 'utf8')) as { include: string[] };
    for (const folder of include) expect(copied).toContain(folder);
  });

  it('starts the command line that the build makes', () => {
    const { bin } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { bin: { kalpa: string } };
    expect(dockerfile).toContain(`"/kalpa/${bin.kalpa}"`);
    expect(dockerfile).toContain(`/kalpa/${bin.kalpa} "$@"`);
  });

  it('23.12: ends as the user that the workers run as, for both of its images', () => {
    const stages = dockerfile.split(/^FROM /m).slice(-2);
    for (const stage of stages) expect([...stage.matchAll(/^USER (.+)$/gm)].at(-1)?.[1]).toBe('10001:10001');
    for (const [, { user }] of [...workers, ...databases]) expect(user).toBe('10001:10001');
  });

  it('23.12: begins with images of full versions, the database of the one that runs', () => {
    const [database = '', node = ''] = [...dockerfile.matchAll(/^ARG \w+_IMAGE=(.+)$/gm)].map(
      ([, image = '']) => image,
    );
    expect(database).toMatch(/^yugabytedb\/yugabyte:\d+\.\d+\.\d+\.\d+-b\d+$/);
    expect(node).toMatch(/^node:\d+\.\d+\.\d+-/);
    for (const [, { image, build }] of databases) {
      expect(image).toBe(database.replace('yugabytedb/yugabyte', 'kalpa-yugabyte'));
      expect(build).toMatchObject({ target: 'yugabyte' });
    }
    expect(dockerfile).toContain('FROM ${YUGABYTE_IMAGE} AS yugabyte');
    expect(readFileSync(join(root, 'docs/compose.md'), 'utf8')).toContain(`YUGABYTE_IMAGE=${database}@sha256:…`);
    expect(text + dockerfile).not.toMatch(/@sha256:[0-9a-f]/); // none was read
  });
});
