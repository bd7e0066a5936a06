import { spawn, spawnSync } from 'node:child_process';
import { createPrivateKey, createPublicKey, sign, verify } from 'node:crypto';
import { once } from 'node:events';
import {
  cpSync,
  existsSync,
  mkdtempSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
  chmodSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { clusterToolSettings, readConfig, signerKeys } from '../../src/config';
import { trustOf } from '../../src/repository';
import { until } from '../support/stack';

const source = join(__dirname, '../../deploy/compose');
/** Nobody's: what is made without rights is made by any user. */
const OTHER = 23456;
const STORE_KEYS = ['node', 'control', 'reader', 'janitor'].map((role) => `seaweedfs-secrets/${role}-key`);

let folder: string;
let volumes: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'kalpa-first-start-'));
  chmodSync(folder, 0o777);
  cpSync(source, join(folder, 'compose'), { recursive: true });
  volumes = join(folder, 'volumes');
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** Runs the script as a user that is not root, and gives what stands in each file afterwards. */
function start(): Record<string, string> {
  const other = process.getuid?.() === 0 ? { uid: OTHER, gid: OTHER } : {};
  const ended = spawnSync(
    process.execPath,
    [join(folder, 'compose/first-start.mjs'), join(folder, 'compose'), volumes],
    {
      encoding: 'utf8',
      ...other,
    },
  );
  expect({ status: ended.status, stderr: ended.stderr }).toEqual({ status: 0, stderr: '' });
  for (const value of secretsIn(volumes)) expect(ended.stdout).not.toContain(value);
  return content();
}
const content = (): Record<string, string> =>
  Object.fromEntries(
    readdirSync(volumes, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map(({ parentPath, name }) => {
        const file = join(parentPath, name);
        return [file.slice(volumes.length + 1), readFileSync(file, 'utf8')];
      }),
  );
const secretsIn = (made: string): string[] =>
  ['temporal-postgres-secrets/password', 'yugabyte-secrets/ysql-password', ...STORE_KEYS].map((name) =>
    readFileSync(join(made, name), 'utf8'),
  );

it('23.12: makes a password for each service, in files for one user alone', () => {
  const first = start();
  const made = [
    'temporal-postgres-secrets/password',
    'yugabyte-secrets/ysql-password',
    'yugabyte-secrets/ycql-password',
    ...STORE_KEYS,
  ].map((name) => first[name] ?? '');
  for (const value of made) expect(value).toMatch(/^[0-9a-f]{48}$/);
  expect(new Set(made).size).toBe(made.length);
  for (const name of Object.keys(first))
    expect([name, statSync(join(volumes, name)).mode & 0o777]).toEqual([name, 0o600]);
  for (const volume of readdirSync(volumes))
    expect([volume, statSync(join(volumes, volume)).mode & 0o777]).toEqual([volume, 0o700]);
});

it('23.12: a password or key has the same value for its server and its client', () => {
  const first = start();
  expect(first['temporal-secrets/postgres-password']).toBe(first['temporal-postgres-secrets/password']);
  expect(first['control-worker-config/ysql-password']).toBe(first['yugabyte-secrets/ysql-password']);
  expect(first['control-worker-config/ycql-password']).toBe(first['yugabyte-secrets/ycql-password']);
  for (const [volume, role] of [
    ...['control-worker', 'janitor-worker', 'reader'].map((name) => [name, name.replace('-worker', '')]),
    ...[1, 2, 3].map((n) => [`node-worker-${n}`, 'node']),
  ])
    for (const key of STORE_KEYS)
      expect(first[`${volume}-config/aws-credentials`]?.includes(first[key] ?? '')).toBe(key.endsWith(`/${role}-key`));
});

it('23.12: the second start keeps everything, to the byte', () => {
  const first = start();
  expect(start()).toEqual(first);
});

it('23.12: another installation has other secrets', () => {
  const first = start();
  volumes = join(folder, 'elsewhere');
  const other = start();
  for (const name of [
    'yugabyte-secrets/ysql-password',
    ...STORE_KEYS,
    'control-worker-config/signing.pem',
    'janitor-worker-config/signing.pem',
  ])
    expect(other[name]).not.toBe(first[name]);
});

it('23.12: the next start continues one that was killed, and applies changed templates', () => {
  const first = start();
  const halfMade = join(volumes, 'yugabyte-secrets/ysql-password');
  writeFileSync(`${halfMade}.new`, 'half', { mode: 0o644 });
  truncateSync(join(volumes, 'seaweedfs-secrets/node-key'), 0);
  rmSync(join(volumes, 'temporal-secrets'), { recursive: true });
  if (process.getuid?.() === 0) rmSync(`${halfMade}.new`); // made by root just now, not by the script
  const template = join(folder, 'compose/kalpa.yaml');
  writeFileSync(template, readFileSync(template, 'utf8').replace('s3://kalpa/backups', 's3://kalpa/elsewhere'));
  const second = start();
  expect(second['yugabyte-secrets/ysql-password']).toBe(first['yugabyte-secrets/ysql-password']);
  expect(second['temporal-secrets/postgres-password']).toBe(first['temporal-postgres-secrets/password']);
  expect(second['seaweedfs-secrets/node-key']).toMatch(/^[0-9a-f]{48}$/);
  expect(second['control-worker-config/kalpa.yaml']).toContain('s3://kalpa/elsewhere');
  expect(second['control-worker-config/kalpa.yaml']).toContain("publicKeys: ['ed25519:");
  expect(Object.keys(second).filter((name) => name.endsWith('.new'))).toEqual([]);
});

it('23.12: the control worker signs with its key, the node workers know it, and none of them has the database’s password', () => {
  const first = start();
  const control = readConfig(join(volumes, 'control-worker-config/kalpa.yaml'));
  const pem = first['control-worker-config/signing.pem'] ?? '';
  const told = Buffer.from(control.signing?.publicKeys[0]?.slice('ed25519:'.length) ?? '', 'base64').toString(
    'base64url',
  );
  const publicKey = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: told }, format: 'jwk' });
  const payload = Buffer.from('a manifest');
  expect(verify(null, payload, publicKey, sign(null, payload, createPrivateKey(pem)))).toBe(true);

  const janitor = readConfig(join(volumes, 'janitor-worker-config/kalpa.yaml'));
  expect(janitor.signing?.privateKeyFile).toBeDefined();
  const reader = readConfig(join(volumes, 'reader-config/kalpa.yaml'));
  expect(reader.signing?.privateKeyFile).toBeUndefined();
  expect(control.signing?.publicKeys).toHaveLength(2);
  expect(first['janitor-worker-config/signing.pem']).not.toBe(pem);
  for (const one of [janitor, reader]) {
    expect(one.signing?.publicKeys).toEqual(control.signing?.publicKeys);
    expect([one.ysql.passwordFile, one.ycql?.passwordFile]).toEqual([undefined, undefined]);
  }
  for (const number of [1, 2, 3]) {
    const node = readConfig(join(volumes, `node-worker-${number}-config/kalpa.yaml`));
    expect(node.signing?.publicKeys).toEqual(control.signing?.publicKeys);
    expect(node.signing?.privateKeyFile).toBeUndefined();
    expect(node.ysql.passwordFile).toBeUndefined();
    expect(first[`node-worker-${number}-config/ysql-password`]).toBeUndefined();
  }
});

it('23.12: Kalpa itself reads what was made', () => {
  mkdirSync(volumes, { recursive: true });
  chmodSync(volumes, 0o777);
  const first = start();
  const folder = join(volumes, 'control-worker-config');
  if (process.getuid?.() === 0) for (const file of readdirSync(folder)) makeOurs(join(folder, file));
  const control = readConfig(join(folder, 'kalpa.yaml'));
  expect(clusterToolSettings(control)).toMatchObject({
    ysql: { host: 'yb-1', password: first['yugabyte-secrets/ysql-password'], sslmode: 'disable' },
    ycql: { user: 'cassandra', password: first['yugabyte-secrets/ycql-password'], ssl: false },
  });
  const { signingKey, publicKeys } = trustOf(signerKeys(control, {}));
  expect(publicKeys.map(({ keyId }) => keyId)).toContain(signingKey?.keyId);
});

/** Kalpa refuses a secret of another user: as root it is given to root first. */
function makeOurs(file: string): void {
  const kept = readFileSync(file);
  rmSync(file);
  writeFileSync(file, kept, { mode: 0o600 });
}

it('24: with a marker it stays when its work is done, without any right, until it is asked to end', async () => {
  const marker = join(folder, 'done');
  const child = spawn(
    process.execPath,
    [join(folder, 'compose/first-start.mjs'), join(folder, 'compose'), volumes, marker],
    { stdio: 'ignore' },
  );
  const ended = once(child, 'exit');
  try {
    await until('the marker is made', () => Promise.resolve(existsSync(marker)));
    expect(content()['temporal-secrets/postgres-password']).toMatch(/^[0-9a-f]{48}$/); // it says so when it is true
    if (process.getuid?.() === 0) {
      const rights = (): string => readFileSync(`/proc/${child.pid ?? 0}/status`, 'utf8');
      await until('root is given up', () => Promise.resolve(/^Uid:(\t65534){4}$/m.test(rights())));
      expect(rights()).toMatch(/^Gid:(\t65534){4}$/m);
      expect(rights()).toMatch(/^Groups:\t *$/m);
      for (const set of ['CapPrm', 'CapEff']) expect(rights()).toMatch(new RegExp(`^${set}:\t0+$`, 'm'));
    }
    expect(child.exitCode).toBeNull();
    child.kill('SIGTERM');
    expect(await ended).toEqual([0, null]);
  } finally {
    child.kill('SIGKILL');
  }
});
