import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';

const root = resolve(__dirname, '../..');
const built = resolve(root, 'dist/src/client/index.js');

/** Every file that a program loads with the client, below this clone. */
function loaded(): string[] {
  const script = `require(${JSON.stringify(built)}); process.stdout.write(JSON.stringify(Object.keys(require.cache)))`;
  const files = JSON.parse(execFileSync(process.execPath, ['-e', script], { encoding: 'utf8' })) as string[];
  return files.map((file) => file.slice(root.length + 1));
}

describe('a program that imports the client', () => {
  it('loads neither workflow code nor a worker, the command line, the bucket or SQL', () => {
    if (!existsSync(built)) throw new Error(`${built} is missing: run \`npm run build\` first.`);
    const files = loaded();
    expect(files).toContain('dist/src/client/kalpa-client.js');
    const folders = files.map((file) => /^dist\/src\/(\w+)\//.exec(file)?.[1]).filter((folder) => folder !== undefined);
    expect([...new Set(folders)].sort()).toEqual(['client', 'contract', 'objects', 'redaction', 'schedules']);
    const packages = files.map((file) => /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(file)?.[1]);
    for (const unwanted of [
      '@temporalio/worker',
      '@temporalio/core-bridge',
      '@temporalio/workflow',
      '@aws-sdk/client-s3',
      'pg',
    ])
      expect(packages).not.toContain(unwanted);
  });

  it('finds it under the name of the package', () => {
    const script = "process.stdout.write(typeof require('kalpa').KalpaClient.connect)";
    expect(execFileSync(process.execPath, ['-e', script], { cwd: root, encoding: 'utf8' })).toBe('function');
  });
});
