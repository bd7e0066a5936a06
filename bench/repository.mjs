// `npm run bench:repository -- [--backups 10000] [--files 1000000] [--cases backups,sizes,…] [--out …]`: what a large
// repository costs, in the embedded stack's store: lists, retention, what a restore asks for, and the plan of a backup.
// Each case is a process of its own. Prints a table with the limit of each, writes bench/results/<date>-repository.md,
// and ends with 1 where a limit is missed.
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { cpus, loadavg, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { generateRepository } from './generated-repository.mjs';
import { folderStore, prepareRepository } from './repository-plan.mjs';
import { startSeaweedfs } from './seaweedfs.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const require = createRequire(import.meta.url);
const { newSigningKey, openRepository, trustOf } = require('../dist/src/repository/index.js');
const { openStore } = require('../dist/src/transfer/index.js');

const { values } = parseArgs({
  options: {
    backups: { type: 'string', default: '10000' },
    files: { type: 'string', default: '1000000' },
    cases: { type: 'string' },
    out: { type: 'string' },
  },
});
const CLUSTER = 'orders-prod';
const home = mkdtempSync(join(tmpdir(), 'kalpa-bench-'));
const children = new Set();
process.once('exit', () => {
  for (const child of children) child.kill('SIGKILL');
  rmSync(home, { recursive: true, force: true, maxRetries: 5 });
});
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(130));

/** What one case costs, in a process of its own. */
async function measure(job) {
  const child = spawn(process.execPath, [join(here, 'repository-case.mjs'), JSON.stringify(job)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  children.add(child);
  let out = '';
  child.stdout.on('data', (text) => (out += text));
  const code = await new Promise((ended) => child.once('close', ended));
  children.delete(child);
  if (code !== 0) throw new Error(`The case ${job.name} ended with ${code}.`);
  return JSON.parse(out.trim().split('\n').at(-1));
}

const count = (n) => n.toLocaleString('en-US');
const MIB = 1024 * 1024;
const BACKUPS = Number(values.backups);
const FILES = Number(values.files);
const TABLETS = 100_000;
if (!(BACKUPS >= 8) || !(FILES >= 10_000)) {
  console.error('--backups is a number from 8, --files one from 10,000.');
  process.exit(2);
}
const [controlKey, janitorKey] = [newSigningKey(), newSigningKey()];
const publicKeys = [controlKey.publicKey, janitorKey.publicKey];
const trust = (privateKey) => trustOf({ publicKeys, privateKey });
const common = { cluster: CLUSTER, publicKeys, privateKey: controlKey.pem };

/** `limit`: of each figure. */
const CASES = [
  { name: 'retention', title: 'plan of `kalpa retain`', limit: { seconds: 60 } },
  { name: 'backups', title: '`kalpa backups`', limit: { seconds: 2 } },
  { name: 'newest', title: '`kalpa backups --newest 20`', limit: { seconds: 2 } },
  { name: 'sizes', title: '`kalpa backups --sizes`', limit: { seconds: 5 } },
  { name: 'usage', title: '`kalpa usage`', limit: { seconds: 5 } },
  { name: 'inspect', title: '`kalpa inspect`: what one of the four databases can be restored to', limit: {} },
  { name: 'moment', title: 'the backup that has a moment three weeks ago', limit: {} },
  { name: 'plan', title: `backup of ${count(FILES)} files, 1 % changed`, limit: { seconds: 60, rss: 256 * MIB } },
  { name: 'manifest', title: `manifest of ${count(TABLETS)} tablets of 10,000 tables`, limit: { bytes: MIB } },
];
const chosen = CASES.filter(({ name }) => !values.cases || values.cases.split(',').includes(name));

/** What a case is given beside its name. */
async function jobsOf() {
  const jobs = {};
  if (chosen.some(({ name }) => name !== 'plan' && name !== 'manifest')) {
    const s3 = await startSeaweedfs(home, children);
    const store = openStore(s3);
    const as = (privateKey) => openRepository({ store, cluster: CLUSTER, trust: trust(privateKey) });
    console.error(`Writing a repository of ${count(BACKUPS)} backups …`);
    const now = Date.now();
    await generateRepository({ control: as(controlKey.pem), janitor: as(janitorKey.pem) }, BACKUPS, now);
    const moment = new Date(now - Math.min(500, Math.floor(BACKUPS / 8)) * 3_600_000 + 9_451)
      .toISOString()
      .replace(/Z$/, '974Z');
    for (const { name } of chosen) jobs[name] = { s3, database: 'ysql.orders', moment };
  }
  if (chosen.some(({ name }) => name === 'plan')) {
    const folder = join(home, 'plan');
    const repository = { store: folderStore(folder), cluster: CLUSTER, trust: trust(controlKey.pem) };
    console.error(`Writing the file lists of ${count(FILES)} files …`);
    jobs.plan = { folder, input: await prepareRepository(repository, FILES) };
  }
  jobs.manifest = { folder: join(home, 'manifest'), tablets: TABLETS };
  return jobs;
}

/** A figure beside its limit; with a cross where it is missed. */
const text = {
  seconds: (n) => `${n.toFixed(1)} s`,
  rss: (n) => `${Math.ceil(n / MIB)} MiB`,
  bytes: (n) => `${(n / 1024).toFixed(0)} KiB`,
};
let missed = 0;
function cell(figure, found, limit) {
  if (found === undefined) return '';
  if (limit === undefined) return text[figure](found);
  if (found < limit) return `${text[figure](found)} (< ${text[figure](limit)})`;
  missed += 1;
  return `**${text[figure](found)}** (✗ < ${text[figure](limit)})`;
}

const head = ['what', 'wall', 'CPU-s', 'peak RSS', 'requests', 'size'];
const lines = [head, head.map((_, i) => (i === 0 ? '---' : '--:'))].map((row) => `| ${row.join(' | ')} |`);
const jobs = await jobsOf();
for (const { name, title, limit } of chosen) {
  const { seconds, cpu, rss, requests, answer } = await measure({ name, ...common, ...jobs[name] });
  const row = [
    ...[title, cell('seconds', seconds, limit.seconds), cpu.toFixed(1), cell('rss', rss, limit.rss), count(requests)],
    cell('bytes', limit.bytes && answer.bytes, limit.bytes),
  ];
  lines.push(`| ${row.join(' | ')} |`);
  console.error(`${lines.at(-1)} ${JSON.stringify(answer)}`);
}
const day = new Date().toISOString().slice(0, 10);
const report = `# Bench of a large repository, ${day}

${cpus().length} × ${cpus()[0]?.model ?? 'unknown'}; Node ${process.versions.node}. A repository of ${count(BACKUPS)} backups of four databases, hourly, written by the product's own code and signed: 2 % failed, 5 % deleted,
a tenth verified, some held, summarized as retention runs leave it. It is in the embedded stack's store (SeaweedFS), which shares the processors. Each case is a process of its own: wall and processor time without the start of
Node, peak memory with it. The backup's plan is what the control worker and the nodes decide about each file, one after another in one process: choosing replicas, reading the file lists of the backup before, comparing, writing
the new lists and proving that they are complete; the disk and the data are left out (\`npm run bench:planning\` measures the look at the disk).
\`npm run bench:repository -- --backups ${BACKUPS} --files ${FILES}\`, processors with a load of ${loadavg()[0].toFixed(1)} at its end.

${lines.join('\n')}
`;
const out = values.out ?? join(here, 'results', `${day}-repository.md`);
mkdirSync(dirname(out), { recursive: true });
writeFileSync(out, report);
console.log(report);
process.exit(missed > 0 ? 1 : 0);
