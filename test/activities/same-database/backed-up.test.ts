import { carriedHistory } from '../../../src/activities/control/history/carried-history';
import { makeExportSnapshot } from '../../../src/activities/control/backup/export-snapshot';
import { makeUndo } from '../../../src/activities/control/undo/undo';
import { clusterWith, NEW, OLD, scheduleOf } from './cluster-with';

/** What the bucket holds of earlier backups, oldest first, and of schedules that were asked for. */
let earlier: { backupId: string; hybridTime: string; catalogVersion: string; tables: object[] }[] = [];
let clones: object[] = [];
let asked: { at: string; schedule: 'off' | { id: string }; catalogVersion?: string }[] = [];

jest.mock('@temporalio/activity', () => ({
  ...jest.requireActual<object>('@temporalio/activity'),
  activityInfo: () => ({ attempt: 1 }),
  cancellationSignal: () => new AbortController().signal,
  sleep: async () => {
    await Promise.resolve();
  },
}));
jest.mock('../../../src/activities/control/undo/proofs', () => ({ confirmOwn: async () => await Promise.resolve() }));
jest.mock('../../../src/activities/control/undo/makings', () => ({
  provedMaking: async () => await Promise.resolve({ existed: false, tables: [] }),
}));
jest.mock('../../../src/activities/control/undo/snapshot-candidates', () => ({
  snapshotCandidates: async () => await Promise.resolve([]),
}));
jest.mock('../../../src/activities/control/history/history-retention', () => ({
  historyRetentionMicros: async () => await Promise.resolve(900_000_000n),
}));
jest.mock('../../../src/activities/control/history/exported-snapshot', () => ({
  exportedSnapshot: async () =>
    await Promise.resolve({
      content: Buffer.from('snapshot'),
      exported: {
        snapshotMicros: '1763776800000000',
        database: { id: '00004000000030008000000000000000' },
        tables: [],
        tablets: [],
      },
    }),
}));
jest.mock('../../../src/repository', () => ({
  ...jest.requireActual<object>('../../../src/repository'),
  readArtefact: async () => await Promise.resolve('CREATE TABLE public.orders (id int);'),
  writeArtefact: async () => await Promise.resolve({ kind: 'snapshot' }),
  putWorkList: async () => await Promise.resolve({ key: 'k' }),
  listBackups: async () => await Promise.resolve(earlier.map(({ backupId }) => ({ backupId, state: 'committed' }))),
  readTrusted: async (_: unknown, id: string) =>
    await Promise.resolve({ header: earlier.find(({ backupId }) => backupId === id) }),
  listPointInTime: async () => await Promise.resolve({ records: [...asked] }),
}));

jest.mock('../../../src/activities/heartbeat-interceptor', () => ({ showProgress: () => undefined }));
jest.mock('../../../src/activities/control/waits/list-together', () => ({
  deadlineAfter: (ms: number) => Date.now() + ms,
  listTogether: async () => await Promise.resolve(clones),
}));

const SQL = {
  catalogVersionOfDatabase: async () => await Promise.resolve('7'),
  databaseExists: async () => await Promise.resolve(true),
  invalidIndexes: async () => await Promise.resolve([]),
  createdRelationsWithStorage: async () => await Promise.resolve([]),
};

describe('a backup of a database that is dropped and created again under its name', () => {
  it('between the snapshot and the schema: both are taken again, though versions and tables may be equal', async () => {
    const taken = async (now: string) => {
      const { dependencies } = clusterWith({ ids: { orders: now } }, { yugabyte: { sql: SQL } });
      return await makeExportSnapshot(dependencies)({
        backup: { backupId: 'b', database: 'ysql.orders', chain: { workflowId: 'w' } },
        snapshotId: '0d4b4935-2c95-4523-95ab-9ead1e95e794',
        artefacts: [{ kind: 'schema' }],
        catalogBefore: '7/7',
      } as never);
    };
    expect((await taken(NEW)).inconsistent).toBe('ysql.orders was dropped while it was being backed up');
    // The snapshot's own database: what is wrong with it is something else (its file has no table here).
    expect((await taken(OLD)).inconsistent).toMatch(/^tables were created while/);
  });

  const at = 1_763_776_800_000_000n;
  const minutesBefore = (minutes: number): string => String(at - BigInt(minutes) * 60_000_000n);
  const historyFrom = async (schedules: ReturnType<typeof scheduleOf>[]): Promise<string> => {
    const { dependencies } = clusterWith({ ids: { orders: NEW }, schedules });
    const { from } = await carriedHistory(
      dependencies,
      {
        database: 'ysql.orders',
        snapshotMicros: String(at),
        catalogVersion: '1/1',
        tables: [{ id: 'new', schema: 'public', name: 'orders', hidden: false }],
      },
      new AbortController().signal,
    );
    return from;
  };
  const backupOf = (table: string) => ({
    backupId: 'earlier',
    hybridTime: minutesBefore(10),
    catalogVersion: '1/1',
    tables: [{ id: table, schema: 'public', name: 'orders' }],
  });

  it('has no history from the dropped one: an earlier backup with equal names proves nothing', async () => {
    asked = [];
    earlier = [backupOf('old')];
    expect(await historyFrom([])).toBe('2025-11-22T02:00:00.000000Z');
    earlier = [backupOf('new')];
    expect(await historyFrom([])).toBe('2025-11-22T01:50:00.000000Z');
  });

  it('nor does the record of a schedule of the dropped one', async () => {
    earlier = [];
    asked = [{ at: '2025-11-22T01:50:00.000000Z', schedule: { id: 's' }, catalogVersion: '1/1' }];
    expect(await historyFrom([scheduleOf('s', OLD)])).toBe('2025-11-22T02:00:00.000000Z');
    expect(await historyFrom([scheduleOf('s', NEW)])).toBe('2025-11-22T01:50:00.000000Z');
  });
});

describe('what a run made in a keyspace is undone', () => {
  const undo = async (now: string, note: object): Promise<{ undone?: string; dropped: string[] }> => {
    const dropped: string[] = [];
    const cql = {
      dropTables: async (_: string, tables: string[]) => {
        dropped.push(...tables);
        await Promise.resolve();
      },
      dropKeyspace: async (name: string) => {
        dropped.push(name);
        await Promise.resolve();
      },
    };
    const { dependencies } = clusterWith({ ids: { shop: now } }, { api: 'ycql', yugabyte: { cql } });
    clones = [{ target: 'shop', sequence: '7', state: 'COMPLETE' }];
    const input = {
      undo: { ...note, database: 'ycql.shop', listedBefore: [] },
      end: 'failed',
      guardianId: 'g',
      owner: {},
    };
    return { ...(await makeUndo(dependencies)(input as never)), dropped };
  };

  it.each([
    [{ kind: 'keyspace', tables: ['orders'], existed: false, namespaceId: OLD }, 'dropped ycql.shop'],
    [{ kind: 'newKeyspace', tables: ['orders'], namespaceId: OLD }, 'dropped ycql.shop'],
    [{ kind: 'keyspaceClone', namespaceId: 'source', cloneId: OLD }, 'dropped the clone ycql.shop'],
  ])(
    '(24.9) in the one that it was made in, and not in one that someone created again under its name: %j',
    async (note, undone) => {
      expect(await undo(NEW, note)).toEqual({ dropped: [] });
      expect(await undo(OLD, note)).toEqual({ undone, dropped: ['orders', 'shop'] });
      const { namespaceId: _, cloneId: __, ...before } = note as { namespaceId?: string; cloneId?: string };
      // A note from before ids were noted.
      expect(await undo(NEW, 'cloneId' in note ? { ...before, namespaceId: 'source' } : before)).toMatchObject({
        undone,
      });
    },
  );
});

describe('triggers that were disabled for a load are enabled again', () => {
  it('(24.9) in their own database, and not in one that was created again under its name', async () => {
    const undo = async (now: string, namespaceId?: string) => {
      const { cluster, dependencies } = clusterWith({ ids: { orders: now } });
      const note = { kind: 'stoppedTriggers', database: 'ysql.orders', triggers: [{ name: 't', state: 'A' }] };
      const input = { undo: { ...note, ...(namespaceId === undefined ? {} : { namespaceId }) }, end: 'failed' };
      return {
        ...(await makeUndo(dependencies)({ ...input, guardianId: 'g', owner: {} } as never)),
        acts: cluster.acts,
      };
    };
    expect(await undo(NEW, OLD)).toEqual({ acts: [] });
    const done = { undone: 'enabled 1 triggers of ysql.orders again', acts: ['let the triggers of orders fire'] };
    expect(await undo(OLD, OLD)).toEqual(done);
    expect(await undo(NEW)).toEqual(done); // a note from before ids were noted
  });
});
