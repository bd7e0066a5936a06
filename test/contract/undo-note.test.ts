import { timingInMs, timingSchema } from '../../src/contract';
import { droppedByReplacement, undoTimeoutMs, type Undo } from '../../src/contract/internal';
import { Notes } from '../../src/workflows/lock/guardian-notes';

const timing = timingInMs(timingSchema.parse({}));
const DAY_MS = 86_400_000;

const snapshot = (snapshotId?: string): Undo => ({
  kind: 'snapshot',
  database: 'ysql.orders',
  listedBefore: [],
  ...(snapshotId === undefined ? {} : { snapshotId }),
});
const imports = {
  scratch: { kind: 'scratch', scratchName: 'kalpa_0123456789ab', listedBefore: [] },
  keyspace: { kind: 'keyspace', database: 'ycql.shop', tables: ['orders'], existed: true, listedBefore: [] },
} as const satisfies Record<string, Undo>;
const running = { id: 'r1', listedBefore: [] };
const inPlace: Undo = { kind: 'restoration', database: 'ysql.orders', snapshotIds: ['s1'], id: 'r1', listedBefore: [] };

describe('how long an undo may wait', () => {
  it.each<[string, Undo, number]>([
    ['a restoration in place', inPlace, 7 * DAY_MS],
    ['a scratch database that is being restored', { ...imports.scratch, restoration: running }, 7 * DAY_MS],
    ['a keyspace that is being restored', { ...imports.keyspace, restoration: running }, 7 * DAY_MS],
    ['an imported snapshot', { kind: 'importedSnapshot', snapshotId: 's1', restoration: running }, 7 * DAY_MS],
    ['a clone', { kind: 'clone', scratchName: 'kalpa_0123456789ab', namespaceId: 'n1' }, 7 * DAY_MS],
    [
      'a clone of a keyspace',
      { kind: 'keyspaceClone', database: 'ycql.b', namespaceId: 'n1', listedBefore: [] },
      7 * DAY_MS,
    ],
  ])('22.13: %s is looked after for 7 days', (_what, undo, ms) => {
    expect(undoTimeoutMs(undo, timing)).toBe(ms);
  });

  it('22.13: a snapshot or schedule without an id waits a lost reply out; with it, for nothing', () => {
    expect(undoTimeoutMs(snapshot(), timing)).toBe(timing.rpcTimeout);
    expect(undoTimeoutMs(snapshot('s1'), timing)).toBe(0);
    const schedule = (known: { scheduleId?: string }): Undo => ({
      kind: 'schedule',
      database: 'ysql.orders',
      listedBefore: [],
      ...known,
    });
    expect(undoTimeoutMs(schedule({}), timing)).toBe(timing.rpcTimeout);
    expect(undoTimeoutMs(schedule({ scheduleId: 'p1' }), timing)).toBe(0);
  });
});

describe('what a reset of the owner would forget', () => {
  it.each(Object.entries(imports))('22.14: the snapshot that was imported into a %s', (_kind, undo) => {
    const first = { ...undo, importedSnapshotId: 's1' };
    expect(droppedByReplacement(first, undo)).toEqual({ kind: 'importedSnapshot', snapshotId: 's1' });
    expect(droppedByReplacement(first, { ...undo, importedSnapshotId: 's2' })).toEqual({
      kind: 'importedSnapshot',
      snapshotId: 's1',
    });
  });

  it.each(Object.entries(imports))('22.14: the restoration of a %s, which its snapshot outlives', (_kind, undo) => {
    const first = { ...undo, importedSnapshotId: 's1', restoration: running };
    const forgotten = { kind: 'importedSnapshot', snapshotId: 's1', restoration: running };
    expect(droppedByReplacement(first, undo)).toEqual(forgotten);
    const again = { ...undo, importedSnapshotId: 's1', restoration: { listedBefore: ['r1'] } };
    expect(droppedByReplacement(first, again)).toEqual(forgotten);
  });

  it('22.14: a restoration in place', () => {
    const again: Undo = {
      kind: 'restoration',
      database: 'ysql.orders',
      snapshotIds: ['s1'],
      listedBefore: ['r1'],
    };
    expect(droppedByReplacement(inPlace, again)).toBe(inPlace);
    expect(droppedByReplacement({ ...again, listedBefore: [] }, again)).toMatchObject({ listedBefore: [] });
  });

  it('is not reported where a later note says more about it', () => {
    const { keyspace } = imports;
    const imported = { ...keyspace, importedSnapshotId: 's1' };
    expect(droppedByReplacement(keyspace, imported)).toBeUndefined();
    const asked = { ...imported, restoration: { listedBefore: ['r0'] } };
    expect(droppedByReplacement(imported, asked)).toBeUndefined();
    const known = { ...imported, restoration: { id: 'r1', listedBefore: ['r0'] } };
    expect(droppedByReplacement(asked, known)).toBeUndefined();
    expect(droppedByReplacement(known, { kind: 'importedSnapshot', snapshotId: 's1' })).toBeUndefined();
    expect(droppedByReplacement(snapshot(), snapshot('s1'))).toBeUndefined();
  });
});

describe("the order of a guardian's undos", () => {
  it('22.13: a restoration that runs for days keeps nothing else from being undone', () => {
    const notes = new Notes(timing);
    notes.note('intent', { kind: 'intent', backupId: 'b1' });
    notes.note('balancer', { kind: 'loadBalancer' });
    notes.note('scratch', { ...imports.scratch, importedSnapshotId: 's1', restoration: running });
    expect(notes.inOrder().map(({ kind }) => kind)).toEqual(['loadBalancer', 'intent', 'scratch']);
  });

  it('22.14: a forgotten restoration is waited for before anything is dropped', () => {
    const notes = new Notes(timing);
    notes.note('scratch', { ...imports.keyspace, importedSnapshotId: 's1', restoration: running });
    notes.note('scratch', imports.keyspace);
    notes.note('balancer', { kind: 'loadBalancer' });
    expect(notes.inOrder().map(({ kind }) => kind)).toEqual(['loadBalancer', 'importedSnapshot', 'keyspace']);
    for (const undo of notes.inOrder()) notes.done(undo);
    expect(notes.inOrder()).toEqual([]);
  });
});
