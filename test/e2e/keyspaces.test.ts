import type { Client } from '@temporalio/client';
import type {
  BackUpDatabaseResult,
  CreateSnapshotResult,
  InspectClusterResult,
  RestoreDatabaseResult,
  RestoreSnapshotResult,
} from '../../src/contract';
import { leftovers, ybAdmin } from '../support/cluster/cluster-state';
import { contentOfShop, copied, cql, shopKeyspace } from '../support/cluster/cql';
import { kalpaJson } from '../support/kalpa-command';
import { slowIt } from '../support/matrix';
import { failureOf, start, stackJson, temporalClient, until } from '../support/stack';
import { guardianEnd, untilPending } from '../support/cluster/watch-run';

const stack = stackJson();
let client: Client;
let whole: BackUpDatabaseResult;
let before: string;

beforeAll(async () => {
  client = await temporalClient(stack);
  await cql(stack, shopKeyspace('shop'));
  before = await contentOfShop(stack, 'shop');
});
afterAll(async () => {
  await client.connection.close();
});

const backUp = async (input: object): Promise<BackUpDatabaseResult> =>
  (await (await start(client, 'backUpDatabase', input)).result()) as BackUpDatabaseResult;
const restore = async (input: object): Promise<RestoreDatabaseResult> =>
  (await (await start(client, 'restoreDatabase', input)).result()) as RestoreDatabaseResult;
const tables = async (): Promise<string> => await ybAdmin(stack, 'list_tables', 'include_db_type');

it('a keyspace is backed up with its types and indexes, and restored under another name', async () => {
  whole = await backUp({ database: 'ycql.shop', fingerprint: 'full' });
  expect(whole).toMatchObject({ database: 'ycql.shop', tables: 2 });
  expect(whole.warnings ?? []).toEqual([]);
  const restored = await restore({ backup: whole.backupId, as: 'copy', verify: 'full' });
  expect(restored).toMatchObject({
    database: 'ycql.copy',
    tables: 2,
    verified: { level: 'full', tablesChecked: 2, rowsChecked: 24 },
  });
  expect(await contentOfShop(stack, 'copy')).toBe(before);
  expect((await cql(stack, 'DESC KEYSPACE copy')).replaceAll('copy', 'shop')).toBe(
    await cql(stack, 'DESC KEYSPACE shop'),
  );
  expect(await cql(stack, "SELECT id FROM copy.customers WHERE name = 'N7'")).toMatch(/^\s+7$/m);
  expect(await leftovers(stack)).toEqual([]);
});

it('what exists is never written to; absent tables of it are made, with their indexes', async () => {
  const refused = await failureOf(await start(client, 'restoreDatabase', { backup: whole.backupId }));
  expect(refused.type).toBe('AlreadyExists');
  expect(refused.message).toMatch(/ycql\.shop exists and has customers.*"as"/);
  await cql(
    stack,
    "DROP TABLE copy.customers; INSERT INTO copy.orders (customer, placed, note) VALUES (9, 0, 'stays')",
  );
  const restored = await restore({ backup: whole.backupId, as: 'copy', tables: ['customers'], verify: 'full' });
  expect(restored).toMatchObject({ tables: 1, verified: { tablesChecked: 1, rowsChecked: 22 } });
  expect(restored.files).toBeLessThan(whole.files);
  expect(await cql(stack, "SELECT id FROM copy.customers WHERE name = 'N7'")).toMatch(/^\s+7$/m);
  expect(await cql(stack, 'SELECT note FROM copy.orders WHERE customer = 9')).toContain('stays');
  expect(await leftovers(stack)).toEqual([]);
});

it('chosen tables alone are backed up, and the DESC text is kept for people', async () => {
  const backup = await backUp({ database: 'ycql.shop', tables: ['orders'] });
  expect(backup).toMatchObject({ tables: 1 });
  await restore({ backup: backup.backupId, as: 'orders_only' });
  expect(await tables()).toMatch(/ycql\.orders_only\.orders/);
  expect(await tables()).not.toMatch(/ycql\.orders_only\.customers/);
  const beside = await restore({ backup: backup.backupId, renameTables: { orders: 'orders_then' } });
  expect(beside).toMatchObject({ database: 'ycql.shop', tables: 1, verified: { tablesChecked: 1, rowsChecked: 2 } });
  const [now, then] = await copied(stack, ['shop.orders', 'shop.orders_then']);
  expect(then).toBe(now);
  expect(await contentOfShop(stack, 'shop')).toBe(before);
  const again = await failureOf(
    await start(client, 'restoreDatabase', { backup: backup.backupId, renameTables: { orders: 'orders_then' } }),
  );
  expect(again).toMatchObject({ type: 'AlreadyExists' });
  expect(again.message).toContain('orders_then');
  const unknown = await failureOf(
    await start(client, 'restoreDatabase', { backup: backup.backupId, as: 'x', renameTables: { nothing: 'a' } }),
  );
  expect(unknown).toMatchObject({ type: 'NotFound' });
  await cql(stack, 'DROP TABLE shop.orders_then');
  const { artefacts } = await kalpaJson<{ artefacts: { kind: string }[] }>(stack, 'show', backup.backupId);
  expect(artefacts.map(({ kind }) => kind).sort()).toEqual(['cqlSchema', 'snapshot']);
  const { message, type } = await failureOf(
    await start(client, 'backUpDatabase', { database: 'ycql.shop', tables: ['orders', 'nothing'] }),
  );
  expect(type).toBe('NotFound');
  expect(message).toMatch(/ycql\.shop has no table nothing\. It has: customers, orders/);
});

slowIt('a snapshot inside the cluster puts a keyspace back in place, or only its chosen tables', async () => {
  const snapshot = async (input: object): Promise<string> =>
    (
      (await (
        await start(client, 'createSnapshot', { database: 'ycql.shop', ...input })
      ).result()) as CreateSnapshotResult
    ).snapshotId;
  const putBack = async (snapshotId: string): Promise<RestoreSnapshotResult> =>
    (await (
      await start(client, 'restoreSnapshot', { snapshotId, confirm: 'ycql.shop' })
    ).result()) as RestoreSnapshotResult;
  const [all, orders] = [await snapshot({}), await snapshot({ tables: ['orders'] })];
  await cql(stack, 'DELETE FROM shop.customers WHERE id = 1; DELETE FROM shop.orders WHERE customer = 1');
  const changed = await contentOfShop(stack, 'shop');
  expect(changed).not.toBe(before);
  expect(await putBack(orders)).toMatchObject({ database: 'ycql.shop' });
  expect(await contentOfShop(stack, 'shop')).not.toMatch(/^1,N1,/m);
  expect(await contentOfShop(stack, 'shop')).toContain('2026-01-03');
  await putBack(all);
  expect(await contentOfShop(stack, 'shop')).toBe(before);
  const inspected = (await (await start(client, 'inspectCluster', {})).result()) as InspectClusterResult;
  expect(inspected.problems.filter((problem) => !problem.includes('has neither a backup'))).toEqual([]);
  expect(inspected.databases.find(({ database }) => database === 'ycql.shop')).toMatchObject({
    tables: 2,
    newestBackup: { backupId: expect.stringMatching(/^ycql\.shop-/) as string },
  });
  await cql(stack, 'ALTER TABLE shop.orders ADD extra text');
  const refused = await failureOf(await start(client, 'restoreSnapshot', { snapshotId: all, confirm: 'ycql.shop' }));
  expect(refused.type).toBe('PreflightFailed');
  expect(refused.message).toMatch(/The schema of ycql\.shop was changed after/);
  await cql(stack, 'ALTER TABLE shop.orders DROP extra');
  for (const snapshotId of [all, orders]) await (await start(client, 'deleteSnapshot', { snapshotId })).result();
  expect(await leftovers(stack)).toEqual([]);
});

it('a keyspace is rewound to a moment, with the tables that it had then', async () => {
  await cql(stack, shopKeyspace('past'));
  const enabled = await start(client, 'enablePointInTimeRecovery', {
    database: 'ycql.past',
    every: '1 minute',
    keep: '1h',
  });
  await enabled.result();
  const then = await contentOfShop(stack, 'past');
  const described = await cql(stack, 'DESC KEYSPACE past');
  const to = new Date().toISOString();
  await until('the moment to be over', () => Date.now() > Date.parse(to) + 5);
  await cql(
    stack,
    'DELETE FROM past.customers WHERE id = 3; DROP TABLE past.orders; CREATE TABLE past.later (a int PRIMARY KEY)',
  );
  const inspected = (await (await start(client, 'inspectCluster', {})).result()) as InspectClusterResult;
  expect(inspected.databases.find(({ database }) => database === 'ycql.past')?.pointInTimeRecovery).toMatchObject({
    every: '1 minute',
  });
  const aside = await start(client, 'recoverToPointInTime', { database: 'ycql.past', to, as: 'aside' });
  expect(await aside.result()).toMatchObject({ database: 'ycql.aside', mode: 'clone' });
  expect(await contentOfShop(stack, 'aside')).toBe(then);
  expect((await cql(stack, 'DESC KEYSPACE aside')).replaceAll('aside', 'past')).toBe(described);
  const taken = await failureOf(await start(client, 'recoverToPointInTime', { database: 'ycql.past', to, as: 'shop' }));
  expect(taken.message).toMatch(/keyspace ycql\.shop already exists/);
  const unconfirmed = await failureOf(await start(client, 'recoverToPointInTime', { database: 'ycql.past', to }));
  expect(unconfirmed.type).toBe('DataLossNotConfirmed');
  expect(unconfirmed.message).toMatch(/later was created; orders was dropped/);
  const recovered = await start(client, 'recoverToPointInTime', {
    database: 'ycql.past',
    to,
    confirmDataLoss: 'ycql.past',
  });
  expect(await recovered.result()).toMatchObject({ mode: 'rewind', covered: { revertsDdl: true } });
  expect(await cql(stack, 'DESC KEYSPACE past')).toBe(described);
  expect(await contentOfShop(stack, 'past')).toBe(then);
  expect(await cql(stack, "SELECT id FROM past.customers WHERE name = 'N3'")).toMatch(/^\s+3$/m);
  await (await start(client, 'disablePointInTimeRecovery', { database: 'ycql.past' })).result();
  await until('nothing left', async () => (await leftovers(stack)).length === 0);
});

slowIt('no moment before a change of a table is promised, though it looks the same', async () => {
  await cql(stack, 'CREATE KEYSPACE same; CREATE TABLE same.things (id int PRIMARY KEY, what text)');
  await (
    await start(client, 'enablePointInTimeRecovery', { database: 'ycql.same', every: '1 minute', keep: '1h' })
  ).result();
  const add = async (id: number): Promise<string> => {
    await cql(stack, `INSERT INTO same.things (id, what) VALUES (${id}, 'thing ${id}')`);
    const moment = new Date().toISOString();
    await until('the moment to be over', () => Date.now() > Date.parse(moment) + 5);
    return moment;
  };
  const first = await add(1);
  await cql(stack, 'ALTER TABLE same.things DROP what; ALTER TABLE same.things ADD what text');
  await backUp({ database: 'ycql.same', fingerprint: 'none' });
  const second = await add(2);
  await backUp({ database: 'ycql.same', fingerprint: 'none' });
  const to = async (moment: string, as: string) =>
    await start(client, 'restoreDatabase', { backup: { database: 'ycql.same' }, to: moment, as });
  const refused = await failureOf(await to(first, 'same_then'));
  expect(refused).toMatchObject({ type: 'OutsideRecoveryWindow' });
  await (await to(second, 'same_then')).result();
  expect(await cql(stack, 'SELECT id, what FROM same_then.things')).toMatch(/thing 2[\s\S]*\(2 rows\)/);
  await expect(cql(stack, 'TRUNCATE same.things')).rejects.toThrow(/which has schedule/);
  await (await start(client, 'disablePointInTimeRecovery', { database: 'ycql.same' })).result();
  await until('nothing left', async () => (await leftovers(stack)).length === 0);
});

slowIt.each(['terminated', 'cancelled'])('a restore that is %s drops only what it made', async (how) => {
  const handle = await start(client, 'restoreDatabase', { backup: whole.backupId, as: 'gone' });
  await untilPending(handle, 'restoreSnapshot');
  expect(await tables()).toContain('ycql.gone.');
  if (how === 'cancelled') await handle.cancel();
  else await handle.terminate();
  await expect(handle.result()).rejects.toThrow();
  expect(await guardianEnd(client, 'ycql.gone')).toBe('COMPLETED'); // the next run would be refused before
  expect(await tables()).not.toContain('ycql.gone.');
  expect(await leftovers(stack)).toEqual([]);
  expect(await cql(stack, 'SELECT keyspace_name FROM system_schema.keyspaces')).not.toMatch(/\bgone\b/);
  expect(await contentOfShop(stack, 'shop')).toBe(before);
});
