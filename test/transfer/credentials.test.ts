import { randomUUID } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isStoreError, openStore } from '../../src/transfer';
import { until } from '../support/stack';
import { startSeaweedfs, type Seaweedfs } from '../suites/seaweedfs';
import { temporaryFolder } from '../suites/temporary-folder';

const VARIABLES = ['AWS_CONFIG_FILE', 'AWS_PROFILE', 'AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN'];
/** The SDK fetches credentials anew that end within five minutes. */
const ENDING_SOON_MS = 60_000;

describe('credentials that end', () => {
  const before = VARIABLES.map((name) => [name, process.env[name]] as const);
  let server: Seaweedfs;
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;

  beforeAll(async () => {
    server = await startSeaweedfs();
    folder = await temporaryFolder();
  });
  afterAll(async () => {
    for (const [name, value] of before) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
    await folder.remove();
    await server.stop();
  });

  it('27: are fetched again by the chain, in the middle of a run of one client', async () => {
    const { credentials, ...config } = server.config('rotating');
    const [calls, printed] = [join(folder.path, 'calls'), join(folder.path, 'printed.json')];
    const print = async (keys: { accessKeyId: string; secretAccessKey: string }): Promise<void> => {
      const Expiration = new Date(Date.now() + ENDING_SOON_MS).toISOString();
      const { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey } = keys;
      await writeFile(printed, JSON.stringify({ Version: 1, AccessKeyId, SecretAccessKey, Expiration }));
    };
    for (const name of VARIABLES) delete process.env[name];
    process.env['AWS_PROFILE'] = 'rotating';
    process.env['AWS_CONFIG_FILE'] = join(folder.path, 'config');
    await writeFile(
      process.env['AWS_CONFIG_FILE'],
      `[profile rotating]\ncredential_process = sh -c "echo . >> '${calls}'; cat '${printed}'"\n`,
    );
    if (!credentials) throw new Error('The server has no keys.');
    const store = openStore(config);
    const key = randomUUID();
    await print(credentials);
    await store.create(key, Buffer.from('first'));
    await print({ accessKeyId: 'REVOKED', secretAccessKey: 'revoked' });
    const denied = async (): Promise<boolean> =>
      await store.read(key).then(
        () => false,
        (error: unknown) => isStoreError(error, 'denied'),
      );
    await until('other keys are in use', denied); // the chain fetches them beside a request, or before it
    await print(credentials);
    await until('the first keys are in use again', async () => !(await denied()));
    expect((await store.read(key)).toString()).toBe('first');
    expect((await readFile(calls, 'utf8')).trim().split('\n').length).toBeGreaterThan(2);
    store.close();
  });
});
