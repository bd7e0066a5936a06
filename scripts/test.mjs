// `npm test`: everything that CI runs, one step after the other, in a home of its own. `npm test -- unit e2e` runs only
// these steps. Ends with the line "N passed, N failed"; each test counts, and each other step counts as one.
import { spawn } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const home = join(root, '.kalpa-test');
const temporary = join(home, 'tmp');
const scripts = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).scripts;

/** Of this clone alone: a test never meets a running stack, and Chromium unpacks here. */
const env = {
  ...process.env,
  KALPA_HOME: home,
  TMPDIR: temporary,
  NODE_ENV: 'test',
  AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
};
for (const name of Object.keys(env))
  if (/^(AWS_(?!SDK_JS)|TEMPORAL_|PG|KALPA_(CONFIG|UI)$)/.test(name)) delete env[name];

const tool = (name, ...args) => ({ command: join(root, 'node_modules', '.bin', name), args });
const STEPS = [
  { name: 'check', ...tool('tsc', '--noEmit') },
  { name: 'lint', ...tool('eslint', '.') },
  { name: 'imports', ...tool('depcruise', 'src', 'emulator', 'stack', '--config', '.dependency-cruiser.cjs') },
  { name: 'unused', ...tool('knip') },
  { name: 'format', ...tool('prettier', '--check', '--log-level', 'warn', '.') },
  ...(scripts['docs:check'] ? [{ name: 'docs', command: 'npm', args: ['run', '--silent', 'docs:check'] }] : []),
  ...['unit', 'replay', 'e2e', 'ui'].map((name) => ({ name, jest: true })),
];

let interrupted = false;
let running;
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.on(signal, () => {
    interrupted = true;
    if (signal !== 'SIGINT') running?.kill(signal); // Ctrl-C reaches the step by itself, it is in our terminal
  });
}

function run(command, args) {
  return new Promise((resolve) => {
    running = spawn(command, args, { cwd: root, env, stdio: 'inherit' });
    running.once('error', (error) => {
      console.error(`${command} can't be run: ${error.message}. Run \`npm run setup\`.`);
      resolve(false);
    });
    running.once('exit', (code) => resolve(code === 0));
  });
}

/** Runs one of jest's projects; the two with a whole stack take their files one by one. */
async function runJest(project) {
  const report = join(home, `jest-${project}.json`);
  rmSync(report, { force: true });
  const args = ['--selectProjects', project, '--json', '--outputFile', report, '--passWithNoTests'];
  const { command } = tool('jest');
  const ended = await run(command, project === 'e2e' || project === 'ui' ? [...args, '--runInBand'] : args);
  const counts = countsOf(report);
  if (counts === undefined) return ended ? { passed: 0, failed: 0 } : { passed: 0, failed: 1 };
  return { passed: counts.passed, failed: ended ? counts.failed : Math.max(1, counts.failed) };
}

function countsOf(report) {
  try {
    const { numPassedTests, numFailedTests, numRuntimeErrorTestSuites } = JSON.parse(readFileSync(report, 'utf8'));
    return { passed: numPassedTests, failed: numFailedTests + numRuntimeErrorTestSuites };
  } catch {
    return undefined; // jest did not get so far
  }
}

/** Processes that a test has left running: whatever names our home on its command line. Linux only. */
function leftovers() {
  if (process.platform !== 'linux') return [];
  return readdirSync('/proc').flatMap((pid) => {
    try {
      const line = /^\d+$/.test(pid) ? readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim() : '';
      return line.includes(`${home}/`) && Number(pid) !== process.pid ? [`${pid}: ${line.slice(0, 160)}`] : [];
    } catch {
      return []; // it has ended
    }
  });
}

const asked = process.argv.slice(2);
const unknown = asked.filter((name) => !STEPS.some((step) => step.name === name));
if (unknown.length > 0) {
  console.error(`There is no step ${unknown.join(', ')}. Steps: ${STEPS.map(({ name }) => name).join(', ')}.`);
  process.exit(2);
}

rmSync(temporary, { recursive: true, force: true });
mkdirSync(temporary, { recursive: true });
const results = [];
const startedAt = Date.now();
for (const step of STEPS) {
  if (interrupted || (asked.length > 0 && !asked.includes(step.name))) continue;
  const began = Date.now();
  console.log(`\n== ${step.name}`);
  const counts = step.jest
    ? await runJest(step.name)
    : (await run(step.command, step.args))
      ? { passed: 1, failed: 0 }
      : { passed: 0, failed: 1 };
  results.push({ name: step.name, ...counts, seconds: (Date.now() - began) / 1000 });
}
const left = leftovers();
for (const line of left) console.error(`Still running after the tests: ${line}`);
if (left.length > 0) results.push({ name: 'leftovers', passed: 0, failed: left.length, seconds: 0 });

console.log('');
for (const { name, passed, failed, seconds } of results) {
  console.log(
    `${failed === 0 ? '✓' : '✗'} ${name.padEnd(10)} ${String(passed).padStart(5)} passed ${String(failed).padStart(4)} failed ${seconds.toFixed(1).padStart(7)} s`,
  );
}
const sum = (key) => results.reduce((total, result) => total + result[key], 0);
console.log(`${interrupted ? 'interrupted' : 'everything'} after ${((Date.now() - startedAt) / 1000).toFixed(0)} s`);
console.log(`${sum('passed')} passed, ${sum('failed')} failed`);
process.exit(interrupted ? 130 : sum('failed') === 0 ? 0 : 1);
