import { existsSync } from 'node:fs';
import { stackEnvironment } from '../../stack/environment';
import { temporaryFolder } from '../suites/temporary-folder';

const before = { ...process.env };

afterEach(() => {
  process.env = { ...before };
});

it("keeps the stack's processes away from someone's real Temporal, store and database", async () => {
  const folder = await temporaryFolder();
  Object.assign(process.env, {
    TEMPORAL_API_KEY: 'k',
    AWS_PROFILE: 'prod',
    AWS_SESSION_TOKEN: 't',
    PGHOST: 'prod-db',
    KALPA_CONFIG: '/etc/kalpa.yaml',
  });
  const env = stackEnvironment(folder.path);
  for (const name of ['TEMPORAL_API_KEY', 'AWS_PROFILE', 'AWS_SESSION_TOKEN', 'PGHOST', 'KALPA_CONFIG'])
    expect(env).not.toHaveProperty(name);
  expect(env).toMatchObject({ PATH: process.env['PATH'], KALPA_HOME: folder.path });
  expect(existsSync(env['TEMPORAL_CONFIG_FILE'] ?? '')).toBe(true);
  await folder.remove();
});
