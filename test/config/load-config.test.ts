import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadConfig, runningStack, storeSettings, temporalConnection } from '../../src/config';

const yaml = (cluster: string) => `
cluster: ${cluster}
masters: ['127.0.0.1:7100']
ysql: { host: 127.0.0.1 }
repository: { url: 's3://kalpa/a/b/', endpoint: 'http://127.0.0.1:8333' }
`;

describe('where the configuration comes from', () => {
  let folder: string;
  let home: string;
  const put = (name: string): string => {
    const file = join(folder, `${name}.yaml`);
    writeFileSync(file, yaml(name));
    return file;
  };
  const putStack = (config: string, pid: number): void => {
    writeFileSync(
      join(home, 'stack.json'),
      JSON.stringify({
        temporal: {
          address: '127.0.0.1:17233',
          ui: 'http://127.0.0.1:18233/',
          namespace: 'default',
          cli: '/x/temporal',
        },
        s3: {
          endpoint: 'http://127.0.0.1:8333',
          region: 'r',
          bucket: 'kalpa',
          prefix: 'a/b',
          accessKeyId: 'id',
          secretAccessKey: 'key',
        },
        config,
        processes: [{ name: 'temporal', pid }],
      }),
    );
  };

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'kalpa-load-'));
    home = join(folder, 'home');
    mkdirSync(home);
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it('takes --config before KALPA_CONFIG before ./kalpa.yaml before the running stack', () => {
    const cwd = join(folder, 'cwd');
    mkdirSync(cwd);
    putStack(put('stack'), process.pid);
    const env: NodeJS.ProcessEnv = { KALPA_HOME: home };
    expect(loadConfig({ env, cwd })).toMatchObject({ config: { cluster: 'stack' }, source: { kind: 'stack' } });
    writeFileSync(join(cwd, 'kalpa.yaml'), yaml('folder'));
    expect(loadConfig({ env, cwd })).toMatchObject({ config: { cluster: 'folder' }, source: { kind: 'folder' } });
    env['KALPA_CONFIG'] = put('environment');
    expect(loadConfig({ env, cwd })).toMatchObject({
      config: { cluster: 'environment' },
      source: { kind: 'environment' },
    });
    expect(loadConfig({ env, cwd, file: put('option') })).toMatchObject({
      config: { cluster: 'option' },
      source: { kind: 'option' },
    });
    expect(loadConfig({ env, cwd, file: put('option') }).stack).toBeUndefined();
  });

  it('says what it looked for when there is none', () => {
    expect(() => loadConfig({ env: { KALPA_HOME: home }, cwd: folder })).toThrow(
      /no embedded stack is running.*npm start/,
    );
  });

  it('does not mistake the file of a killed stack for a running one', () => {
    const dead = 2 ** 22 - 3; // beyond the pids of a machine with the default limit
    putStack(put('stack'), dead);
    expect(runningStack(home)).toBeUndefined();
  });

  it('takes Temporal and the S3 keys from the stack whose configuration it is', () => {
    const file = put('stack');
    putStack(file, process.pid);
    const loaded = loadConfig({ env: { KALPA_HOME: home }, cwd: folder, file });
    expect(temporalConnection(loaded, {})).toMatchObject({
      address: '127.0.0.1:17233',
      namespace: 'default',
      ui: 'http://127.0.0.1:18233',
    });
    expect(temporalConnection(loaded, { TEMPORAL_ADDRESS: 'elsewhere:7233' }).address).toBe('elsewhere:7233');
    expect(storeSettings(loaded)).toEqual({
      bucket: 'kalpa',
      prefix: 'a/b',
      region: 'us-east-1',
      endpoint: 'http://127.0.0.1:8333',
      forcePathStyle: true,
      allowUnsafeStore: false,
      credentials: { accessKeyId: 'id', secretAccessKey: 'key' },
    });
  });

  it('reads temporal.toml and leaves S3 keys to the AWS chain otherwise', () => {
    const toml = join(folder, 'temporal.toml');
    writeFileSync(toml, '[profile.default]\naddress = "prod.example.com:7233"\nnamespace = "backups"\n');
    const loaded = loadConfig({ env: { KALPA_HOME: home }, cwd: folder, file: put('prod') });
    const env = { TEMPORAL_CONFIG_FILE: toml };
    expect(temporalConnection(loaded, env)).toMatchObject({ address: 'prod.example.com:7233', namespace: 'backups' });
    expect(temporalConnection(loaded, { ...env, TEMPORAL_NAMESPACE: 'other' }).namespace).toBe('other');
    expect(storeSettings(loaded).credentials).toBeUndefined();
  });
});
