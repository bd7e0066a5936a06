import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Client } from '@temporalio/client';
import type { BackUpDatabaseResult, RestoreDatabaseResult } from '../../../src/contract';
import { leftovers } from '../../support/cluster/cluster-state';
import { forgeNewestBackup } from '../../support/store/forged-backup';
import { newDatabase, SMALL } from '../../support/cluster/new-database';
import { withSql } from '../../support/cluster/sql';
import { failureOf, start, stackJson, temporalClient } from '../../support/stack';

const stack = stackJson();
let client: Client;
beforeAll(async () => {
  client = await temporalClient(stack);
});
afterAll(async () => {
  await client.connection.close();
});

const inCluster = async (text: string): Promise<string[]> =>
  await withSql(stack.ysql, 'yugabyte', async (sql) =>
    (await sql.query<{ name: string }>(text)).rows.map(({ name }) => name),
  );
const databases = async (): Promise<string[]> => await inCluster('SELECT datname AS name FROM pg_database ORDER BY 1');

it('23.1, 23.2: a forged newest backup is skipped without the key, and with it refused before anything of it is run, and leaves nothing behind', async () => {
  const source = await newDatabase(stack, 'forged', SMALL);
  const victim = await newDatabase(stack, 'victim');
  const marks = ['shell', 'server'].map((name) => join(tmpdir(), `kalpa-${name}-${source}`));
  const honest = (await (
    await start(client, 'backUpDatabase', { database: `ysql.${source}` })
  ).result()) as BackUpDatabaseResult;
  expect(honest.warnings ?? []).toEqual([]);
  const change = (schema: string): string =>
    schema.replace(
      /^CREATE TABLE /m,
      `\\! touch ${marks[0] ?? ''}
COPY (SELECT 1) TO PROGRAM 'touch ${marks[1] ?? ''}';
CREATE ROLE evil_${source} SUPERUSER;
DROP DATABASE ${victim};
$&`,
    );
  const unsigned = await forgeNewestBackup(stack, honest.backupId, {
    change,
    signed: false,
    moment: '2099-12-31T23:59:59.000Z',
  });
  const restore = async (input: object) =>
    await start(client, 'restoreDatabase', { backup: { database: `ysql.${source}` }, as: `${source}_copy`, ...input });
  // Among other findings: the forger has not copied the files of the tablets.
  const contentRefused = async (input: object) =>
    (await failureOf(await restore(input))).details.find(({ type }) => type === 'ContentRefused') as
      { message: string; sha256: string; refusals: { at: string; statement: string }[] } | undefined;
  const passedOver = await restore({ as: `${source}_honest` });
  expect(await passedOver.result()).toMatchObject({
    backupId: honest.backupId,
    warnings: expect.arrayContaining([expect.stringContaining(`${unsigned} was skipped`)]) as string[],
  });

  const forged = await forgeNewestBackup(stack, honest.backupId, {
    change,
    signed: true,
    moment: new Date().toISOString(),
  });
  const before = await databases();
  const refused = await contentRefused({});
  expect(refused?.message).toContain(forged);
  expect(refused?.message).toMatch(
    /4 refused\): line \d+, a dump has no such backslash command: \\! touch .*COPY \(SELECT 1\) TO PROGRAM.*CREATE ROLE evil.*DROP DATABASE victim/,
  );
  // A line for a shell can't be accepted: there is no shell.
  expect(refused?.message).not.toContain('"accept"');
  const named = refused?.refusals.map(({ at }) => `${refused.sha256}:${at}`) ?? [];
  const [shell = '', , role = ''] = named;
  expect(await contentRefused({ accept: [shell] })).toEqual(refused);
  // One that is accepted leaves the others refused.
  expect(await contentRefused({ accept: [role] })).toMatchObject({
    refused: 3,
    refusals: refused?.refusals.filter(({ at }) => !role.endsWith(`:${at}`)),
  });
  expect(await databases()).toEqual(before);
  expect(await inCluster(`SELECT rolname AS name FROM pg_roles WHERE rolname LIKE 'evil%'`)).toEqual([]);
  expect(marks.filter((path) => existsSync(path))).toEqual([]);
  expect(await leftovers(stack)).toEqual([]);

  const restored = (await (await restore({ backup: honest.backupId })).result()) as RestoreDatabaseResult;
  expect(restored).toMatchObject({ backupId: honest.backupId, verified: { rowsChecked: 2500 } });
});

it('23.1: a restore completes with what its caller has accepted by name, and only then', async () => {
  const source = await newDatabase(
    stack,
    'accepted',
    `${SMALL} CREATE FUNCTION allows(text[], oid) RETURNS void LANGUAGE plpgsql AS 'BEGIN END'; CREATE FOREIGN DATA WRAPPER own VALIDATOR allows;`,
  );
  const backup = (await (
    await start(client, 'backUpDatabase', { database: `ysql.${source}` })
  ).result()) as BackUpDatabaseResult;
  expect(backup.warnings).toEqual([
    expect.stringMatching(
      /^A restore or load ends with ContentRefused, unless its caller accepts it: .*CREATE FOREIGN/,
    ),
  ]);
  const input = { backup: backup.backupId, as: `${source}_copy`, verify: 'full' };
  const refused = (await failureOf(await start(client, 'restoreDatabase', input))).details.find(
    ({ type }) => type === 'ContentRefused',
  ) as { sha256: string; refusals: { at: string }[] } | undefined;
  const accept = refused?.refusals.map(({ at }) => `${refused.sha256}:${at}`) ?? [];
  expect(accept).toHaveLength(1);
  const restored = await start(client, 'restoreDatabase', { ...input, accept });
  expect(await restored.result()).toMatchObject({ backupId: backup.backupId, verified: { rowsChecked: 2500 } });
  await withSql(stack.ysql, `${source}_copy`, async (sql) => {
    const { rows } = await sql.query('SELECT fdwname, fdwvalidator::regproc::text AS by FROM pg_foreign_data_wrapper');
    expect(rows).toEqual([{ fdwname: 'own', by: 'allows' }]);
  });
  expect(await leftovers(stack)).toEqual([]);
});
