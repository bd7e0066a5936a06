import { chmod, chown, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execFileSync } from 'node:child_process';
import { clusterToolSettings, confirmPrivateFiles, parseConfig, privateFiles, readPassword } from '../../src/config';
import { temporaryFolder } from '../suites/temporary-folder';

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
beforeEach(async () => {
  folder = await temporaryFolder();
});
afterEach(async () => await folder.remove());

const at = (name: string): string => join(folder.path, name);

const config = () =>
  parseConfig(
    JSON.stringify({
      cluster: 'c',
      masters: ['h:7100'],
      ysql: { host: 'h', passwordFile: at('ysql') },
      ycql: { host: 'h', passwordFile: at('ycql') },
      tls: { certsDir: at('certs') },
      signing: { publicKeys: [`ed25519:${'A'.repeat(43)}=`], privateKeyFile: at('signing.pem') },
      repository: { url: 's3://b' },
    }),
    'f',
  );

const env = () => ({
  HOME: folder.path,
  AWS_SHARED_CREDENTIALS_FILE: at('aws'),
  TEMPORAL_CONFIG_FILE: at('temporal.toml'),
  TEMPORAL_TLS_CLIENT_KEY_PATH: at('temporal.key'),
});

/** Every file with a secret that there is. */
const SECRETS = [
  'ysql',
  'ycql',
  'signing.pem',
  'certs/node.h.key',
  'aws',
  'temporal.key',
  'of-profile.key',
  'temporal.toml',
];

async function writeAll(): Promise<void> {
  await mkdir(at('certs'));
  for (const name of SECRETS) await writeFile(at(name), 'secret words', { mode: 0o600 });
  await writeFile(at('certs/ca.crt'), 'public', { mode: 0o644 });
  await writeFile(
    at('temporal.toml'),
    `[profile.default]\napi_key = "secret words"\n[profile.default.tls]\nclient_key_path = "${at('of-profile.key')}"\n`,
  );
}

it('23.13: every file with a secret is known, and certificates are none', async () => {
  await writeAll();
  expect(
    privateFiles({ config: config() }, env())
      .map(({ file }) => file)
      .sort(),
  ).toEqual(SECRETS.map(at).sort());
  expect(() => confirmPrivateFiles({ config: config() }, env())).not.toThrow();
});

describe.each(SECRETS)('23.13: %s', (name) => {
  it.each([0o666, 0o644, 0o604, 0o660, 0o602, 0o700])(
    '23.13: of mode %o is refused before a worker starts',
    async (mode) => {
      await writeAll();
      await chmod(at(name), mode);
      const confirm = (): void => confirmPrivateFiles({ config: config() }, env());
      expect(confirm).toThrow(`The file ${at(name)} (`);
      expect(confirm).toThrow(`its mode is 0${mode.toString(8)}. Make it 0600 or 0640: chmod.`);
      expect(confirm).not.toThrow('secret words');
      for (const good of [0o600, 0o640, 0o400, 0o440]) {
        await chmod(at(name), good);
        expect(confirm).not.toThrow();
      }
    },
  );

  const asRoot = process.getuid?.() === 0 ? it : it.skip; // nobody else may give a file away
  asRoot('23.13: of another user is refused', async () => {
    await writeAll();
    await chown(at(name), 65_534, 65_534);
    expect(() => confirmPrivateFiles({ config: config() }, env())).toThrow(`The file ${at(name)} (`);
    expect(() => confirmPrivateFiles({ config: config() }, env())).toThrow('it belongs to user 65534');
  });
});

it('23.13: a password is refused at each use, not only at the start', async () => {
  await writeAll();
  expect(clusterToolSettings(config()).ysql.password).toBe('secret words');
  await chmod(at('ycql'), 0o644);
  expect(() => clusterToolSettings(config())).toThrow(`${at('ycql')} (ycql.passwordFile)`);
});

it('23.13: a FIFO or a folder in place of a password is refused and not waited at', () => {
  execFileSync('mkfifo', ['-m', '600', at('ysql')]);
  expect(() => readPassword(at('ysql'), 'ysql.passwordFile')).toThrow('it is not a file');
  expect(() => readPassword(folder.path, 'ysql.passwordFile')).toThrow('it is not a file');
});

it('23.13: keys in the environment are no file', async () => {
  await writeAll();
  await chmod(at('aws'), 0o666);
  expect(() => confirmPrivateFiles({ config: config() }, { ...env(), AWS_ACCESS_KEY_ID: 'k' })).not.toThrow();
});
