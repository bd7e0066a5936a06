// `npm run bench -- [--scale 0.25] [--rounds 5] [--stores sink,seaweedfs] [--sets one,eight,small] [--clients …]
// [--dir …]`: Kalpa's transfer engine beside s5cmd, rclone and a bare Node loop, against the same store, in interleaved
// rounds.
// Compare ratios within a table: a machine's speed drifts between minutes. Writes bench/results/<date>.md.
import { spawn } from 'node:child_process';
import { createHash, randomFillSync } from 'node:crypto';
import {
  closeSync,
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { cpus, tmpdir, totalmem } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { startSeaweedfs } from './seaweedfs.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const root = dirname(here);
const require = createRequire(import.meta.url);
const { planPacks } = require('../dist/src/transfer/upload/plan-upload.js');
const { listFiles } = require('../dist/src/transfer/index.js');

const MIB = 1024 * 1024;
const venv = join(root, '.kalpa', 'tools', 'bench-venv');
const python = join(venv, 'bin', 'python');
const rclone = join(venv, 'bin', 'rclone');
/** The program itself: what pip puts into `bin` starts Python first. */
const s5cmd = findFile(join(venv, 'lib'), /\/s5cmd\/bin\/s5cmd$/);
const { values } = parseArgs({
  options: {
    scale: { type: 'string', default: '0.25' },
    rounds: { type: 'string', default: '5' },
    stores: { type: 'string', default: 'sink,seaweedfs' },
    sets: { type: 'string', default: 'one,eight,small' },
    clients: { type: 'string', default: 'kalpa,s5cmd,rclone,bare' },
    directions: { type: 'string', default: 'up,down' },
    dir: { type: 'string', default: existsSync('/dev/shm') ? '/dev/shm' : tmpdir() },
    out: { type: 'string' },
  },
});
const scale = Number(values.scale);
const rounds = Number(values.rounds);
if (!(scale > 0) || !(rounds >= 1)) {
  console.error('--scale is a number over 0, --rounds a number from 1.');
  process.exit(2);
}
const chosen = (name) => values[name].split(',');

const SETS = {
  one: { title: '1 × 1 GiB', files: 1, bytes: 1024 * MIB, scaled: 'bytes' },
  eight: { title: '8 × 128 MiB', files: 8, bytes: 128 * MIB, scaled: 'bytes' },
  small: { title: '4,000 × 64 KiB', files: 4000, bytes: 64 * 1024, scaled: 'files' },
};

const home = mkdtempSync(join(values.dir, 'kalpa-bench-'));
const children = new Set();
const clear = () => {
  for (const child of children) child.kill('SIGKILL');
  rmSync(home, { recursive: true, force: true, maxRetries: 5 });
};
process.once('exit', clear);
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(130));

function findFile(folder, pattern) {
  const found = readdirSync(folder, { recursive: true })
    .map((name) => join(folder, name))
    .find((path) => pattern.test(path));
  if (!found) throw new Error(`${folder} holds no ${pattern}; run \`npm run bench\`, which installs it.`);
  return found;
}

/** Files of random bytes, which neither a store nor a disk can compress. */
function makeSet(name) {
  const set = SETS[name];
  const size = Math.round(set.scaled === 'bytes' ? set.bytes * scale : set.bytes);
  const count = Math.max(1, Math.round(set.scaled === 'files' ? set.files * scale : set.files));
  const folder = join(home, 'source', name);
  mkdirSync(folder, { recursive: true });
  const block = Buffer.alloc(Math.min(size, 16 * MIB));
  for (let n = 0; n < count; n += 1) {
    const fd = openSync(join(folder, `${String(n).padStart(6, '0')}.sst`), 'w');
    for (let at = 0; at < size; at += block.length) {
      randomFillSync(block);
      writeSync(fd, block, 0, Math.min(block.length, size - at));
    }
    closeSync(fd);
  }
  return { name, folder, count, bytes: size * count, title: `${set.title}${scale === 1 ? '' : ` × ${scale}`}` };
}

/** The objects that the source gives out: the files as they are, and Kalpa's packs of the small ones. */
async function makeObjects(set) {
  const objects = join(home, 'objects', set.name);
  mkdirSync(objects, { recursive: true });
  const names = readdirSync(set.folder);
  for (const name of names) linkSync(join(set.folder, name), join(objects, name));
  const recorded = [];
  const sha256 = (name) =>
    createHash('sha256')
      .update(readFileSync(join(set.folder, name)))
      .digest('hex');
  if (set.name === 'small') {
    const packs = join(home, 'objects', 'packs');
    mkdirSync(packs, { recursive: true });
    for (const { n, entries } of planPacks(await listFiles(set.folder))) {
      const fd = openSync(join(packs, String(n)), 'w');
      for (const { file, offset } of entries) {
        writeSync(fd, readFileSync(join(set.folder, file.path)));
        recorded.push({ object: `packs/${n}`, offset, size: file.size, sha256: sha256(file.path), path: file.path });
      }
      closeSync(fd);
    }
  } else
    for (const name of names)
      recorded.push({
        object: `${set.name}/${name}`,
        size: statSync(join(set.folder, name)).size,
        sha256: sha256(name),
        path: name,
      });
  return recorded;
}

async function startSink() {
  const child = spawn(python, [join(here, 'store.py'), join(home, 'objects')], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  children.add(child);
  const port = await new Promise((told) => child.stdout.once('data', (text) => told(Number(text))));
  const credentials = { accessKeyId: 'bench', secretAccessKey: 'bench' };
  return {
    bucket: 'bench',
    prefix: '',
    region: 'us-east-1',
    endpoint: `http://127.0.0.1:${port}`,
    forcePathStyle: true,
    credentials,
  };
}

/** Runs a program to its end and gives the line of JSON that it printed last. */
async function figures(command, args, env) {
  const child = spawn(command, args, { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
  children.add(child);
  let [out, errors] = ['', ''];
  child.stdout.on('data', (text) => (out += text));
  child.stderr.on('data', (text) => (errors = (errors + text).slice(-4000)));
  const code = await new Promise((ended) => child.once('close', ended));
  children.delete(child);
  if (code !== 0) throw new Error(`${[command, ...args].join(' ').slice(0, 120)} ended with ${code}:\n${errors}`);
  return JSON.parse(out.trim().split('\n').at(-1));
}

const run = (program, args, env) => figures(python, [join(here, 'measure.py'), program, ...args], env);
const node = (file, job) => figures(process.execPath, [join(here, file), JSON.stringify(job)]);

/** How each client moves a set. `prefix`: of a key that no earlier round has used. */
const CLIENTS = {
  kalpa: ({ direction, s3, set, prefix, target, plan, there }) =>
    node(
      'kalpa.mjs',
      direction === 'up'
        ? { direction, s3: { ...s3, prefix }, source: set.folder }
        : { direction, s3: { ...s3, prefix: there }, target, plan },
    ),
  s5cmd: ({ direction, s3, set, prefix, target }) =>
    run(
      s5cmd,
      [
        '--endpoint-url',
        s3.endpoint,
        '--log',
        'error',
        'cp',
        ...(direction === 'up'
          ? [`${set.folder}/`, `s3://bench/${prefix}/`]
          : [`s3://bench/${set.name}/*`, `${target}/`]),
      ],
      awsKeys(s3),
    ),
  rclone: ({ direction, s3, set, prefix, target }) =>
    run(
      rclone,
      // As its documentation advises for speed; what it would check of what it has written is left out.
      [
        'copy',
        ...(direction === 'up' ? [set.folder, `:s3:bench/${prefix}`] : [`:s3:bench/${set.name}`, target]),
        `--s3-endpoint=${s3.endpoint}`,
        '--s3-provider=Other',
        '--s3-env-auth',
        '--s3-force-path-style',
        '--config=/dev/null',
        '--s3-no-check-bucket',
        '--s3-no-head',
        '--s3-use-multipart-etag=false',
        '--ignore-checksum',
        '--s3-chunk-size=16M',
        '--s3-upload-concurrency=8',
        `--transfers=${set.name === 'small' ? 32 : 8}`,
        '--no-traverse',
      ],
      awsKeys(s3),
    ),
  bare: ({ direction, s3, set, prefix, target }) =>
    node('bare.mjs', {
      direction,
      s3: { ...s3, prefix },
      source: set.folder,
      target,
      objects: readdirSync(set.folder).map((name) => `${set.name}/${name}`),
    }),
};
const awsKeys = ({ credentials }) => ({
  AWS_ACCESS_KEY_ID: credentials.accessKeyId,
  AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
  AWS_REGION: 'us-east-1',
});

const median = (numbers) => {
  const sorted = [...numbers].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
};
const number = (value, digits = 0) =>
  value.toLocaleString('en-US', { maximumFractionDigits: digits, minimumFractionDigits: digits });

const STORES = { sink: startSink, seaweedfs: () => startSeaweedfs(home, children) };
const sets = chosen('sets').map(makeSet);
const plans = {};
for (const set of sets) {
  const file = join(home, `${set.name}.json`);
  writeFileSync(file, JSON.stringify(await makeObjects(set)));
  plans[set.name] = file;
}
const sections = [];
let runs = 0;
for (const store of chosen('stores')) {
  const s3 = await STORES[store]();
  for (const set of sets) {
    let plan = plans[set.name];
    const there = store === 'sink' ? '' : `there-${set.name}`;
    if (store !== 'sink' && chosen('directions').includes('down')) {
      // What is to be fetched from a real store must exist there first: once as Kalpa writes it, once as one object per
      // file.
      const { uploaded } = await node('kalpa.mjs', {
        direction: 'up',
        s3: { ...s3, prefix: there },
        source: set.folder,
      });
      plan = join(home, `${store}-${set.name}.json`);
      writeFileSync(plan, JSON.stringify(uploaded));
      await CLIENTS.s5cmd({ direction: 'up', s3, set, prefix: set.name });
    }
    for (const direction of chosen('directions')) {
      const seen = Object.fromEntries(chosen('clients').map((client) => [client, []]));
      for (let round = 0; round < rounds; round += 1)
        for (const client of chosen('clients')) {
          const target = join(home, 'target');
          mkdirSync(target, { recursive: true });
          const { seconds, cpu, rss, delayP99 } = await CLIENTS[client]({
            direction,
            s3,
            set,
            target,
            plan,
            there,
            prefix: `run-${++runs}`,
          });
          if (direction === 'down') confirm(set, target, client);
          rmSync(target, { recursive: true, force: true });
          seen[client].push({
            speed: set.bytes / MIB / seconds,
            files: set.count / seconds,
            cpu: cpu / (set.bytes / 1024 ** 3),
            rss,
            delayP99,
          });
          console.error(
            `${store} ${set.name} ${direction} ${client}: ${number(set.bytes / MIB / seconds)} MiB/s, ${number(cpu / (set.bytes / 1024 ** 3), 2)} CPU-s/GiB, ${number(rss / MIB)} MiB`,
          );
        }
      sections.push(table({ store, set, direction, seen }));
    }
  }
}

/** Compares every byte, not only the number of files: a fast copy of wrong bytes is worthless. */
function confirm(set, target, client) {
  const names = readdirSync(set.folder);
  const base = client === 'bare' ? join(target, set.name) : target;
  // One file in fifty of the many, every one of the few.
  for (const name of names.filter((_, i) => names.length < 50 || i % 50 === 0)) {
    if (!readFileSync(join(set.folder, name)).equals(readFileSync(join(base, name))))
      throw new Error(`${client} fetched wrong bytes for ${name}.`);
  }
  if (readdirSync(base).length !== names.length)
    throw new Error(`${client} fetched ${readdirSync(base).length} of ${names.length} files.`);
}

function table({ store, set, direction, seen }) {
  const of = (client, field) => seen[client]?.map((one) => one[field]);
  const rows = Object.keys(seen).map((client) => {
    const speeds = of(client, 'speed');
    const ratio = (other) => (seen[other] ? (median(speeds) / median(of(other, 'speed'))).toFixed(2) : '–');
    const delays = of(client, 'delayP99').filter((delay) => delay !== undefined);
    return [
      client,
      `${number(median(speeds))} [${number(Math.min(...speeds))}–${number(Math.max(...speeds))}]`,
      number(median(of(client, 'files')), set.count < 100 ? 1 : 0),
      number(median(of(client, 'cpu')), 2),
      number(median(of(client, 'rss')) / MIB),
      delays.length > 0 ? number(median(delays), 1) : '–',
      ratio('s5cmd'),
      ratio('bare'),
    ];
  });
  const head = [
    'client',
    'MiB/s [range]',
    'files/s',
    'CPU-s/GiB',
    'peak RSS MiB',
    'loop delay p99 ms',
    '× s5cmd',
    '× bare',
  ];
  const lines = [head, head.map((_, i) => (i === 0 ? '---' : '--:')), ...rows].map((row) => `| ${row.join(' | ')} |`);
  return `### ${store}: ${set.title}, ${direction}\n\n${lines.join('\n')}\n`;
}

const versions = [`Node ${process.versions.node}`, 's5cmd and rclone of scripts/requirements-bench.txt'];
const text = `# Bench of ${new Date().toISOString().slice(0, 10)}

${cpus().length} × ${cpus()[0]?.model ?? 'unknown'}, ${number(totalmem() / 1024 ** 3)} GiB; ${versions.join(', ')}. Median of ${rounds} interleaved rounds, each in a new process; the store
shares the processors. \`sink\` throws uploads away and sends files from memory (the client is measured), \`seaweedfs\` is the stack's store (the
whole). Files lie in ${values.dir}. Kalpa and the bare loop are measured without the start of Node, Kalpa after a first file of five bytes (a worker runs for months), the others
with their start. Kalpa checks the SHA-256 of
everything that it fetches, and syncs it; s5cmd and rclone do neither.
\`npm run bench -- --scale ${scale} --rounds ${rounds} --stores ${values.stores}\`

${sections.join('\n')}`;
const out = values.out ?? join(here, 'results', `${new Date().toISOString().slice(0, 10)}.md`);
mkdirSync(dirname(out), { recursive: true });
writeFileSync(out, text);
console.log(text);
process.exit(0);
