import type { Client } from '@temporalio/client';
import type { BackUpDatabaseResult, InspectClusterResult, RehearseRestoreResult } from '../../src/contract';
import {
  detailBackups,
  layout,
  listBackups,
  listOperations,
  newestRehearsal,
  openRepository,
  readFilesOf,
  readManifest,
  trustOf,
  type BackupDetails,
  type ClusterStore,
} from '../../src/repository';
import { openStore, type ObjectStore } from '../../src/transfer';
import { leftovers } from '../support/cluster/cluster-state';
import { newDatabase, SMALL } from '../support/cluster/new-database';
import { contentOf, databaseNames, quoted, withSql } from '../support/cluster/sql';
import { openStackStore } from '../support/store/stack-store';
import { failureOf, stackJson, start, temporalClient, until } from '../support/stack';

let client: Client;
const stores: ObjectStore[] = [];
beforeAll(async () => {
  client = await temporalClient(stackJson());
});
afterAll(async () => {
  for (const store of stores) store.close();
  await client.connection.close();
});

const run = async <R>(type: string, input: object): Promise<R> =>
  (await (await start(client, type, input)).result()) as R;

/** The bucket as a reader sees it, who believes only what is signed. */
function asReader(): ClusterStore {
  const { s3, signing } = stackJson();
  const { endpoint, region, bucket, prefix } = s3;
  const store = openStore({ endpoint, region, bucket, prefix, forcePathStyle: true, credentials: s3.roles.reader });
  stores.push(store);
  return openRepository({ store, cluster: 'demo', trust: trustOf({ publicKeys: signing.publicKeys }) });
}

async function detailsOf(repository: ClusterStore, database: string): Promise<BackupDetails[]> {
  const found: BackupDetails[] = [];
  for await (const one of detailBackups(repository, await listBackups(repository, { database }))) found.push(one);
  return found;
}

const inspected = async (database: string) => {
  const { databases, problems } = await run<InspectClusterResult>('inspectCluster', {});
  return { of: databases.find((one) => one.database === database), problems };
};

it('26.5: a rehearsal restores a backup, compares it, leaves a signed proof and nothing else, and inspect knows it', async () => {
  const stack = stackJson();
  const name = await newDatabase(stack, 'rehearsed', SMALL);
  const database = `ysql.${name}`;
  const backup = await run<BackUpDatabaseResult>('backUpDatabase', { database, fingerprint: 'full' });
  const content = await contentOf(stack.ysql, name);
  const before = await databaseNames(stack.ysql);
  expect((await inspected(database)).of).not.toHaveProperty('lastRehearsal');

  const proof = await run<RehearseRestoreResult>('rehearseRestore', { database });
  expect(proof).toMatchObject({
    ...{ backupId: backup.backupId, database, recoveryPoint: backup.recoveryPoint, level: 'counts' },
    ...{ tablesChecked: 2, rowsChecked: 2500 },
  });
  expect(proof).not.toHaveProperty('warnings');
  expect(proof.phases.map(({ phase }) => phase)).toEqual([
    'preflight',
    'schema',
    'import',
    'files',
    'restore',
    'verify',
  ]);
  const summed = proof.phases.reduce((sum, { seconds }) => sum + seconds, 0);
  expect(proof.recoveryTimeSeconds).toBeGreaterThanOrEqual(summed - 0.5);
  expect(await databaseNames(stack.ysql)).toEqual(before);
  expect(await leftovers(stack)).toEqual([]);

  const reader = asReader();
  const record = await newestRehearsal(reader, database);
  expect(record).toMatchObject({
    ...{ backupId: backup.backupId, ok: true, problems: [] },
    rehearsal: { level: 'counts', rowsChecked: 2500, recoveryTimeSeconds: proof.recoveryTimeSeconds },
  });
  expect(proof.record).toMatch(
    new RegExp(`^${layout.verifications('demo')}${backup.backupId}/\\d{8}T\\d{6}Z-rehearsal-ok`),
  );
  expect(await detailsOf(reader, database)).toMatchObject([
    { rehearsed: { ok: true }, rehearsal: { level: 'counts', tablesChecked: 2 } },
  ]);
  expect((await inspected(database)).of).toMatchObject({
    lastRehearsal: { backupId: backup.backupId, level: 'counts', provedAt: record?.verifiedAt },
  });

  const kept = await run<RehearseRestoreResult>('rehearseRestore', { database, keep: true, verify: 'full' });
  expect(kept.keptAs).toMatch(new RegExp(`^ysql\\.${name}_rehearsed_[0-9a-f]{6}$`));
  const keptName = kept.keptAs?.slice('ysql.'.length) ?? '';
  expect(await contentOf(stack.ysql, keptName)).toEqual(content);
  expect(await leftovers(stack)).toEqual([]);
  await withSql(stack.ysql, 'yugabyte', async (sql) => await sql.query(`DROP DATABASE ${quoted(keptName)}`));

  const moment = await run<RehearseRestoreResult>('rehearseRestore', { database, to: 'random' });
  expect(moment).toMatchObject({ backupId: backup.backupId });
  expect(moment.recoveryPoint <= backup.recoveryPoint).toBe(true);
  expect(await leftovers(stack)).toEqual([]);
}, 240_000);

it('26.5: what an altered object does to a restore is found, recorded as bad, and passed over by the next rehearsal', async () => {
  const stack = stackJson();
  const name = await newDatabase(stack, 'altered', SMALL);
  const database = `ysql.${name}`;
  const bad = await run<BackUpDatabaseResult>('backUpDatabase', { database });
  const good = await run<BackUpDatabaseResult>('backUpDatabase', { database, incremental: 'no' });
  const before = await databaseNames(stack.ysql);
  const reader = asReader();
  const owner = openStackStore(stack);
  stores.push(owner);
  const { header } = await readManifest(reader, bad.backupId);
  for await (const { object, offset = 0, size } of readFilesOf(reader, header)) {
    if (size === 0) continue;
    const bytes = await owner.read(object, { atMost: 64 * 1024 * 1024 });
    bytes[offset] = (bytes[offset] ?? 0) ^ 0xff;
    expect(await owner.delete([object])).toEqual([]);
    await owner.create(object, bytes, {});
    break;
  }

  const failed = await failureOf(await start(client, 'rehearseRestore', { database, backup: bad.backupId }));
  expect(failed).toMatchObject({ type: 'ChecksumMismatch' });
  expect(await databaseNames(stack.ysql)).toEqual(before);
  expect(await leftovers(stack)).toEqual([]);
  const details = await detailsOf(reader, database);
  expect(details.find(({ backupId }) => backupId === bad.backupId)).toMatchObject({
    ...{ verified: { level: 'rehearsal', ok: false }, rehearsed: { ok: false } },
  });
  expect(details.find(({ backupId }) => backupId === good.backupId)).not.toHaveProperty('rehearsed');
  expect(await newestRehearsal(reader, database)).toBeUndefined();

  const rehearsal = await run<RehearseRestoreResult>('rehearseRestore', { database });
  expect(rehearsal.backupId).toBe(good.backupId);
}, 240_000);

it('26.5: a rehearsal that is terminated in the middle is cleaned up by its guardian, and recorded as what it was', async () => {
  const stack = stackJson();
  const name = await newDatabase(stack, 'ended', SMALL);
  const database = `ysql.${name}`;
  const backup = await run<BackUpDatabaseResult>('backUpDatabase', { database });
  const before = await databaseNames(stack.ysql);
  const handle = await start(client, 'rehearseRestore', { database });
  const scratch = async (): Promise<boolean> => (await databaseNames(stack.ysql)).length > before.length;
  await until('the scratch database is there', scratch);
  await handle.terminate('a test');
  await until('the scratch database is gone', async () => !(await scratch()));
  await until('nothing is left', async () => (await leftovers(stack)).length === 0);
  const reader = asReader();
  expect(await detailsOf(reader, database)).toMatchObject([{ backupId: backup.backupId, state: 'committed' }]);
  expect(await newestRehearsal(reader, database)).toBeUndefined();
  const history = async () =>
    (await listOperations(reader, { since: new Date(0), newest: 100, database })).operations.filter(
      ({ operation }) => operation === 'rehearseRestore',
    );
  await until('the audit record is there', async () => (await history()).length > 0);
  expect(await history()).toMatchObject([{ outcome: 'terminated', database, failure: { type: 'Terminated' } }]);
}, 120_000);
