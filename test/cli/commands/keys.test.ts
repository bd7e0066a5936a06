import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { parseConfig, readPrivateFile } from '../../../src/config';
import { controlTrust } from '../../../src/worker/control-trust';
import { temporaryFolder } from '../../suites/temporary-folder';
import { chmod, writeFile } from 'node:fs/promises';
import { kalpa } from '../fake-cli';

const base = 'cluster: c\nmasters: [m:7100]\nysql: { host: h }\nrepository: { url: s3://b/p }\n';

describe('23.2: kalpa keys create', () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  beforeAll(async () => {
    folder = await temporaryFolder();
  });
  afterAll(async () => {
    await folder.remove();
  });

  it('23.2: makes a key that a control worker signs with, readable by its owner alone, and overwrites none', async () => {
    const file = join(folder.path, 'signing.pem');
    const { code, stdout } = await kalpa(['keys', 'create', file, '--json']);
    const made = JSON.parse(stdout) as { keyId: string; publicKey: string; privateKeyFile: string };
    expect([code, made.privateKeyFile, (await stat(file)).mode & 0o777]).toEqual([0, file, 0o600]);
    const pem = await readFile(file, 'utf8');
    const config = parseConfig(`${base}signing: { publicKeys: ["${made.publicKey}"], privateKeyFile: ${file} }`, 'f');
    expect(controlTrust(config, {}).signingKey?.keyId).toBe(made.keyId);
    const again = await kalpa(['keys', 'create', file]);
    expect(again).toMatchObject({ code: 2, stderr: expect.stringContaining('exists and was not changed') as string });
    expect(await readFile(file, 'utf8')).toBe(pem);
    expect(stdout).not.toContain('PRIVATE');
  });

  it('23.2: a control worker refuses a key that no reader trusts, and says what to add', async () => {
    const [one, two] = [join(folder.path, '1.pem'), join(folder.path, '2.pem')];
    const [first, second] = await Promise.all(
      [one, two].map(
        async (file) => JSON.parse((await kalpa(['keys', 'create', file, '--json'])).stdout) as { publicKey: string },
      ),
    );
    const believes = (key: string, more: string) =>
      parseConfig(`${base}signing: { publicKeys: ["${key}"]${more} }`, 'f');
    const other = believes(first?.publicKey ?? '', `, privateKeyFile: ${two}`);
    expect(() => controlTrust(other, {})).toThrow(`Add "${second?.publicKey}" to signing.publicKeys`);
    const none = believes(first?.publicKey ?? '', '');
    expect(() => controlTrust(none, {})).toThrow('has no private key');
    const pem = await readFile(one, 'utf8');
    expect(controlTrust(none, { KALPA_SIGNING_KEY: pem }).signingKey).toBeDefined();
    expect(() => controlTrust(none, { KALPA_SIGNING_KEY: 'secret words' })).toThrow(
      /^(?![^]*secret words)[^]*not a private key in PEM/,
    );
    expect(() => controlTrust(parseConfig(base, 'f'), { KALPA_SIGNING_KEY: pem })).toThrow('Add "ed25519:');
    expect(controlTrust(parseConfig(base, 'f'), {})).toEqual({ publicKeys: [] });
  });

  it.each([0o666, 0o644, 0o660, 0o700])('23.2: a private key of mode %o is refused', async (mode) => {
    const file = join(folder.path, `mode-${mode}`);
    await writeFile(file, 'k');
    await chmod(file, mode);
    expect(() => readPrivateFile(file, 'signing.privateKeyFile')).toThrow('Make it 0600 or 0640');
    await chmod(file, 0o640);
    expect(readPrivateFile(file, 'signing.privateKeyFile')).toBe('k');
  });
});
