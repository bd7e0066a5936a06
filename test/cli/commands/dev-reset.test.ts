import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { kalpa } from '../fake-cli';

describe('kalpa dev reset', () => {
  let home: string;
  beforeEach(() => {
    home = mkdtempSync(join(tmpdir(), 'kalpa-home-'));
    for (const folder of ['tools', 'logs', 's3']) mkdirSync(join(home, folder));
    for (const file of ['ports.json', 'temporal.db']) writeFileSync(join(home, file), '{}');
  });
  afterEach(() => rmSync(home, { recursive: true, force: true }));

  it('removes everything except the tools and the chosen ports', async () => {
    expect(await kalpa(['dev', 'reset'], { env: { KALPA_HOME: home } })).toMatchObject({
      code: 0,
      stdout: `Emptied ${home}; the next start begins from scratch.\n`,
    });
    expect(readdirSync(home).sort()).toEqual(['ports.json', 'tools']);
  });

  it('refuses while a process of the stack is alive', async () => {
    writeFileSync(join(home, 'processes.json'), JSON.stringify([{ name: 's3', pid: process.pid }]));
    const { code, stderr } = await kalpa(['dev', 'reset'], { env: { KALPA_HOME: home } });
    expect(code).toBe(3);
    expect(stderr).toContain('Nothing was removed');
    expect(existsSync(join(home, 's3'))).toBe(true);
  });

  it('refuses a folder that no stack has made', async () => {
    for (const mark of ['logs', 'ports.json']) rmSync(join(home, mark), { recursive: true });
    const { code, stderr } = await kalpa(['dev', 'reset'], { env: { KALPA_HOME: home } });
    expect(code).toBe(2);
    expect(stderr).toContain('does not look like the home');
    expect(readdirSync(home)).toHaveLength(3);
  });
});
