import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const main = resolve(__dirname, '../../dist/src/cli/main.js');

interface Ended {
  code: number | null;
  stdout: string;
  stderr: string;
}

describe('the built command line', () => {
  const cwd = mkdtempSync(join(tmpdir(), 'kalpa-cli-'));
  const config = join(cwd, 'elsewhere.yaml');
  writeFileSync(
    config,
    "{ cluster: demo, masters: ['127.0.0.1:1'], ysql: { host: 127.0.0.1 }, repository: { url: 's3://kalpa', endpoint: 'http://127.0.0.1:1' } }",
  );

  beforeAll(() => {
    if (!existsSync(main)) throw new Error(`${main} is missing: run \`npm run build\` first.`);
  });
  afterAll(() => rmSync(cwd, { recursive: true, force: true }));

  async function kalpa(...line: string[]): Promise<Ended> {
    const env = {
      PATH: process.env['PATH'],
      HOME: cwd,
      KALPA_HOME: join(cwd, 'home'),
      TEMPORAL_ADDRESS: '127.0.0.1:1',
    };
    const child = spawn(process.execPath, [main, ...line], { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
    const ended: Ended = { code: null, stdout: '', stderr: '' };
    child.stdout.on('data', (part: Buffer) => (ended.stdout += part.toString()));
    child.stderr.on('data', (part: Buffer) => (ended.stderr += part.toString()));
    ended.code = await new Promise((done) => child.once('close', done));
    return ended;
  }

  it('prints its help and ends with 0', async () => {
    const { code, stdout } = await kalpa('--help');
    expect(code).toBe(0);
    expect(stdout).toContain('Usage: kalpa');
  });

  it('ends with 2 where no configuration is found', async () => {
    const { code, stdout, stderr } = await kalpa('backup', 'ysql.orders');
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(/^kalpa: No configuration: .*npm start`\.\n$/);
  });

  it('ends with 4 and one sentence when Temporal is unavailable', async () => {
    const { code, stdout, stderr } = await kalpa('backup', 'ysql.orders', '--config', config);
    expect({ code, stdout }).toEqual({ code: 4, stdout: '' });
    expect(stderr).toMatch(/^kalpa: Temporal does not answer at 127\.0\.0\.1:1: [^\n]+\n$/);
  });

  it('prints one JSON document also then', async () => {
    const { code, stdout } = await kalpa('inspect', '--config', config, '--json');
    expect(code).toBe(4);
    expect(JSON.parse(stdout)).toMatchObject({ error: { type: 'TemporalUnreachable' } });
  });

  it('tells a node worker without its section what is missing', async () => {
    const { code, stderr } = await kalpa('worker', 'node', '--config', config);
    expect(code).toBe(2);
    expect(stderr).toContain('has no section `node`');
  });

  it('empties the home of a stack that is not running', async () => {
    const { code, stdout } = await kalpa('dev', 'reset', '--json');
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toEqual({ home: join(cwd, 'home'), removed: [] });
  });
});
