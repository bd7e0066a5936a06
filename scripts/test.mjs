// `npm test`: everything that CI runs, in a home of its own, in two lanes: the tests of the common cluster follow each
// other in one, those of clusters of their own in the other; what needs no server fills the gaps. A step's output is
// printed when it ends, at the end what all of it cost. `npm test -- unit e2e` runs only these steps. Ends with the
// line "N passed, N failed"; each test counts, and each other step counts as one.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statfsSync } from 'node:fs';
import { freemem } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

/** The matrix: every case, not each fault once. */
const full = process.env['KALPA_TEST_FULL'] === '1';
const root = dirname(dirname(fileURLToPath(import.meta.url)));
const home = join(root, '.kalpa-test');
/**
 * Files that are created and removed all the time, above all the clusters of single tests: in memory if there is space.
 */
const passing = inMemory() ?? join(home, 'passing');
const temporary = join(passing, 'tmp');

/** Set when the parent process already counts what this program uses. */
const MEASURED = 'KALPA_TEST_MEASURED';
const measured = process.env[MEASURED] === '1';
delete process.env[MEASURED];
const python = join(root, '.kalpa', 'tools', 'venv', 'bin', 'python');

/** Of this clone alone: a test never meets a running stack, and Chromium unpacks here. */
const env = {
  ...process.env,
  KALPA_HOME: home,
  KALPA_TEST_CLUSTERS: join(passing, 'clusters'),
  TMPDIR: temporary,
  NODE_ENV: 'test',
  AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
};
for (const name of Object.keys(env))
  if (/^(AWS_(?!SDK_JS)|TEMPORAL_|PG|KALPA_(CONFIG|UI)$)/.test(name)) delete env[name];

const tool = (name, ...args) => ({ command: join(root, 'node_modules', '.bin', name), args });
/** The target of `npm test`, user and system time, once the clone is set up. */
const BUDGET_SECONDS = 900;
const UNIT_PARTS = 4;
const unit = Array.from({ length: UNIT_PARTS }, (_, i) => ({
  name: 'unit',
  jest: true,
  part: `${i + 1}/${UNIT_PARTS}`,
}));
const LANES = [
  [
    { name: 'faults', jest: true, stack: true },
    { name: 'ui', jest: true, stack: true },
  ],
  [{ name: 'e2e', jest: true, stack: true }],
];
/** Run by whichever lane is idle. */
const shared = [
  {
    name: 'check',
    command: process.execPath,
    // 2.2 GB are used; on a machine of 8 GB Node would stop at 2.
    args: ['--max-old-space-size=4096', join(root, 'scripts', 'check-and-lint.mjs')],
  },
  { name: 'imports', ...tool('depcruise', 'src', 'emulator', 'stack', '--config', '.dependency-cruiser.cjs') },
  { name: 'unused', ...tool('knip') },
  {
    name: 'format',
    ...tool('prettier', '--check', '--log-level', 'warn', '--cache', '--cache-strategy', 'content', '.'),
  },
  { name: 'docs', command: 'npm', args: ['run', '--silent', 'docs:check'] },
  { name: 'replay', jest: true },
  { name: 'workflows', jest: true },
  ...unit,
];
/** Checks what the other steps have left behind. */
const last = [{ name: 'afterwards', jest: true, stack: true }];
const STEPS = [...LANES.flat(), ...shared, ...last];

/** A folder of this clone in Linux's file system in memory; undefined where that is missing or small. */
function inMemory() {
  const GIB = 2 ** 30;
  try {
    const { bavail, bsize } = statfsSync('/dev/shm');
    if (bavail * bsize < 4 * GIB || freemem() < 8 * GIB) return undefined;
  } catch {
    return undefined;
  }
  return join('/dev/shm', `kalpa-test-${createHash('sha256').update(root).digest('hex').slice(0, 8)}`);
}

let interrupted = false;
const running = new Set();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.on(signal, () => {
    interrupted = true;
    if (signal !== 'SIGINT') for (const child of running) child.kill(signal); // Ctrl-C reaches the steps by itself
  });
}

/** Runs a program; returns whether it ended well, what it printed, and the processor seconds that it used. */
function run(command, args) {
  return new Promise((resolve) => {
    const output = [];
    let said = '';
    const [program, ...rest] = measuredLine(command, args);
    const child = spawn(program, rest, { cwd: root, env, stdio: ['inherit', 'pipe', 'pipe', 'pipe'] });
    running.add(child);
    child.stdout.on('data', (chunk) => output.push(chunk));
    child.stderr.on('data', (chunk) => output.push(chunk));
    child.stdio[3].on('data', (chunk) => (said += chunk));
    child.once('error', (error) => {
      output.push(Buffer.from(`${command} can't be run: ${error.message}. Run \`npm run setup\`.\n`));
    });
    child.once('close', (code) => {
      running.delete(child);
      resolve({
        ended: code === 0,
        output: Buffer.concat(output).toString('utf8'),
        processor: said === '' ? undefined : Number(said),
      });
    });
  });
}

/**
 * The command line that also says what it used, and takes in whatever outlives its parent; where the set-up has made no
 * Python, the line itself.
 */
function measuredLine(command, args) {
  const line = [command, ...args];
  return existsSync(python) ? [python, '-I', '-S', join(root, 'scripts', 'measured.py'), ...line] : line;
}

/** This program once more, whose parent takes in what the stack's servers leave behind; ends as that one does. */
async function runMeasured() {
  const [program, ...rest] = measuredLine(process.execPath, process.argv.slice(1));
  const child = spawn(program, rest, { cwd: root, env: { ...process.env, [MEASURED]: '1' }, stdio: 'inherit' });
  running.add(child);
  process.exit(await new Promise((resolve) => child.once('exit', (code) => resolve(code ?? 1))));
}

/** Runs one of jest's projects, its files one by one. */
async function runJest({ name: project, part }) {
  const report = join(home, `jest-${project}${part === undefined ? '' : `-${part.replace('/', '-of-')}`}.json`);
  rmSync(report, { force: true });
  const args = ['--selectProjects', project, '--json', '--outputFile', report, '--passWithNoTests'];
  if (part !== undefined) args.push('--shard', part);
  // Its tests that have a cluster of their own are long in the matrix, and two clusters of the other lane stand beside
  // it.
  if (full && project === 'e2e') args.push('--maxConcurrency', '1');
  // Of a failed test here a run may be left open, and with it a connection that would keep the process.
  if (project === 'workflows') args.push('--forceExit');
  const { command } = tool('jest');
  const { ended, ...said } = await run(command, [...args, '--runInBand']);
  const counts = countsOf(report);
  dearest.push(...testsOf(report, project));
  if (counts === undefined) return { ...said, ...(ended ? { passed: 0, failed: 0 } : { passed: 0, failed: 1 }) };
  return { ...said, passed: counts.passed, failed: ended ? counts.failed : Math.max(1, counts.failed) };
}

/** Each test of a report, and how many seconds it took. */
function testsOf(report, project) {
  try {
    const { testResults } = JSON.parse(readFileSync(report, 'utf8'));
    return testResults.flatMap(({ name, assertionResults }) =>
      assertionResults.map(({ title, duration }) => ({
        seconds: (duration ?? 0) / 1000,
        what: `${project} ${relative(join(root, 'test'), name)}: ${title}`,
      })),
    );
  } catch {
    return []; // jest did not get so far
  }
}

/**
 * Processor seconds (user and system) of this process and of all that it started, servers included, which noise of
 * other work does not change. What outlived its parent was taken in by ours. Linux only.
 */
function processorSeconds() {
  try {
    const [own, ofChildren] = ticks('self');
    const takenIn = measured ? ticks(process.ppid)[1] : 0;
    return own + ofChildren + takenIn;
  } catch {
    return undefined;
  }
}

/** Processor seconds of a process, and of those that it waited for. */
function ticks(pid) {
  const TICKS_A_SECOND = 100; // sysconf(_SC_CLK_TCK), the same on every Linux that Node runs on
  // The name of the program, in brackets, may hold anything.
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /s, '')
    .split(' ')
    .map(Number);
  return [(fields[11] + fields[12]) / TICKS_A_SECOND, (fields[13] + fields[14]) / TICKS_A_SECOND];
}

async function runStep(step) {
  if (step.jest) return await runJest(step);
  const { ended, ...said } = await run(step.command, step.args);
  return { ...said, passed: ended ? 1 : 0, failed: ended ? 0 : 1 };
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
      return [home, passing].some((folder) => line.includes(`${folder}/`)) && Number(pid) !== process.pid
        ? [`${pid}: ${line.slice(0, 160)}`]
        : [];
    } catch {
      return []; // it has ended
    }
  });
}

if (!measured && existsSync(python)) await runMeasured();

const asked = process.argv.slice(2);
const unknown = asked.filter((name) => !STEPS.some((step) => step.name === name));
if (unknown.length > 0) {
  console.error(
    `There is no step ${unknown.join(', ')}. Steps: ${[...new Set(STEPS.map(({ name }) => name))].join(', ')}.`,
  );
  process.exit(2);
}

rmSync(passing, { recursive: true, force: true });
mkdirSync(temporary, { recursive: true });
const require = createRequire(import.meta.url);
const startStack = require('../test/support/start-stack.cjs');
const stopStack = require('../test/support/stop-stack.cjs');
const results = [];
const dearest = [];
const startedAt = Date.now();
const runLane = async (lane, then = shared) => {
  for (let step = lane.shift() ?? then.shift(); step; step = lane.shift() ?? then.shift()) {
    if (interrupted || (asked.length > 0 && !asked.includes(step.name))) continue;
    const began = Date.now();
    const name = [step.name, step.part].filter(Boolean).join(' ');
    console.log(`… ${name}`);
    const { output, ...counts } = await runStep(step);
    results.push({ name, ...counts, seconds: (Date.now() - began) / 1000 });
    console.log(`\n== ${name}\n${output}`);
  }
};
const chosen = STEPS.filter(({ name }) => asked.length === 0 || asked.includes(name));
const needsStack = chosen.some(({ stack }) => stack);
if (needsStack) {
  // In this process too: the stack's own parts read where its home is.
  Object.assign(process.env, env);
  await startStack();
  for (const name of ['KALPA_TEST_STACK', 'KALPA_TEST_HOST']) env[name] = process.env[name];
}
try {
  await Promise.all(LANES.map((lane) => runLane(lane)));
  await runLane(last, []);
} finally {
  if (needsStack) await stopStack();
}
const left = leftovers();
for (const line of left) console.error(`Still running after the tests: ${line}`);
if (left.length > 0) results.push({ name: 'leftovers', passed: 0, failed: left.length, seconds: 0 });

console.log('');
for (const { name, passed, failed, seconds, processor } of results) {
  const counts = `${String(passed).padStart(5)} passed ${String(failed).padStart(4)} failed`;
  const used = processor === undefined ? '' : ` ${processor.toFixed(0).padStart(6)} processor seconds`;
  console.log(`${failed === 0 ? '✓' : '✗'} ${name.padEnd(10)} ${counts} ${seconds.toFixed(1).padStart(7)} s${used}`);
}
const sum = (key) => results.reduce((total, result) => total + result[key], 0);
if (sum('failed') === 0) rmSync(passing, { recursive: true, force: true });
else console.log(`Files of the failed tests: ${passing}`);
console.log(`${interrupted ? 'interrupted' : 'everything'} after ${((Date.now() - startedAt) / 1000).toFixed(0)} s`);
const used = processorSeconds();
if (asked.length === 0 && used !== undefined) {
  console.log('The ten most expensive tests:');
  for (const { seconds, what } of dearest.sort((a, b) => b.seconds - a.seconds).slice(0, 10))
    console.log(`${seconds.toFixed(1).padStart(7)} s  ${what.length > 140 ? `${what.slice(0, 139)}…` : what}`);
  const over = !full && used > BUDGET_SECONDS ? `; the target is ${BUDGET_SECONDS}` : '';
  console.log(`${used.toFixed(0)} processor seconds${over}`);
}
console.log(`${sum('passed')} passed, ${sum('failed')} failed`);
process.exit(interrupted ? 130 : sum('failed') === 0 ? 0 : 1);
