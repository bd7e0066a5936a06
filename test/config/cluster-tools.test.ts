import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { clusterToolSettings, parseConfig } from '../../src/config';

const config = (passwordFile: string) =>
  parseConfig(
    `{ cluster: c, masters: ['h:7100'], ysql: { host: h, passwordFile: '${passwordFile}' }, repository: { url: 's3://b' }, timing: { rpcTimeout: 2s, commandTimeout: 3s } }`,
    'f',
  );

describe('what the tools of the cluster need', () => {
  const folder = mkdtempSync(join(tmpdir(), 'kalpa-password-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('reads the password at each use, without its newline', () => {
    const file = join(folder, 'password');
    writeFileSync(file, 'first \n', { mode: 0o600 });
    expect(clusterToolSettings(config(file)).ysql.password).toBe('first ');
    writeFileSync(file, 'second');
    expect(clusterToolSettings(config(file))).toMatchObject({
      ysql: { password: 'second' },
      timeouts: { rpcMs: 2000, commandMs: 2400, httpMs: 3000 },
    });
  });

  it('names the file that is not there', () => {
    expect(() => clusterToolSettings(config(join(folder, 'none')))).toThrow(/ysql\.passwordFile.*ENOENT/);
  });
});
