// What a backup decides before and besides copying: which replicas, which files are in the bucket already, whether all
// are there. Objects of a million files are listed by arithmetic; lists and manifests are files of a folder.
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { contentOf, listOf, manifestOf } from './generated-repository.mjs';

const require = createRequire(import.meta.url);
const {
  checkCompleteness,
  commitManifest,
  layout,
  putWorkList,
  readManifest,
  readSegments,
  writeSegment,
} = require('../dist/src/repository/index.js');
const { StoreError } = require('../dist/src/transfer/index.js');
const { makePlanCopies } = require('../dist/src/activities/control/backup/plan-copies.js');
const { KnownFiles } = require('../dist/src/activities/node/known-files.js');

const FILES_OF_TABLET = 100;
const NODES = 3;
const SNAPSHOT = '4a1d4a1d-26f3-4bd8-9a3d-50b5a4cba9b9';
const MIB = 1024 * 1024;
const WORKFLOW = 'kalpa/backup/bench';
const DATABASE = 'ysql.orders';
/** When the store says that everything was written. */
const WRITTEN = new Date('2026-11-27T03:00:00Z');
const BASE = `${DATABASE}-20261127T020000Z-000001`;
const NEXT = `${DATABASE}-20261128T020000Z-000002`;

const hex = (n, digits) => n.toString(16).padStart(digits, '0');
const range = (count, make) => Array.from({ length: count }, (_, i) => make(i));
const nodes = range(NODES, (i) => ({ uuid: hex(i + 1, 32), address: `yb-${i + 1}.internal:9100` }));
const tabletId = (t) => hex(t + 1, 32);
const tabletNumber = (id) => parseInt(id, 16) - 1;

/** Pairs of an SST file and its data, as a tserver writes them; all large enough for an object of their own. */
const fileOf = (tablet, i) => ({
  path: `${String(Math.floor(i / 2) + 10).padStart(6, '0')}.sst${i % 2 === 0 ? '' : '.sblock.0'}`,
  size: 2 * MIB + ((tablet * FILES_OF_TABLET + i) % 997),
  ...{
    mtimeNs: '1795744800118254000',
    birthtimeNs: '1795744799002117000',
    inode: String(tablet * FILES_OF_TABLET + i),
  },
});
/** In the next backup one file in a hundred is a new one. */
const changedFileOf = (tablet) => ({ ...fileOf(tablet, 0), path: '000999.sst', inode: `9${tablet}` });
const filesOf = (tablet) => [...range(FILES_OF_TABLET - 1, (i) => fileOf(tablet, i + 1)), changedFileOf(tablet)];

const sha256Of = (inode) => hex(Number(inode) + 1, 64);

/** What copying a file makes of it. */
function lineOf(cluster, backupId, tablet, file) {
  const replica = { tablet: tabletId(tablet), peer: nodes[tablet % NODES].uuid };
  const object = layout.data(cluster, { backupId, snapshotId: SNAPSHOT }, replica, file.path);
  const stored = { sha256: sha256Of(file.inode), crc32: 'q83vEg==', object, etag: `"${hex(Number(file.inode), 32)}"` };
  return { ...replica, table: hex(1, 32), ...file, ...stored };
}

/** A store of which the lists and records are files, and the data objects are there by what their keys say. */
export function folderStore(folder) {
  const missing = (key) =>
    new StoreError(`${key} is missing`, { kind: 'missing', operation: 'GetObject', key, code: 'NoSuchKey' });
  const read = (key) => {
    try {
      return readFileSync(join(folder, key));
    } catch {
      throw missing(key);
    }
  };
  const found = (prefix) => {
    const below = join(folder, prefix.slice(0, prefix.lastIndexOf('/') + 1));
    try {
      return readdirSync(below, { recursive: true, withFileTypes: true })
        .filter((one) => one.isFile())
        .map((one) => relative(folder, join(one.parentPath ?? one.path, one.name)))
        .filter((key) => key.startsWith(prefix))
        .sort();
    } catch {
      return [];
    }
  };
  return {
    location: 's3://bench',
    signsBodies: false,
    serverTime: async () => new Date('2026-11-28T02:00:00Z'),
    create: async (key, bytes) => {
      mkdirSync(dirname(join(folder, key)), { recursive: true });
      writeFileSync(join(folder, key), bytes, { flag: 'wx' });
      return { etag: 'e' };
    },
    read: async (key) => read(key),
    readRange: async (key, offset, into) => void read(key).copy(into, 0, offset, offset + into.length),
    head: async (key) => ({ etag: 'e', size: read(key).length, lastModified: WRITTEN }),
    list: async function* (prefix) {
      const [, tablet] = /\/data\/([0-9a-f]{32})\.[0-9a-f]{32}\/$/.exec(prefix) ?? [];
      if (tablet === undefined) {
        for (const key of found(prefix))
          yield { key, size: statSync(join(folder, key)).size, etag: 'e', lastModified: WRITTEN };
        return;
      }
      for (let i = 0; i < FILES_OF_TABLET; i += 1) {
        const { path, size, inode } = fileOf(tabletNumber(tablet), i);
        yield { key: prefix + path, size, etag: hex(Number(inode), 32), lastModified: WRITTEN };
      }
    },
  };
}

/** The backup before, and what the nodes have told of the snapshot. Returns what a plan is asked. */
export async function prepareRepository(repository, files) {
  const { cluster } = repository;
  const tablets = files / FILES_OF_TABLET;
  const content = contentOf(Math.ceil(tablets / 10), tablets);
  const segments = [];
  // Batches of 2,000 files, of one node each.
  const each = 20;
  const number = new Map();
  for (const [n, node] of nodes.entries()) {
    const own = range(tablets, (t) => t).filter((t) => t % NODES === n);
    for (let at = 0; at < own.length; at += each) {
      const some = own.slice(at, at + each);
      const lines = some.flatMap((t) => range(FILES_OF_TABLET, (i) => lineOf(cluster, BASE, t, fileOf(t, i))));
      for (const t of some) number.set(t, segments.length);
      const folder = { backupId: BASE, snapshotId: SNAPSHOT };
      segments.push(await writeSegment(repository, { ...folder, node: node.uuid, n: segments.length, lines }));
    }
  }
  content.tablets = content.tablets.map((one, t) => ({ ...one, peer: nodes[t % NODES].uuid, list: number.get(t) }));
  const startedAt = new Date('2026-11-27T02:00:00Z');
  await commitManifest(
    repository,
    manifestOf({ cluster, backupId: BASE, database: DATABASE, startedAt, content, segments }),
  );
  const list = async (name, lines) => await putWorkList(repository, { workflowId: WORKFLOW, name, lines, bytes: 0 });
  const bytes = FILES_OF_TABLET * 2 * MIB;
  const replica = { table: hex(1, 32), files: FILES_OF_TABLET, bytes, leader: false };
  return {
    ...{
      backup: {
        backupId: NEXT,
        database: DATABASE,
        chain: { workflowId: WORKFLOW },
        startedAt: '2026-11-28T02:00:00Z',
      },
    },
    tablets: await list(
      'tablets',
      range(tablets, (t) => ({ tablet: tabletId(t), tables: [hex(1, 32)], partition: { start: '', end: '' } })),
    ),
    listings: await Promise.all(
      nodes.map(async (node, n) => ({
        node,
        listing: await list(
          `listing-${n}`,
          range(tablets, (t) => ({ tablet: tabletId(t), ...replica })),
        ),
      })),
    ),
    ...{ tried: [], round: 1, incremental: true },
  };
}

/** Plans a backup, decides on each node about each file, checks that all are there, and commits. */
export async function planOfCopies(repository, input) {
  const { cluster } = repository;
  const planCopies = makePlanCopies({ repository, config: { repository: {} } });
  const { nodes: planned, tablets } = await planCopies(input);
  const segments = [];
  let [reused, upload] = [0, 0];
  const { signal } = new AbortController();
  for (const { node, batches } of planned)
    for (const batch of batches) {
      const lines = [];
      const numbers = await tabletsOf(repository, batch);
      const known = await KnownFiles.read(repository, batch, new Set(numbers.map(tabletId)), node.uuid);
      for (const t of numbers) {
        const chosen = await known.choose(tabletId(t), { directory: '' }, filesOf(t), { signal });
        reused += chosen.reused.length;
        upload += chosen.upload.length;
        lines.push(...chosen.reused, ...chosen.upload.map((file) => lineOf(cluster, NEXT, t, file)));
      }
      const folder = { backupId: NEXT, snapshotId: SNAPSHOT };
      segments.push(await writeSegment(repository, { ...folder, node: node.uuid, n: batch.n, lines }));
    }
  const found = await checkCompleteness(range(tablets, tabletId), readSegments(repository, segments), {
    cluster,
    backupId: NEXT,
  });
  if (found.missing.length + found.unexpected.length + found.mixed.length > 0 || found.refused !== undefined)
    throw new Error(`The planned backup is not complete: ${found.refused ?? 'other tablets'}`);
  return { files: found.files, reused, upload, batches: segments.length };
}

async function tabletsOf(repository, { work }) {
  const { getWorkList } = require('../dist/src/repository/index.js');
  const { copyLine } = require('../dist/src/activities/work-lines.js');
  return (await getWorkList(repository, work, copyLine)).map(({ tablet }) => tabletNumber(tablet));
}

/** Commits and reads a backup of so many tablets, and says how large its manifest is. */
export async function manifestOfTablets(repository, tablets) {
  const { cluster } = repository;
  const lists = Math.min(1_500, Math.ceil(tablets / 50));
  const content = contentOf(Math.ceil(tablets / 10), tablets, lists);
  const segments = range(lists, (n) => listOf({ cluster, backupId: NEXT, n, files: 2_000, bytes: 4_000_000_000 }));
  const startedAt = new Date('2026-11-28T02:00:00Z');
  await commitManifest(
    repository,
    manifestOf({ cluster, backupId: NEXT, database: DATABASE, startedAt, content, segments }),
  );
  const { size } = await repository.store.head(layout.manifest(cluster, NEXT));
  const { header } = await readManifest(repository, NEXT);
  return { bytes: size, tables: header.tables.length, tablets: header.tablets.length };
}
