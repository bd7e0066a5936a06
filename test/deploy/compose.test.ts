import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { readConfig, type KalpaConfig } from '../../src/config';

const root = join(__dirname, '../..');

interface Service {
  image?: string;
  build?: string;
  command?: string | string[];
  entrypoint?: string[];
  environment?: Record<string, string | number>;
  volumes?: string[];
  hostname?: string;
  depends_on?: string[] | Record<string, unknown>;
}

// The merge keys of YAML 1.1 are what docker compose reads.
const compose = parse(readFileSync(join(root, 'docker-compose.yml'), 'utf8'), { merge: true }) as {
  services: Record<string, Service>;
  volumes: Record<string, null>;
};
const { services } = compose;
const workers = Object.entries(services).filter(([, { build }]) => build !== undefined);
const mounts = ({ volumes = [] }: Service) =>
  volumes.map((volume) => volume.split(':') as [from: string, to: string, mode?: string]);
const configOf = (service: Service): KalpaConfig => {
  const [from] = mounts(service).find(([, to]) => to === '/etc/kalpa/kalpa.yaml') ?? [];
  return readConfig(join(root, from ?? 'nowhere'));
};
const hostOf = (address: string): string => address.replace(/:\d+$/, '');

describe('docker-compose.yml', () => {
  it('pins every image', () => {
    for (const { image } of Object.values(services)) {
      if (image !== undefined) expect(image).toMatch(/:\d+\.\d+[\w.-]*$/);
    }
    expect(readFileSync(join(root, 'Dockerfile'), 'utf8')).toContain(String(services['yb-1']?.image));
  });

  it('mounts only files that are there, and volumes that it declares', () => {
    for (const service of Object.values(services)) {
      for (const [from] of mounts(service)) {
        if (from.startsWith('./')) expect({ from, there: existsSync(join(root, from)) }).toEqual({ from, there: true });
        else expect(Object.keys(compose.volumes)).toContain(from);
      }
    }
  });

  it('depends on services that it has', () => {
    for (const { depends_on: on = [] } of Object.values(services))
      for (const name of Array.isArray(on) ? on : Object.keys(on)) expect(Object.keys(services)).toContain(name);
  });

  it('has one control worker and a node worker for each node', () => {
    expect(workers.map(([name]) => name)).toEqual([
      'control-worker',
      'node-worker-1',
      'node-worker-2',
      'node-worker-3',
    ]);
    for (const [name, { command }] of workers)
      expect(command).toEqual([
        'worker',
        name.startsWith('node') ? 'node' : 'control',
        '--config',
        '/etc/kalpa/kalpa.yaml',
      ]);
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
    expect(services['bucket']?.entrypoint?.join(' ')).toContain('s3.bucket.create -name kalpa');
  });

  it.each(workers.filter(([name]) => name.startsWith('node')))(
    '%s sees the data of its node and of no other',
    (name, service) => {
      const number = name.slice(-1);
      const config = configOf(service);
      expect(config.node?.address).toBe(`yb-${number}:9100`);
      const shared = mounts(service).filter(([from]) => !from.startsWith('./'));
      expect(shared).toEqual(mounts(services[`yb-${number}`] ?? {}));
      const [, base = ''] = shared[0] ?? [];
      expect(services[`yb-${number}`]?.command).toContain(`--base_dir=${base} `);
      expect(config.node?.dataDirs).toEqual([`${base}/data`]); // where yugabyted puts fs_data_dirs
      expect(services[`yb-${number}`]?.hostname).toBe(`yb-${number}`);
      expect(services[`yb-${number}`]?.command).toContain(`--advertise_address=yb-${number}`);
    },
  );

  it('gives the workers Temporal and the keys that the store knows', () => {
    const store = JSON.parse(readFileSync(join(root, 'deploy/compose/s3.json'), 'utf8')) as {
      identities: { credentials: { accessKey: string; secretKey: string }[] }[];
    };
    const [keys] = store.identities[0]?.credentials ?? [];
    for (const [, { environment }] of workers) {
      expect(environment).toMatchObject({
        TEMPORAL_ADDRESS: 'temporal:7233',
        AWS_ACCESS_KEY_ID: keys?.accessKey,
        AWS_SECRET_ACCESS_KEY: keys?.secretKey,
      });
    }
  });
});

describe('Dockerfile', () => {
  const text = readFileSync(join(root, 'Dockerfile'), 'utf8');

  it('copies what the build needs, and .dockerignore lets it through', () => {
    const ignored = readFileSync(join(root, '.dockerignore'), 'utf8').split('\n');
    const copied = [...text.matchAll(/^COPY (?!--from)(.+) \S+$/gm)].flatMap(([, from = '']) => from.split(' '));
    for (const path of copied) {
      expect({ path, there: existsSync(join(root, path)) }).toEqual({ path, there: true });
      expect(ignored).toContain(`!${path}`);
    }
    const { include } = JSON.parse(readFileSync(join(root, 'tsconfig.build.json'), 'utf8')) as { include: string[] };
    for (const folder of include) expect(copied).toContain(folder);
  });

  it('starts the command line that the build makes', () => {
    const { bin } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { bin: { kalpa: string } };
    expect(text).toContain(`"/kalpa/${bin.kalpa}"`);
  });
});

describe('systemd units', () => {
  const folder = join(root, 'deploy/systemd');
  it.each(readdirSync(folder))('%s starts a worker that exists', (name) => {
    const unit = readFileSync(join(folder, name), 'utf8');
    const role = name === 'kalpa-control.service' ? 'control' : 'node';
    expect(unit).toMatch(new RegExp(`^ExecStart=/usr/bin/kalpa worker ${role} --config /etc/kalpa/kalpa\\.yaml$`, 'm'));
    expect(unit).toMatch(/^Restart=always$/m);
  });
});
