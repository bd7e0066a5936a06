import { randomUUID } from 'node:crypto';
import { Context } from '@temporalio/activity';
import { controlInputs } from '../../src/activities/inputs/control';
import { guardianId } from '../../src/contract';
import type { Undo } from '../../src/contract/internal';
import { FakedCluster, refusal } from '../support/workflows/faked-cluster';
import { resetToBefore } from '../support/workflows/reset-run';
import { standardActivities, type Activities } from '../support/workflows/standard-activities';

/** A short command may last so long in all, and a restoration is looked after for much longer. */
const COMMANDS_MS = 1_500;

/** Something that is waited for until the test says so. */
function gate(): { open: () => void; opened: Promise<void> } {
  let open = (): void => undefined;
  const opened = new Promise<void>((resolve) => (open = resolve));
  return { open, opened };
}

const standard = standardActivities();
const orphaned = async (): Promise<never> => {
  await Promise.resolve();
  throw refusal('RestoreFailed', 'Its end is unknown.');
};
const ofKeyspace = {
  findBackup: async (input: Parameters<Activities['findBackup']>[0]) => ({
    ...(await standard.findBackup(input)),
    database: 'ycql.shop',
  }),
  preflightRestore: async () => ({
    scratchName: 'shop',
    warnings: [],
    keyspace: { existed: false, tables: ['orders'] },
  }),
} as Partial<Activities>;

let cluster: FakedCluster;
beforeAll(async () => {
  cluster = await FakedCluster.open({
    commandTimeout: 300,
    commandDeadline: COMMANDS_MS,
    rpcTimeout: 100,
    heartbeatTimeout: 1_000,
    leftoverDeadline: 60_000,
  });
}, 30_000);
afterAll(async () => {
  await cluster.close();
});

const lockIsHeld = async (database: string): Promise<boolean> =>
  (await cluster.client.workflow.getHandle(guardianId(cluster.name, database)).describe()).status.name === 'RUNNING';

describe('22.13: the lock is held while what was begun still runs', () => {
  const cases: [string, string, string, object, Partial<Activities>, Undo['kind']][] = [
    [
      'a restoration in place',
      'ysql.db_0bd43a5c',
      'restoreSnapshot',
      { snapshotId: '0bd43a5c-0c7f-4d0e-9a5c-2d7a1f9f0e11', confirm: 'ysql.db_0bd43a5c' },
      { waitForRestoration: orphaned },
      'restoration',
    ],
    [
      'of a scratch database',
      'ysql.orders_b',
      'restoreDatabase',
      { backup: { database: 'ysql.orders' }, as: 'orders_b' },
      { waitForRestoration: orphaned },
      'scratch',
    ],
    [
      'of a keyspace',
      'ycql.shop',
      'restoreDatabase',
      { backup: { database: 'ycql.shop' } },
      { ...ofKeyspace, waitForRestoration: orphaned },
      'keyspace',
    ],
    [
      'a clone',
      'ysql.orders_c',
      'recoverToPointInTime',
      { database: 'ysql.orders', to: '2026-11-22T01:00:00Z', as: 'orders_c' },
      { waitForClone: orphaned },
      'clone',
    ],
  ];

  it.each(cases)('%s', async (_what, database, type, input, activities, kind) => {
    const ended = gate();
    let began = 0;
    let attempts = 0;
    cluster.use({
      ...activities,
      undo: async (given) => {
        if (given.undo.kind !== kind) return await standard.undo(given);
        attempts += 1;
        began ||= Date.now();
        await ended.opened;
        return { undone: `waited for ${kind}` };
      },
    });
    const run = await cluster.start(type, input);
    await cluster.until(
      'the undo waits longer than any command may last',
      () => began > 0 && Date.now() - began > 2 * COMMANDS_MS,
    );
    expect(await lockIsHeld(database)).toBe(true);
    const other = await cluster.start('dumpDatabase', { database });
    await expect(other.result()).rejects.toMatchObject({ cause: { type: 'DatabaseBusy' } });
    ended.open();
    await expect(run.result()).rejects.toMatchObject({ cause: { type: 'RestoreFailed' } });
    expect(attempts).toBe(1);
    const guardian = cluster.client.workflow.getHandle(guardianId(cluster.name, database));
    expect(await guardian.result()).toMatchObject({
      leftovers: [],
      undone: expect.arrayContaining([`waited for ${kind}`]) as string[],
    });
  });
});

describe('22.14: a run that is reset forgets no snapshot', () => {
  it.each([
    ['a keyspace', 'ycql.shop', ofKeyspace],
    ['a scratch database', 'ysql.orders', {}],
  ] as [string, string, Partial<Activities>][])('imported into %s', async (_what, database, activities) => {
    const undone: Undo[] = [];
    let imports = 0;
    cluster.use({
      ...activities,
      importSnapshot: async () => {
        imports += 1;
        return { ...(await standard.importSnapshot()), snapshotId: `imported-${imports}` };
      },
      restoreSnapshot: async () => await Promise.resolve({ restorationId: `restoration-${imports}` }),
      waitForRestoration: async ({ snapshotId }) => {
        if (snapshotId === 'imported-1') await Context.current().cancelled;
      },
      undo: async ({ undo }) => {
        undone.push(undo);
        return await Promise.resolve({});
      },
    });
    const run = await cluster.start('restoreDatabase', { backup: { database } });
    await cluster.until('the first restoration is waited for', async () =>
      ((await run.fetchHistory()).events ?? []).some(
        (event) => event.activityTaskScheduledEventAttributes?.activityType?.name === 'waitForRestoration',
      ),
    );
    const again = await resetToBefore(run, 'listSnapshotIds');
    await again.result();
    expect(undone.filter(({ kind }) => kind === 'importedSnapshot')).toEqual([
      { kind: 'importedSnapshot', snapshotId: 'imported-2' },
      {
        kind: 'importedSnapshot',
        snapshotId: 'imported-1',
        restoration: { id: 'restoration-1', listedBefore: [] },
      },
    ]);
  });
});

describe('24: a rewind that is found after its reply was lost', () => {
  const [scheduleId, restorationId, snapshotId] = [randomUUID(), randomUUID(), randomUUID()];

  it.each([
    ['in a release that prints no snapshot of a restoration', {}],
    ['in one that does', { snapshotId }],
  ])('is waited for %s, with an input that the activity takes', async (_, printed) => {
    const waitedFor: unknown[] = [];
    cluster.use({
      preflightRecovery: async (input) => {
        const checked = await standard.preflightRecovery(input);
        return { ...checked, preview: { ...checked.preview, scheduleId } };
      },
      rewindDatabase: async () => await Promise.resolve({ restorationId, ...printed }),
      waitForRestoration: async (input) => {
        waitedFor.push(controlInputs.waitForRestoration.parse(input));
        await Promise.resolve();
      },
    });
    const database = 'ysql.rewound';
    const run = await cluster.start('recoverToPointInTime', { database, ago: '1m', confirmDataLoss: database });
    await expect(run.result()).resolves.toMatchObject({ database, restorationId });
    expect(waitedFor).toEqual([{ restorationId, scheduleId, ...printed }]);
  });
});
