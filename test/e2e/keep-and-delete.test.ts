import type { Client } from '@temporalio/client';
import type { ApplyRetentionResult, BackUpDatabaseResult, DeleteBackupResult } from '../../src/contract';
import { layout, sweep } from '../../src/repository';
import { newDatabase, SMALL } from '../support/cluster/new-database';
import { repositoryAs } from '../support/store/stack-store';
import { failureOf, stackJson, start, temporalClient } from '../support/stack';

let client: Client;
beforeAll(async () => {
  client = await temporalClient(stackJson());
});
afterAll(async () => {
  await client.connection.close();
});

const run = async <R>(type: string, input: object): Promise<R> =>
  (await (await start(client, type, input)).result()) as R;
const refused = async (type: string, input: object) => await failureOf(await start(client, type, input));

it('a backup is held, deleted, undeleted, deleted for good by the janitor alone, and one that others share with stays', async () => {
  const name = await newDatabase(stackJson(), 'kept', SMALL);
  const database = `ysql.${name}`;
  const first = await run<BackUpDatabaseResult>('backUpDatabase', { database });
  const alone = { database, incremental: 'no', whenBusy: 'wait' };
  const second = await run<BackUpDatabaseResult>('backUpDatabase', alone);
  const named = { backup: first.backupId, reason: 'a test' };

  const plan = await run<ApplyRetentionResult>('applyRetention', { database, dryRun: true });
  expect(plan.deleted).toBe(0);
  expect(plan.first.find(({ backupId }) => backupId === first.backupId)).toMatchObject({
    decision: 'keep',
    because: expect.stringContaining('no rule of the policy applies to it') as string,
  });

  await run('holdBackup', named);
  const held = await refused('deleteBackup', named);
  expect(held).toMatchObject({ type: 'PromiseBroken' });
  expect(held.message).toContain('a test');
  await run('releaseBackup', named);

  const deleted = await run<DeleteBackupResult>('deleteBackup', named);
  expect(deleted.tombstone).toBe(layout.deletion('demo', 'backup', first.backupId, 1));
  expect(await refused('restoreDatabase', { backup: first.backupId, as: `${name}_gone` })).toMatchObject({
    type: 'NotFound',
  });
  await run('undeleteBackup', named);
  await run('deleteBackup', named);

  const { swept, waiting } = await run<ApplyRetentionResult>('applyRetention', {});
  expect(swept).toBe(0);
  expect(waiting).toEqual(
    expect.arrayContaining([
      { backupId: first.backupId, because: expect.stringContaining('its grace time lasts until') as string },
    ]),
  );

  const folder = layout.backup('demo', first.backupId);
  const [control, janitor] = [repositoryAs(stackJson(), 'control'), repositoryAs(stackJson(), 'janitor')];
  const keys = async (prefix: string): Promise<string[]> => {
    const found: string[] = [];
    for await (const { key } of janitor.store.list(prefix)) found.push(key);
    return found;
  };
  try {
    const before = await keys(folder);
    expect(before.length).toBeGreaterThan(3);
    const now = { graceMs: 0, maxRunTimeMs: 0, lastsAtMostMs: 60_000 };
    await expect(sweep(control, now)).rejects.toMatchObject({ kind: 'denied' });
    expect(await keys(folder)).toEqual(before);
    expect((await sweep(janitor, now)).swept).toContain(first.backupId);
    expect(await keys(folder)).toEqual([]);
    expect(await keys(layout.manifest('demo', first.backupId))).toEqual([]);

    const third = await run<BackUpDatabaseResult>('backUpDatabase', { database });
    expect(third.reusedBytes).toBeGreaterThan(0);
    await run('deleteBackup', { backup: second.backupId, reason: 'a test' });
    const needed = await sweep(janitor, now);
    expect(needed.swept).not.toContain(second.backupId);
    expect(needed.waiting).toContainEqual({
      id: second.backupId,
      because: expect.stringMatching(new RegExp(`of its objects are needed by ${third.backupId}$`)) as string,
    });
    const restore = { backup: third.backupId, as: `${name}_again`, verify: 'full' };
    expect(await run('restoreDatabase', restore)).toMatchObject({ backupId: third.backupId });
    // That run has ended: what it has read is not kept from deletion by name. The last backup is.
    expect(await refused('deleteBackup', { backup: third.backupId, reason: 'a test' })).toMatchObject({
      type: 'PromiseBroken',
    });
    await run('backUpDatabase', { database });
    await run('deleteBackup', { backup: third.backupId, reason: 'a test' });
  } finally {
    control.store.close();
    janitor.store.close();
  }
}, 180_000);
