import type { Client } from '@temporalio/client';
import type { BackUpDatabaseResult, RestoreDatabaseResult } from '../../src/contract';
import { ballast, leftovers } from '../support/cluster/cluster-state';
import { slowIt } from '../support/matrix';
import { newDatabase, SMALL } from '../support/cluster/new-database';
import { contentOf } from '../support/cluster/sql';
import { start, stackJson, temporalClient } from '../support/stack';
import { busiestNode, guardianEnd, killProcess, untilCopying } from '../support/cluster/watch-run';

/** Three nodes copy 8 MB each at this rate: some seconds in which to kill. */
const SLOW = { bytesPerSecond: 2_000_000 };

describe('a worker killed in the middle of a copy', () => {
  const stack = stackJson();
  let client: Client;
  let source: string;
  let backupId: string;
  const victims: [string, (handle: Awaited<ReturnType<typeof start>>) => Promise<string>][] = [
    ['a node worker', async (handle) => await busiestNode(handle, stack)],
  ];

  beforeAll(async () => {
    client = await temporalClient(stack);
    source = await newDatabase(stack, 'killed', SMALL);
    await ballast(stack, source, 8_000_000, 3);
  });
  afterAll(async () => {
    await client.connection.close();
  });
  afterEach(async () => {
    expect(await leftovers(stack)).toEqual([]);
  });

  it.each(victims)(
    '25: of a backup: %s',
    async (_case, victim) => {
      const handle = await start(client, 'backUpDatabase', { database: `ysql.${source}`, ...SLOW });
      await untilCopying(handle);
      await killProcess(await victim(handle));
      const backup = (await handle.result()) as BackUpDatabaseResult;
      expect(backup).toMatchObject({ database: `ysql.${source}`, tables: 2 });
      expect(backup.bytes).toBeGreaterThan(24_000_000);
      expect(await guardianEnd(client, `ysql.${source}`)).toBe('COMPLETED');
      backupId = backup.backupId;
    },
    90_000,
  );

  slowIt.each(victims)(
    '25: of a restore: %s',
    async (_case, victim) => {
      const as = `${source}_${_case.split(' ')[1] ?? ''}`;
      const handle = await start(client, 'restoreDatabase', { backup: backupId, as, verify: 'full', ...SLOW });
      await untilCopying(handle);
      await killProcess(await victim(handle));
      expect((await handle.result()) as RestoreDatabaseResult).toMatchObject({ database: `ysql.${as}`, backupId });
      expect(await contentOf(stack.ysql, as)).toEqual(await contentOf(stack.ysql, source));
      expect(await guardianEnd(client, `ysql.${as}`)).toBe('COMPLETED');
    },
    90_000,
  );
});
