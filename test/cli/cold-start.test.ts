import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const root = resolve(__dirname, '../..');
const main = join(root, 'dist/src/cli/main.js');

/** Prints the modules that a process has loaded when it ends, as its last line. */
const TELL = `process.on('exit', () => { require('node:fs').writeSync(2, '\\n' + JSON.stringify(Object.keys(require.cache))); });`;

describe('22.33: what a command loads before it runs', () => {
  const home = mkdtempSync(join(tmpdir(), 'kalpa-cold-'));
  beforeAll(() => {
    if (!existsSync(main)) throw new Error(`${main} is missing: run \`npm run build\` first.`);
  });
  afterAll(() => {
    rmSync(home, { recursive: true, force: true });
  });

  /** Packages, and our own modules below src/. */
  function loaded(...line: string[]): { packages: string[]; own: string[] } {
    const script = `${TELL} process.argv.splice(1, 0, ${JSON.stringify(main)}); require(${JSON.stringify(main)});`;
    const env = { PATH: process.env['PATH'], HOME: home, KALPA_HOME: home };
    let stderr = '';
    try {
      stderr = execFileSync(
        'sh',
        ['-c', 'exec "$@" 2>&1 >/dev/null', 'sh', process.execPath, '-e', script, '--', ...line],
        {
          ...{ encoding: 'utf8', env, cwd: home },
        },
      );
    } catch (error) {
      stderr = (error as { stdout: string }).stdout; // refused: what it loaded until then counts
    }
    const files = JSON.parse(stderr.trim().split('\n').at(-1) ?? '') as string[];
    const packages = files.flatMap((file) => /\/node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(file)?.[1] ?? []);
    const own = files.flatMap((file) => /\/dist\/src\/(.*)\.js$/.exec(file)?.[1] ?? []);
    return { packages: [...new Set(packages)], own };
  }

  it.each([
    [['--help']],
    [['help', 'backup']],
    [['backup', '--help']],
    [['completion', 'bash']],
    [['--version']],
    [['schedule', 'add', '--hlep']],
  ])('22.33: kalpa %j loads no package but the parser of command lines', (line) => {
    const { packages, own } = loaded(...line);
    expect(packages).toEqual(['commander']);
    expect(own).toContain('cli/run-cli');
  });

  it('22.33: a command loads no other command', () => {
    const { own } = loaded('backup', '--help');
    expect(own.filter((file) => file.startsWith('cli/commands/'))).toEqual(['cli/commands/backup']);
  });

  it('22.33: what only reads the bucket loads neither Temporal nor gRPC nor SQL', () => {
    // Without a configuration it ends before it has read anything; that needs the configuration's parser already.
    const { packages } = loaded('backups');
    expect(packages.sort()).toEqual(['commander', 'parse-duration', 'yaml', 'zod']);
  });
});
