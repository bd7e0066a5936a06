import { makeCreateSnapshot } from '../../src/activities/control/snapshot/create-snapshot';
import { makeDeleteSnapshot } from '../../src/activities/control/snapshot/delete-snapshot';
import { makeUndo } from '../../src/activities/control/undo/undo';
import type { ControlDependencies } from '../../src/activities/control/dependencies';
import type { BackUpDatabaseResult, CreateSnapshotResult } from '../../src/contract';
import { openRepository } from '../../src/repository';
import type { ListedSnapshot } from '../../src/yugabyte';
import { fakeYugabyte, lostReply } from '../support/fake-yugabyte';
import { FakedCluster } from '../support/workflows/faked-cluster';

describe('a creation of a snapshot whose reply was lost, and which takes effect after it was asked for again', () => {
  let cluster: FakedCluster;
  /** What the masters list. */
  let listed: ListedSnapshot[];
  let created: number;

  const appear = (id: string): void => {
    if (!listed.some((one) => one.id === id))
      listed.push({ id, state: 'COMPLETE', database: { api: 'ysql', id: 'namespace', name: 'orders' } });
  };

  beforeAll(async () => {
    cluster = await FakedCluster.open();
  }, 60_000);
  afterAll(async () => {
    await cluster.close();
  });

  beforeEach(() => {
    listed = [];
    created = 0;
    const yugabyte = fakeYugabyte({
      capabilities: async () => await Promise.resolve({ leasesTabletSplitting: false }),
      run: async (command: { name: string }, { snapshotId }: { snapshotId?: string }) => {
        if (command.name === 'create_database_snapshot') {
          created += 1;
          if (created === 1) throw lostReply('create_database_snapshot', 'CreateSnapshot');
          appear(`own-${created}`);
          return await Promise.resolve({ snapshotId: `own-${created}` });
        }
        if (command.name === 'delete_snapshot') listed = listed.filter(({ id }) => id !== snapshotId);
        return command.name === 'list_snapshots' ? listed : [];
      },
    });
    const dependencies = {
      client: cluster.client,
      timing: { ...cluster.timing, rpcTimeout: 50, pollInterval: 20 },
      repository: openRepository({ store: { location: 's3://bucket' } as never, cluster: cluster.name }),
      yugabyte: () => yugabyte,
    } as unknown as ControlDependencies;
    const undo = makeUndo(dependencies);
    let dumped = 0;
    cluster.use({
      createSnapshot: makeCreateSnapshot(dependencies),
      deleteSnapshot: makeDeleteSnapshot(dependencies),
      dumpSchema: async () => {
        appear('late');
        dumped += 1;
        return await Promise.resolve({ artefacts: [], ...(dumped === 1 ? { inconsistent: 'DDL came between' } : {}) });
      },
      describeSnapshot: async () => {
        appear('late');
        return await Promise.resolve({ createdAt: '2026-11-22T02:00:07.123456Z', schema: 'digest' });
      },
      undo: async (input) => (input.undo.kind === 'snapshot' ? await undo(input) : await Promise.resolve({})),
    });
  });

  const REPORT =
    /another snapshot of ysql\.orders .*late appeared beside the run's own; .*delete it with yb-admin delete_snapshot/;

  it('24: is reported in the result of a backup, and left alone; the own ones are gone, the retaken one too', async () => {
    const run = await cluster.start('backUpDatabase', { database: 'ysql.orders' });
    const { warnings } = (await run.result()) as BackUpDatabaseResult;
    expect(created).toBe(3);
    expect(listed.map(({ id }) => id)).toEqual(['late']);
    expect(warnings?.filter((warning) => REPORT.test(warning))).toHaveLength(1);
    expect(warnings?.join('\n')).not.toContain('own-');
  }, 60_000);

  it('24: is reported in the result of a snapshot that is kept, which stays', async () => {
    const run = await cluster.start('createSnapshot', { database: 'ysql.orders' });
    const { warnings, snapshotId } = (await run.result()) as CreateSnapshotResult & { warnings?: string[] };
    expect(snapshotId).toBe('own-2');
    expect(listed.map(({ id }) => id)).toEqual(['own-2', 'late']);
    expect(warnings?.filter((warning) => REPORT.test(warning))).toHaveLength(1);
  }, 60_000);
});
