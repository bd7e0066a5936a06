// `npm run bench:planning`: what planning costs by itself. Pure functions over growing sizes, where
// time and memory have to grow like the size; and which of 10,000 files are unchanged. Prints tables.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

const require = createRequire(import.meta.url);
const { intoBatches } = require('../dist/src/activities/control/copies/batches.js');
const { chooseReplicas, groupByFileList } = require('../dist/src/activities/control/backup/plan-copies.js');
const { tilesKeySpace } = require('../dist/src/yugabyte/snapshot-file/tiles-key-space.js');
const { planUpload } = require('../dist/src/transfer/upload/plan-upload.js');
const { planDownload } = require('../dist/src/transfer/download/plan-download.js');
const { listFiles } = require('../dist/src/transfer/index.js');
const { chooseFiles } = require('../dist/src/repository/index.js');

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc');
const SHARES = [0.25, 0.5, 1];
const FILES = 1_000_000;
const TABLETS = 100_000;
const TABLES = 10_000;
const NODES = 100;
const MIB = 1024 * 1024;

const hex = (n, digits) => n.toString(16).padStart(digits, '0');
const range = (count, make) => Array.from({ length: count }, (_, i) => make(i));

/** Sizes from bytes to a GiB, most of them small, the same in each run. */
const sizeOf = (i) => (i % 100 === 0 ? 100 * MIB : i % 3 === 0 ? 2 * MIB : 64 * 1024) + (i % 997);

const nodes = range(NODES, (i) => ({ uuid: hex(i, 32), address: `yb-${i + 1}.internal:9100` }));
const tables = (count) =>
  range(count, (i) => ({
    id: hex(i, 32),
    name: `t${i}`,
    schema: 'public',
    kind: 'table',
    colocated: false,
    columns: [],
  }));

/** Of each table as many, which tile its keys. */
function tabletsOf(tableCount, count) {
  const each = count / tableCount;
  const edge = (n) => (n === 0 || n === each ? '' : hex(Math.floor((n * 0x10000) / each), 4).toUpperCase());
  return range(count, (i) => ({
    id: hex(i, 32),
    tableIds: [hex(Math.floor(i / each), 32)],
    partitionStart: edge(i % each),
    partitionEnd: edge((i % each) + 1),
  }));
}

/** Three replicas of each tablet. */
const candidates = (count) =>
  new Map(
    range(count, (i) => [
      hex(i, 32),
      range(3, (r) => ({ tablet: hex(i, 32), files: 40, bytes: sizeOf(i), node: nodes[(i * 7 + r * 31) % NODES] })),
    ]),
  );
const none = { replicas: new Set(), reasons: new Map() };
const sources = (count) =>
  range(count, (i) => ({
    path: `${hex(i, 12)}.sst`,
    size: sizeOf(i),
    mtimeNs: '1',
    birthtimeNs: '1',
    inode: String(i),
  }));
const targets = (count) =>
  range(count, (i) => ({
    ...{ object: `packs/${Math.floor(i / 200)}`, offset: (i % 200) * 65_536, size: 65_536, sha256: '', path: `f${i}` },
    target: `/data/${hex(i, 12)}`,
  }));

/** What each is called, its full size, how its input is made, and what is measured. */
const FUNCTIONS = [
  [
    'batches of a node',
    TABLETS,
    (n) => range(n, (i) => ({ files: 40, bytes: sizeOf(i) })),
    (items) => intoBatches(items, NODES),
  ],
  [`replicas to copy, of 3 on ${NODES} nodes`, TABLETS, candidates, (given) => chooseReplicas(given, none)],
  [
    'tablets grouped by the lists of their files',
    TABLETS,
    (n) => {
      const replicas = range(n, (i) => ({ tablet: hex(i, 32), files: 40, bytes: sizeOf(i), node: nodes[0] }));
      const list = (i) => ({ key: `segment-${(i * 7919) % 500}` });
      return {
        replicas,
        known: new Map(replicas.map(({ tablet }, i) => [tablet, { peer: nodes[0].uuid, list: list(i) }])),
      };
    },
    ({ replicas, known }) => groupByFileList(replicas, nodes[0], known),
  ],
  [
    `keys of ${TABLES.toLocaleString('en-US')} tables tiled by their tablets`,
    TABLETS,
    (n) => ({ tables: tables((n * TABLES) / TABLETS), tablets: tabletsOf((n * TABLES) / TABLETS, n) }),
    (given) => tilesKeySpace(given.tables, given.tablets),
  ],
  [
    'keys of one table tiled by its tablets',
    TABLETS / 2,
    (n) => ({ tables: tables(1), tablets: tabletsOf(1, n) }),
    (given) => tilesKeySpace(given.tables, given.tablets),
  ],
  ['packs, single files and parts of an upload', FILES, sources, planUpload],
  ['ranges of a download', FILES, targets, planDownload],
];

/** Milliseconds of processor time, which other work on the machine changes little, and MiB of heap that stay. */
function cost(input, work) {
  collect();
  const before = process.memoryUsage().heapUsed;
  const used = process.cpuUsage();
  const result = work(input);
  const { user, system } = process.cpuUsage(used);
  collect();
  const mib = (process.memoryUsage().heapUsed - before) / MIB;
  if (result === undefined) throw new Error('Nothing was planned.');
  return { ms: (user + system) / 1000, mib };
}

const count = (n) => n.toLocaleString('en-US');
const lines = [
  '| function | size | CPU-ms: a quarter · half · all of it | all : half | MiB of heap: a quarter · half · all of it |',
  '| --- | --: | --: | --: | --: |',
];
for (const [name, size, make, work] of FUNCTIONS) {
  work(make(size / 100)); // compiled by now
  const costs = SHARES.map((share) => cost(make(size * share), work));
  const [, half, all] = costs;
  const row = [
    name,
    count(size),
    costs.map(({ ms }) => ms.toFixed(0)).join(' · '),
    (all.ms / half.ms).toFixed(1),
    costs.map(({ mib }) => Math.max(0, mib).toFixed(0)).join(' · '),
  ];
  lines.push(`| ${row.join(' | ')} |`);
  console.error(lines.at(-1));
}

/** Of 10,000 files in 500 tablets, none has changed since the last backup. */
async function unchanged() {
  const home = mkdtempSync(join(tmpdir(), 'kalpa-bench-'));
  try {
    const tablets = range(500, (t) => join(home, hex(t, 32)));
    for (const folder of tablets) {
      mkdirSync(folder);
      for (let n = 0; n < 20; n += 1) writeFileSync(join(folder, `${String(n).padStart(6, '0')}.sst`), 'bytes');
    }
    const known = new Map();
    for (const folder of tablets)
      known.set(
        folder,
        new Map(
          (await listFiles(folder)).map((file) => [
            file.path,
            { ...file, tablet: 't', table: 't', peer: 'p', sha256: '', crc32: 0, object: `o${file.inode}`, etag: 'e' },
          ]),
        ),
      );
    const times = [];
    for (let round = 0; round < 5; round += 1) {
      const began = process.cpuUsage();
      let reused = 0;
      for (const folder of tablets)
        reused += (
          await chooseFiles({
            files: await listFiles(folder),
            known: known.get(folder),
            objectOf: () => ({ size: 5, etag: 'e' }),
            hashOf: () => Promise.reject(new Error('A file was read that has not changed.')),
            ownerOf: () => 'backup',
          })
        ).reused.length;
      const { user, system } = process.cpuUsage(began);
      times.push((user + system) / 1000);
      if (reused !== 10_000) throw new Error(`${reused} of 10,000 files were found unchanged.`);
    }
    return times.sort((a, b) => a - b);
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
}
const times = await unchanged();
const text = `${lines.join('\n')}

10,000 unchanged files in 500 tablets, listed on disk and compared with the last backup's list: ${times[2].toFixed(0)} CPU-ms [${times[0].toFixed(0)}–${times[4].toFixed(0)}], median of 5.
`;
console.log(text);
