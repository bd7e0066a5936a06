// `npm test`: every check, one after the other; each tool prints as it goes, the sum comes last as one line.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const home = join(root, '.kalpa-test');
const bin = (name) => join(root, 'node_modules', '.bin', name);
const totals = { passed: 0, failed: 0 };
const report = [];

rmSync(home, { recursive: true, force: true });
mkdirSync(join(home, 'tmp'), { recursive: true });
const env = {
  ...process.env,
  KALPA_TEST_HOME: join(home, 'stack'),
  TMPDIR: join(home, 'tmp'),
  FORCE_COLOR: process.env.FORCE_COLOR ?? '0',
  NODE_NO_WARNINGS: '1',
};

function timed(name, run) {
  const began = Date.now();
  process.stdout.write(`\n── ${name}\n`);
  const { passed, failed } = run();
  totals.passed += passed;
  totals.failed += failed;
  report.push(`${failed === 0 ? 'ok    ' : 'FAILED'} ${name.padEnd(28)} ${((Date.now() - began) / 1000).toFixed(1)} s`);
}

function check(name, command, args) {
  timed(name, () => {
    const { status } = spawnSync(command, args, { cwd: root, env, stdio: 'inherit' });
    return status === 0 ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 };
  });
}

function jest(project, ...args) {
  timed(`jest ${project}`, () => {
    const file = join(home, `jest-${project}.json`);
    const { status } = spawnSync(
      bin('jest'),
      ['--selectProjects', project, '--json', `--outputFile=${file}`, '--silent=false', ...args],
      {
        cwd: root,
        env,
        stdio: ['ignore', 'ignore', 'inherit'],
      },
    );
    if (!existsSync(file)) return { passed: 0, failed: 1 };
    const { numPassedTests, numFailedTests, numFailedTestSuites, numRuntimeErrorTestSuites } = JSON.parse(
      readFileSync(file, 'utf8'),
    );
    const failed = numFailedTests + numRuntimeErrorTestSuites;
    // A project that ends badly without a failed test (no test at all, a broken setup) is a failure too.
    return {
      passed: numPassedTests,
      failed: failed === 0 && (status !== 0 || numFailedTestSuites > 0 || numPassedTests === 0) ? 1 : failed,
    };
  });
}

check('types', bin('tsc'), ['--noEmit']);
check('lint', bin('eslint'), ['.']);
check('import directions', bin('depcruise'), ['src', 'emulator', 'stack', '--config', '.dependency-cruiser.cjs']);
check('unused code', bin('knip'), []);
check('format', bin('prettier'), ['--check', '--log-level', 'warn', '.']);
check('reference is up to date', process.execPath, ['scripts/reference.mjs', '--check']);
jest('unit');
jest('replay');
jest('e2e', '--runInBand');
jest('ui', '--runInBand');

process.stdout.write(`\n${report.join('\n')}\n\n${totals.passed} passed, ${totals.failed} failed\n`);
process.exit(totals.failed === 0 ? 0 : 1);
