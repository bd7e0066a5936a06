// Records histories of every workflow into test/replay/histories/<workflow>/<what-happened>.json, from a stack of its
// own. Run it on a released commit, never on the branch under test: what is committed stands for runs that are in
// flight.
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { hostname, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const require = createRequire(import.meta.url);
const root = dirname(dirname(fileURLToPath(import.meta.url)));
const { Client, Connection } = require('@temporalio/client');
const { historyToJSON } = require('@temporalio/common/lib/proto-utils');
const { startStack } = require(join(root, 'dist/stack/index.js'));
const { seedDemo } = require(join(root, 'dist/stack/demo/demo-database.js'));
const timing = require(join(root, 'test/support/short-timing.cjs'));

/** Workflow types, or histories (`restoreDatabase/keyspace`), to add; without any, all are recorded again. */
const only = process.argv.slice(2);
const home = mkdtempSync(join(tmpdir(), 'kalpa-histories-'));
const target = join(root, 'test/replay/histories');

/** Nothing of this machine: its name and folders are replaced, in payloads too. */
function scrubbed(value, key) {
  const clean = (text) =>
    text.replaceAll(home, '/var/lib/kalpa').replaceAll(root, '/opt/kalpa').replaceAll(hostname(), 'host');
  if (typeof value === 'string') {
    if (key !== 'data') return clean(value);
    return Buffer.from(clean(Buffer.from(value, 'base64').toString('utf8'))).toString('base64');
  }
  if (Array.isArray(value)) return value.map((one) => scrubbed(one));
  if (value === null || typeof value !== 'object') return value;
  // A stack trace names files and tells a replay nothing.
  return Object.fromEntries(
    Object.entries(value)
      .filter(([name]) => name !== 'stackTrace')
      .map(([name, one]) => [name, scrubbed(one, name)]),
  );
}

async function main() {
  const stack = await startStack({ home, timing, discard: true });
  const connection = await Connection.connect({ address: stack.json.temporal.address });
  const client = new Client({ connection });
  let runs = 0;
  const start = async (type, input) =>
    await client.workflow.start(type, {
      taskQueue: 'kalpa/demo',
      workflowId: `record/${type}/${(runs += 1)}`,
      args: [input],
    });
  const ended = async (handle) => await handle.result().catch(() => undefined);
  const save = async (handle, name) => {
    const { type } = await handle.describe();
    if (only.length > 0 && !only.includes(type) && !only.includes(`${type}/${name}`)) return;
    const history = scrubbed(JSON.parse(historyToJSON(await handle.fetchHistory())));
    mkdirSync(join(target, type), { recursive: true });
    writeFileSync(join(target, type, `${name}.json`), `${JSON.stringify(history)}\n`);
    console.log(`${type}/${name}: ${history.events.length} events`);
  };
  /** The newest run of a type. */
  const newest = async (type) => {
    const giveUpAt = Date.now() + 20_000;
    for (;;) {
      for await (const run of client.workflow.list({ query: `WorkflowType = '${type}'` }))
        return client.workflow.getHandle(run.workflowId, run.runId);
      if (Date.now() > giveUpAt) throw new Error(`no run of ${type}`);
    }
  };
  const guardianOf = async (database, since) => {
    const handle = client.workflow.getHandle(`busy/demo/${database}`);
    const giveUpAt = Date.now() + 30_000;
    while ((await handle.describe()).status.name === 'RUNNING' || (await handle.describe()).startTime < since) {
      if (Date.now() > giveUpAt) throw new Error(`the guardian of ${database} does not end`);
    }
    return handle;
  };
  const control = async (path, body) =>
    await fetch(`${stack.json.emulator.control}${path}`, { method: 'POST', body: JSON.stringify(body) });
  const reaches = async (handle, phase) => {
    const giveUpAt = Date.now() + 30_000;
    while ((await handle.query('progress')).phase !== phase)
      if (Date.now() > giveUpAt) throw new Error(`${handle.workflowId} never reached ${phase}`);
  };
  try {
    await seedDemo(stack.json);
    if (only.length === 0) rmSync(target, { recursive: true, force: true });

    const backup = await start('backUpDatabase', { database: 'ysql.orders' });
    await ended(backup);
    await save(backup, 'complete');
    await save(await guardianOf('ysql.orders', new Date(0)), 'backup-complete');
    await save(await newest('copyFromNode'), 'complete');

    const restore = await start('restoreDatabase', {
      backup: { database: 'ysql.orders' },
      as: 'copy',
      verify: 'counts',
    });
    await ended(restore);
    await save(restore, 'complete');
    await save(await guardianOf('ysql.copy', new Date(0)), 'restore-complete');
    await save(await newest('placeOnNode'), 'complete');

    const dump = await start('dumpDatabase', { database: 'ysql.orders' });
    const { dumpId } = await dump.result();
    await save(dump, 'complete');
    await save(await guardianOf('ysql.orders', new Date(0)), 'dump-complete');
    const load = await start('loadDump', { dump: dumpId, as: 'loaded' });
    await ended(load);
    await save(load, 'complete');
    await save(await guardianOf('ysql.loaded', new Date(0)), 'load-complete');
    const rows = await start('dumpDatabase', { database: 'ysql.orders', dataOnly: true });
    const rowsId = (await rows.result()).dumpId;
    await save(rows, 'rows-alone');
    const whole = await start('dumpCluster', { api: 'ysql' });
    await ended(whole);
    await save(whole, 'complete');

    const taken = await start('createSnapshot', { database: 'ysql.orders' });
    const { snapshotId } = await taken.result();
    await save(taken, 'complete');
    const expiring = await start('createSnapshot', { database: 'ysql.orders', keepFor: '1s' });
    const expired = (await expiring.result()).snapshotId;
    await save(expiring, 'with-an-end');
    const expiry = client.workflow.getHandle(`expire/${expired}`);
    await ended(expiry);
    await save(expiry, 'complete');
    for (const [type, name, input] of [
      ['restoreSnapshot', 'not-confirmed', { snapshotId, confirm: 'ysql.other' }],
      ['restoreSnapshot', 'complete', { snapshotId, confirm: 'ysql.orders' }],
      ['deleteSnapshot', 'complete', { snapshotId }],
      ['deleteSnapshot', 'unknown-snapshot', { snapshotId }],
      ['enablePointInTimeRecovery', 'complete', { database: 'ysql.orders', every: '1m', keep: '1h' }],
      ['enablePointInTimeRecovery', 'as-it-is', { database: 'ysql.orders', every: '1m', keep: '1h' }],
      ['enablePointInTimeRecovery', 'changed', { database: 'ysql.orders', every: '2m', keep: '1h' }],
      ['recoverToPointInTime', 'cloned', { database: 'ysql.orders', ago: '0s', as: 'cloned' }],
      ['recoverToPointInTime', 'not-confirmed', { database: 'ysql.orders', ago: '0s' }],
      ['recoverToPointInTime', 'rewound', { database: 'ysql.orders', ago: '0s', confirmDataLoss: 'ysql.orders' }],
      ['disablePointInTimeRecovery', 'complete', { database: 'ysql.orders' }],
      ['disablePointInTimeRecovery', 'off-already', { database: 'ysql.orders' }],
    ]) {
      const run = await start(type, input);
      await ended(run);
      await save(run, name);
    }

    const { tools, ycql } = stack.json;
    const text =
      "CREATE KEYSPACE shop; CREATE TABLE shop.carts (id int PRIMARY KEY, item text); INSERT INTO shop.carts (id, item) VALUES (1, 'pen')";
    execFileSync(join(tools, 'ycqlsh'), [ycql.host, String(ycql.port), '-e', text], {
      env: { ...process.env, HOME: home, CQL_HISTORY: join(home, 'cql-history') },
    });
    for (const [type, name, input] of [
      ['backUpDatabase', 'keyspace', { database: 'ycql.shop' }],
      ['backUpDatabase', 'keyspace-tables', { database: 'ycql.shop', tables: ['carts'] }],
      ['restoreDatabase', 'keyspace', { backup: { database: 'ycql.shop' }, as: 'shop_copy' }],
      ['restoreDatabase', 'keyspace-tables', { backup: { database: 'ycql.shop' }, as: 'other', tables: ['carts'] }],
      ['restoreDatabase', 'keyspace-exists', { backup: { database: 'ycql.shop' } }],
      ['enablePointInTimeRecovery', 'keyspace', { database: 'ycql.shop', every: '1m', keep: '1h' }],
      ['recoverToPointInTime', 'keyspace-cloned', { database: 'ycql.shop', ago: '0s', as: 'shop_then' }],
      ['dumpDatabase', 'keyspace', { database: 'ycql.shop' }],
      ['dumpDatabase', 'keyspace-rows-alone', { database: 'ycql.shop', dataOnly: true, tables: ['carts'] }],
      ['dumpCluster', 'keyspaces', { api: 'ycql' }],
      ['recoverToPointInTime', 'keyspace', { database: 'ycql.shop', ago: '0s', confirmDataLoss: 'ycql.shop' }],
    ]) {
      const run = await start(type, input);
      await ended(run);
      await save(run, name);
      if (`${type}/${name}` === 'restoreDatabase/keyspace')
        await save(await guardianOf('ycql.shop_copy', new Date(0)), 'keyspace-restored');
      if (`${type}/${name}` === 'dumpDatabase/keyspace') {
        const { dumpId: keyspaceId } = await run.result();
        const loaded = await start('loadDump', { dump: keyspaceId, as: 'shop_loaded' });
        await ended(loaded);
        await save(loaded, 'keyspace');
        await save(await guardianOf('ycql.shop_loaded', new Date(0)), 'keyspace-loaded');
      }
    }

    const { backupId: proved } = await backup.result();
    for (const [type, name, input] of [
      ['verifyBackup', 'complete', { backup: proved, level: 'full' }],
      ['verifyBackup', 'dump', { backup: dumpId, level: 'sample' }],
      ['verifyBackup', 'unknown-backup', { backup: 'ysql.orders-20200101T000000Z-000000', level: 'present' }],
      ['verifyBackup', 'invalid-input', { backup: proved, level: 'deep' }],
      ['scrubRepository', 'complete', {}],
      ['rehearseRestore', 'complete', { database: 'ysql.orders', backup: proved }],
      ['rehearseRestore', 'kept', { database: 'ysql.orders', keep: true }],
      ['rehearseRestore', 'unknown-backup', { database: 'ysql.orders', backup: 'ysql.orders-20200101T000000Z-000000' }],
      ['rehearseRestore', 'keyspace', { database: 'ycql.shop' }],
    ]) {
      const run = await start(type, input);
      await ended(run);
      await save(run, name);
    }

    // one more: the last one is not deleted
    await ended(await start('backUpDatabase', { database: 'ysql.orders' }));
    const { backupId: kept } = await backup.result();
    const named = { backup: kept, reason: 'a history' };
    for (const [type, name, input] of [
      ['holdBackup', 'complete', named],
      ['deleteBackup', 'held', named],
      ['releaseBackup', 'complete', named],
      ['releaseBackup', 'unknown-backup', { ...named, backup: 'ysql.orders-20200101T000000Z-000000' }],
      ['deleteBackup', 'complete', named],
      ['deleteBackup', 'invalid-input', { backup: kept }],
      ['applyRetention', 'dry-run', { dryRun: true }],
      ['applyRetention', 'complete', {}],
      ['undeleteBackup', 'complete', named],
      ['undeleteBackup', 'unknown-backup', { ...named, backup: 'ysql.orders-20200101T000000Z-000000' }],
    ]) {
      const run = await start(type, input);
      await ended(run);
      await save(run, name);
    }

    const inspect = await start('inspectCluster', {});
    await ended(inspect);
    await save(inspect, 'complete');

    for (const [type, name, input] of [
      ['backUpDatabase', 'invalid-input', { database: 'orders', more: 1 }],
      ['backUpDatabase', 'unknown-database', { database: 'ysql.nothing' }],
      ['restoreDatabase', 'unknown-backup', { backup: 'ysql.orders-20200101T000000Z-000000' }],
      ['restoreDatabase', 'target-exists', { backup: { database: 'ysql.orders' } }],
      ['inspectCluster', 'invalid-input', { deep: true }],
      ['dumpDatabase', 'unknown-database', { database: 'ysql.nothing' }],
      ['dumpCluster', 'invalid-input', { api: 'redis' }],
      ['loadDump', 'unknown-dump', { dump: 'ysql.orders-dump-20200101T000000Z-000000' }],
      ['loadDump', 'target-exists', { dump: dumpId }],
      ['loadDump', 'rows-into-full-tables', { dump: rowsId }],
    ]) {
      const run = await start(type, input);
      await ended(run);
      await save(run, name);
    }

    await control('/faults', { name: 'snapshot-fails' });
    const retaken = await start('backUpDatabase', { database: 'ysql.orders' });
    await ended(retaken);
    await save(retaken, 'snapshot-failed-and-retaken');

    await control('/faults', { name: 'restoration-fails' });
    const failed = await start('restoreDatabase', { backup: { database: 'ysql.orders' }, as: 'never' });
    await ended(failed);
    await save(failed, 'restoration-failed');

    await control('/ballast', { database: 'orders', bytes: 20_000_000, files: 3 });
    for (const [end, name] of [
      ['cancel', 'cancelled'],
      ['terminate', 'terminated'],
    ]) {
      const since = new Date();
      const run = await start('backUpDatabase', { database: 'ysql.orders', bytesPerSecond: 1_000_000 });
      await reaches(run, 'files');
      await run[end]();
      await ended(run);
      if (end === 'cancel') await save(run, name);
      await save(await guardianOf('ysql.orders', since), `owner-${name}`);
    }
  } finally {
    await connection.close();
    await stack.stop();
    rmSync(home, { recursive: true, force: true });
  }
}

await main();
