import { snapshotCandidates } from '../../src/activities/control/undo/snapshot-candidates';
import { listSnapshots, listSnapshotSchedules, type ListedSnapshot, type Yugabyte } from '../../src/yugabyte';

const of = (id: string, name: string, api: 'ysql' | 'ycql' = 'ysql'): ListedSnapshot => ({
  id,
  state: 'COMPLETE',
  database: { api, id: `namespace of ${name}`, name },
});

/** What the masters list: snapshots, and those of schedules among them. */
function masters(snapshots: ListedSnapshot[], scheduled: string[] = []): Yugabyte {
  const answers = new Map<unknown, unknown>([
    [listSnapshots, snapshots],
    [listSnapshotSchedules, [{ id: 'schedule', snapshots: scheduled.map((id) => ({ id })) }]],
  ]);
  return { run: (command: unknown) => Promise.resolve(answers.get(command)) } as unknown as Yugabyte;
}

const orders = { database: 'ysql.orders', listedBefore: ['before'] };
const { signal } = new AbortController();

it('after a lost reply, only a new snapshot of the same database outside of any schedule counts as ours', async () => {
  const listed = [
    of('before', 'orders'),
    of('ours', 'orders'),
    of('of a schedule', 'orders'),
    of('of another database', 'payments'),
    of('of a keyspace of that name', 'orders', 'ycql'),
    { id: 'of nobody knows what', state: 'CREATING' as const },
    { ...of('deleted already', 'orders'), state: 'DELETING' as const },
  ];
  expect(await snapshotCandidates(masters(listed, ['of a schedule']), orders, signal)).toEqual(['ours']);
});

it('a snapshot of another database never counts as the one whose reply was lost', async () => {
  const listed = [of('before', 'orders'), of('of another database', 'payments')];
  expect(await snapshotCandidates(masters(listed), orders, signal)).toEqual([]);
});
