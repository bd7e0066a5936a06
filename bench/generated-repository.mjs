// Writes a repository of many backups with the product's own code, as control worker and janitor would: protection
// record, manifest, verifications, holds and tombstones, all signed. Data objects are left out: no list reads them.
import { createHash } from 'node:crypto';
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);
const {
  closeIntent,
  commitManifest,
  writeHold,
  writeIntent,
  writePolicies,
  writeSummaries,
  writeTombstone,
  writeVerification,
} = require('../dist/src/repository/index.js');
const { mapConcurrently } = require('../dist/src/objects/map-concurrently.js');

const HOUR_MS = 3_600_000;
const MICROS = 1000n;
const DATABASES = ['ysql.orders', 'ysql.billing', 'ysql.customers', 'ysql.events'];
/** Of a middle-sized database. */
const TABLES = 20;
const TABLETS = 60;

const hex = (n, digits) => n.toString(16).padStart(digits, '0');
const range = (count, make) => Array.from({ length: count }, (_, i) => make(i));
const sha256 = (text) => createHash('sha256').update(text).digest('hex');
const SNAPSHOT = '4a1d4a1d-26f3-4bd8-9a3d-50b5a4cba9b9';

/** A database's tables and tablets, as a manifest names them; `lists`: in how many file lists its files are. */
export function contentOf(tables, tablets, lists = 1) {
  const each = Math.ceil(tablets / tables);
  return {
    tables: range(tables, (i) => ({
      ...{ id: hex(i + 1, 32), name: `table_of_orders_${i}`, schema: 'public', partitions: each, rows: 100_000 + i },
      fingerprint: sha256(`rows of ${i}`),
    })),
    tablets: range(tablets, (i) => ({
      ...{ id: hex(i + 1, 32), table: hex(Math.floor(i / each) + 1, 32), peer: hex((i % 3) + 1, 32) },
      partition: {
        start: i % each === 0 ? '' : hex(i % each, 4),
        end: i % each === each - 1 ? '' : hex((i % each) + 1, 4),
      },
      list: i % lists,
    })),
  };
}

/** A manifest with these file lists. */
export function manifestOf({ cluster, backupId, database, startedAt, content, segments, reused = [], label }) {
  const at = startedAt.getTime() + 9_451;
  const files = segments.reduce((sum, one) => sum + one.files, 0);
  const bytes = segments.reduce((sum, one) => sum + one.bytes, 0);
  const reusedBytes = reused.reduce((sum, one) => sum + one.bytes, 0);
  const recoveryPoint = new Date(at).toISOString().replace(/Z$/, '974Z');
  const folder = `clusters/${cluster}/backups/${backupId}/${SNAPSHOT}`;
  return {
    ...{ format: 1, backupId, cluster, universeId: '1dca7a85-4a39-45f3-a164-17bd0dd1a8b1', database },
    ...{
      startedAt: startedAt.toISOString(),
      yugabyteVersion: '2025.1.2.0-b110',
      dialect: '2025.1',
      kalpaVersion: '0.1.0',
    },
    ...(label === undefined ? {} : { label }),
    ...{ replicationFactor: 3, recoveryPoint, hybridTime: String(BigInt(at) * MICROS + 974n), snapshotId: SNAPSHOT },
    history: {
      from: recoveryPoint,
      to: recoveryPoint,
      because: 'timestamp_history_retention_interval_sec of the tservers',
    },
    ...content,
    ...{ invalidIndexes: [], roles: ['app'], tablespaces: [], extensions: [], segments },
    artefacts: [
      {
        kind: 'schema',
        key: `${folder}/schema-df0ad6e43880f09c.sql.gz`,
        sha256: sha256('schema'),
        size: 812,
        contentBytes: 3904,
      },
      { kind: 'snapshot', key: `${folder}/snapshot-16a0eeb0791b6c92.pb`, sha256: sha256('snapshot'), size: 2417 },
    ],
    totals: {
      ...{ tables: content.tables.length, tablets: content.tablets.length, files, bytes },
      ...{ uploadedBytes: bytes - reusedBytes, reusedBytes },
    },
    refersTo: reused,
    store: { versioned: false, objectLock: false },
  };
}

/** A file list, as a manifest refers to it. */
export const listOf = ({ cluster, backupId, n, files, bytes }) => ({
  key: `clusters/${cluster}/backups/${backupId}/${SNAPSHOT}/files/${hex((n % 3) + 1, 32)}-${n}-03e71c6d7dc6bd4e.ndjson.gz`,
  ...{ sha256: sha256(`${backupId} ${n}`), size: 403 * files, files, bytes },
});

/** Ids and states of `count` backups of four databases, hourly, oldest first. */
function backupsUntil(count, now) {
  const before = new Map();
  return range(count, (i) => {
    const database = DATABASES[i % DATABASES.length];
    const startedAt = new Date(now - Math.ceil((count - i) / DATABASES.length) * HOUR_MS);
    const stamp = startedAt.toISOString().replace(/[-:]|\.\d+/g, '');
    const backupId = `${database}-${stamp}-${sha256(`${i}`).slice(0, 6)}`;
    const earlier = before.get(database) ?? [];
    before.set(database, [...earlier.slice(-2), backupId]);
    return {
      i,
      backupId,
      database,
      startedAt,
      earlier,
      state: i % 50 === 7 ? 'failed' : i % 20 === 3 ? 'deleted' : 'committed',
    };
  });
}

/** Writes the repository. `control` and `janitor`: the cluster's part of it, with the key of each. */
export async function generateRepository({ control, janitor }, count, now = Date.now()) {
  const { cluster } = control;
  const content = contentOf(TABLES, TABLETS);
  await writePolicies(control, {
    policies: { keep: { last: 24, daily: 14, weekly: 8, monthly: 12, yearly: 3 }, minimumCopies: 3 },
    kalpaVersion: '0.1.0',
  });
  const backups = backupsUntil(count, now);
  const failed = new Set(backups.filter(({ state }) => state === 'failed').map(({ backupId }) => backupId));
  await mapConcurrently(backups, async ({ i, backupId, database, startedAt, earlier, state }) => {
    await writeIntent(control, {
      ...{ format: 1, backupId, cluster, database, workflowId: `kalpa/backup/${backupId}`, firstRunId: backupId },
      ...{ startedAt: startedAt.toISOString(), startedBy: 'schedule nightly', kalpaVersion: '0.1.0' },
    });
    if (state === 'failed') {
      const failure = { type: 'ClusterUnavailable', message: 'No master has answered for ten minutes.' };
      await closeIntent(control, { backupId, end: 'failed', failure });
      return;
    }
    const reused = earlier
      .filter((id) => !failed.has(id))
      .map((id) => ({ backupId: id, files: 1200, bytes: 20_000_000_000 + i }))
      .sort((a, b) => (a.backupId < b.backupId ? -1 : 1));
    const segments = [listOf({ cluster, backupId, n: 1, files: 2_600, bytes: 90_000_000_000 + 2 * i })];
    await commitManifest(control, manifestOf({ cluster, backupId, database, startedAt, content, segments, reused }));
    if (i % 10 === 0)
      await writeVerification(control, {
        ...{ format: 1, backupId, cluster, level: i % 40 === 0 ? 'full' : 'sizes', ok: i % 1000 !== 10, problems: [] },
        verifiedAt: new Date(startedAt.getTime() + HOUR_MS).toISOString(),
      });
    if (i % 500 === 1)
      await writeHold(control, { kind: 'backup', id: backupId, change: 'held', reason: 'the audit', by: 'ana' });
    if (state === 'deleted')
      await writeTombstone(janitor, { kind: 'backup', id: backupId, reason: 'no rule keeps it' });
  });
  // As the retention runs of so many nights have left it.
  while ((await writeSummaries(control)) > 0);
}
