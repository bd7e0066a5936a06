import {
  readBackup,
  sweep,
  undelete,
  writeHold,
  writeLease,
  writeDumpIntent,
  writeTombstone,
  closeDump,
  listFailed,
  isDeleted,
  layout,
  trustOf,
  newSigningKey,
  writePolicies,
  newestPolicies,
  tooLate,
} from '../../../src/repository';
import { MemoryStore } from '../../support/store/memory-store';
import {
  beginBackup,
  DAY,
  failBackup,
  fileOf,
  HOUR,
  idOf,
  makeBackup,
  OPTIONS,
  said,
  stateOf,
  three,
  tombstone,
} from './kept-backups';

const [A, B, C] = [idOf(1), idOf(2), idOf(3)];

describe('a deletion', () => {
  it('hides a backup at once, can undelete it within the grace time, and removes it afterwards', async () => {
    const { memory, repository } = await three();
    await tombstone(repository, C);
    expect(await stateOf(repository, C)).toBe('deleted');
    await expect(readBackup(repository, C)).rejects.toMatchObject({ kind: 'NotFound' });
    memory.passes(6 * DAY);
    expect(await sweep(repository, OPTIONS)).toMatchObject({
      swept: [],
      objects: 0,
      waiting: [{ id: C, because: 'its grace time lasts until 2026-11-08T00:00:00.000Z' }],
    });
    await undelete(repository, { kind: 'backup', id: C, reason: 'a mistake' });
    expect(await stateOf(repository, C)).toBe('committed');
    expect((await readBackup(repository, C)).header.backupId).toBe(C);
    memory.passes(2 * DAY);
    expect(await sweep(repository, OPTIONS)).toMatchObject({ swept: [], waiting: [], objects: 0 });

    await tombstone(repository, C); // once more: a second tombstone, a new grace
    memory.passes(6 * DAY);
    expect((await sweep(repository, OPTIONS)).swept).toEqual([]);
    memory.passes(2 * DAY);
    expect((await sweep(repository, OPTIONS)).swept).toEqual([C]);
    expect(
      memory
        .keys()
        .filter((key) => key.includes(C))
        .map((key) => key.split('/').at(-1)),
    ).toEqual(['', '.2', '.3', '.4', '.5'].map((n) => `${C}${n}.json`).sort());
    await expect(undelete(repository, { kind: 'backup', id: C, ...said })).rejects.toMatchObject({ kind: 'NotFound' });
    expect((await readBackup(repository, B)).header.backupId).toBe(B);
  });

  it('leaves what another backup needs, and removes it with that', async () => {
    const { memory, repository } = await three();
    await tombstone(repository, A);
    memory.passes(8 * DAY);
    expect(await sweep(repository, OPTIONS)).toMatchObject({
      swept: [],
      waiting: [{ id: A, because: `1 of its objects are needed by ${B}` }],
    });
    expect(memory.keys(layout.backup('demo', A))).toEqual([fileOf(A, '2')]);
    await tombstone(repository, B);
    memory.passes(1 * DAY);
    await sweep(repository, OPTIONS); // B can still be undeleted
    expect(memory.keys()).toContain(fileOf(A, '2'));
    memory.passes(7 * DAY);
    const last = [await sweep(repository, OPTIONS), await sweep(repository, OPTIONS)];
    expect(last.flatMap(({ swept }) => swept).sort()).toEqual([A, B]);
    expect(memory.keys(layout.cluster('demo') + 'backups/')).toEqual(memory.keys(layout.backup('demo', C)));
  });

  it('frees a chain at once, of which a kept backup needs something of each', async () => {
    const { memory, repository } = await three();
    const [D, E] = [idOf(4), idOf(5)];
    await makeBackup(repository, D, { own: ['5', '6'], others: { [B]: ['3'], [A]: ['1'] } });
    await makeBackup(repository, E, { own: ['7'], others: { [D]: ['5'], [A]: ['2'] } });
    for (const id of [A, B, D]) await tombstone(repository, id);
    memory.passes(8 * DAY);
    await sweep(repository, OPTIONS);
    expect(memory.keys(layout.backup('demo', A)).filter((key) => key.includes('/data/'))).toEqual([fileOf(A, '2')]);
    expect(memory.keys(layout.backup('demo', B))).toEqual([]);
    expect(memory.keys(layout.backup('demo', D)).filter((key) => key.includes('/data/'))).toEqual([fileOf(D, '5')]);
  });

  it('waits for whoever reads it or holds it', async () => {
    const { memory, repository } = await three();
    await tombstone(repository, C);
    await tombstone(repository, A);
    await tombstone(repository, B);
    memory.passes(8 * DAY);
    const until = new Date(memory.now + HOUR).toISOString();
    await writeLease(repository, { format: 1, backupId: C, holder: 'restore/demo/ysql.orders', expiresAt: until });
    await writeHold(repository, { kind: 'backup', id: B, change: 'held', reason: 'audit', by: 'ines' });
    const lease = layout.lease('demo', 'backup', C, new Date(until), 'restore/demo/ysql.orders');
    const { waiting, swept } = await sweep(repository, OPTIONS);
    expect(swept).toEqual([]);
    expect(waiting).toEqual(
      expect.arrayContaining([
        { id: C, because: `restore/demo/ysql.orders reads it, until ${until} (${lease})` },
        { id: B, because: 'it is held: audit' },
      ]),
    );
    expect(memory.keys()).toEqual(expect.arrayContaining([fileOf(C, '4'), fileOf(B, '3'), fileOf(A, '2')]));
    memory.passes(2 * HOUR);
    await writeHold(repository, { kind: 'backup', id: B, change: 'released', reason: 'done', by: 'ines' });
    await sweep(repository, OPTIONS);
    await sweep(repository, OPTIONS);
    expect(memory.keys(layout.cluster('demo') + 'backups/')).toEqual([]);
  });

  it('waits for a backup that began before it and may refer to it, not for one that has failed', async () => {
    const { memory, repository } = await three();
    const D = idOf(4);
    await beginBackup(repository, D, ['5']);
    await tombstone(repository, C);
    memory.passes(8 * DAY);
    // With a policy this long a run can last for longer than the grace.
    const long = { graceMs: 7 * DAY, maxRunTimeMs: 7 * DAY + 12 * HOUR };
    const slow = { ...long, maxRunTimeMs: 30 * DAY };
    expect((await sweep(repository, slow)).swept).toEqual([]);
    memory.passes(23 * DAY);
    const open = await sweep(repository, { graceMs: 0, maxRunTimeMs: 31.5 * DAY });
    expect(open.waiting).toEqual([{ id: C, because: expect.stringContaining('grace') as string }]);
    await failBackup(repository, D);
    expect((await sweep(repository, { graceMs: 0, maxRunTimeMs: 30 * DAY })).swept).toEqual([C]);
  });

  it('removes the data of what became no backup, after a grace of its own', async () => {
    const { memory, repository } = await three();
    const [D, E] = [idOf(4), idOf(5)];
    await beginBackup(repository, D, ['5']);
    await failBackup(repository, D);
    await beginBackup(repository, E, ['6']); // killed with everything else: nobody closed it
    const failed = async () => await listFailed(repository, { now: new Date(memory.now), ...OPTIONS });
    memory.passes(6 * DAY);
    expect(await failed()).toEqual([]);
    memory.passes(2 * DAY);
    expect((await failed()).map(({ id }) => id)).toEqual([D]);
    memory.passes(3 * DAY);
    expect((await failed()).map(({ id }) => id)).toEqual([D, E]);
    for (const { id, because } of await failed())
      await writeTombstone(repository, { kind: 'backup', id, reason: because });
    expect(await failed()).toEqual([]);
    memory.passes(8 * DAY);
    expect((await sweep(repository, OPTIONS)).swept).toEqual([E, D]);
    expect(memory.keys(layout.backup('demo', E))).toEqual([]);
    expect((await readBackup(repository, A)).header.backupId).toBe(A);
  });

  it('removes the data of what became no dump in the same way', async () => {
    const { memory, repository } = await three();
    const [failedOne, left] = ['ysql.orders-dump-20261104T000000Z-000004', 'ysql.orders-dump-20261105T000000Z-000005'];
    for (const dumpId of [failedOne, left]) {
      await writeDumpIntent(repository, {
        ...{ format: 1, dumpId, cluster: 'demo', subject: 'ysql.orders', workflowId: `w/${dumpId}` },
        ...{ firstRunId: dumpId, startedAt: '2026-11-01T00:00:00.000Z', kalpaVersion: '0.1.0' },
      });
      memory.put(`${layout.dump('demo', dumpId)}orders-1.sql.gz`, 'text');
    }
    await closeDump(repository, { dumpId: failedOne, end: 'cancelled' });
    const failed = async () => await listFailed(repository, { now: new Date(memory.now), ...OPTIONS });
    memory.passes(8 * DAY);
    expect(await failed()).toEqual([{ kind: 'dump', id: failedOne, because: 'it did not become a dump' }]);
    memory.passes(3 * DAY);
    expect((await failed()).map(({ id }) => id)).toEqual([failedOne, left]);
    for (const { kind, id, because } of await failed()) await writeTombstone(repository, { kind, id, reason: because });
    memory.passes(8 * DAY);
    expect((await sweep(repository, OPTIONS)).swept.sort()).toEqual([failedOne, left]);
    expect(memory.keys().filter((key) => /\/dump(s|-intents|s-closed)\//.test(key))).toEqual([]);
  });

  it('is refused its commit where it has run for too long, or was deleted meanwhile', async () => {
    const { memory, repository } = await three();
    const D = idOf(4);
    await beginBackup(repository, D, ['5']);
    const late = async () =>
      await tooLate(
        repository,
        { kind: 'backup', id: D },
        {
          maxRunTimeMs: OPTIONS.maxRunTimeMs,
          isDeleted: async () => await isDeleted(repository, 'backup', D),
        },
      );
    memory.passes(2 * DAY);
    expect(await late()).toBeUndefined();
    await tombstone(repository, D);
    expect(await late()).toBe('it was deleted while it ran');
    memory.passes(2 * DAY);
    expect(await late()).toContain('longer ago than timing.maxRunTime');
  });

  it('stops where a manifest can not be read: what it needs is not known', async () => {
    const { memory, repository } = await three();
    await tombstone(repository, C);
    memory.put(layout.manifest('demo', idOf(9)), '{"format": 1, "backupId": "damaged"');
    memory.passes(8 * DAY);
    const { swept, waiting } = await sweep(repository, OPTIONS);
    expect(swept).toEqual([]);
    expect(waiting[0]?.because).toContain(`${idOf(9)} refers to`);
    expect(memory.keys()).toContain(fileOf(C, '4'));
  });
});

describe('a versioned bucket', () => {
  it('loses every version and every marker; what is locked waits for a later sweep', async () => {
    const { memory, repository } = await three(new MemoryStore({ versioned: true }));
    memory.put(fileOf(C, '4'), 'someone wrote over it');
    await repository.store.delete([fileOf(C, '4')]); // a marker on top
    await tombstone(repository, C);
    memory.passes(8 * DAY);
    memory.locked.add(fileOf(C, '4'));
    expect((await sweep(repository, OPTIONS)).waiting).toEqual([
      { id: C, because: expect.stringContaining("can't be removed yet") as string },
    ]);
    expect(await stateOf(repository, C)).toBe('deleted');
    memory.locked.clear();
    expect((await sweep(repository, OPTIONS)).swept).toEqual([C]);
    expect(memory.everything(layout.backup('demo', C))).toEqual([]);
    expect(memory.everything(layout.manifest('demo', C))).toEqual([]);
  });
});

describe('with keys', () => {
  const key = newSigningKey();
  const trust = trustOf({ publicKeys: [key.publicKey], privateKey: key.pem });

  it('believes no unsigned tombstone, end, lease, hold or policy', async () => {
    const memory = new MemoryStore();
    const repository = { store: memory.open(), cluster: 'demo', trust };
    const forger = { store: memory.open(), cluster: 'demo' };
    await makeBackup(repository, A, { own: ['1'] });
    await makeBackup(repository, B, { own: ['2'] });
    await tombstone(forger, A);
    await tombstone(repository, B);
    const D = idOf(4);
    await beginBackup(repository, D, ['5']);
    await failBackup(forger, D);
    memory.passes(8 * DAY);
    expect(await stateOf(repository, A)).toBe('committed');
    expect(await listFailed(repository, { now: new Date(memory.now), ...OPTIONS })).toEqual([]);
    await writeLease(forger, {
      ...{ format: 1, backupId: B, holder: 'h' },
      expiresAt: new Date(memory.now + DAY).toISOString(),
    });
    await writeHold(forger, { kind: 'backup', id: B, change: 'held', reason: 'mine' });
    await writePolicies(forger, { policies: { keep: { last: 1 } }, kalpaVersion: '0.1.0' });
    expect(await newestPolicies(repository)).toBeUndefined();
    expect((await sweep(repository, OPTIONS)).swept).toEqual([B]);
    expect(memory.keys()).toContain(fileOf(A, '1'));
    // The name of the first tombstone is taken: the real one has the next.
    await tombstone(repository, A);
    expect(await stateOf(repository, A)).toBe('deleted');
  });

  it('removes what never became a backup, despite an unsigned tombstone', async () => {
    const memory = new MemoryStore();
    const repository = { store: memory.open(), cluster: 'demo', trust };
    const D = idOf(4);
    await beginBackup(repository, D, ['5']);
    await failBackup(repository, D);
    await tombstone({ store: memory.open(), cluster: 'demo' }, D);
    memory.passes(8 * DAY);
    const failed = async () => await listFailed(repository, { now: new Date(memory.now), ...OPTIONS });
    expect((await failed()).map(({ id }) => id)).toEqual([D]);
    await tombstone(repository, D);
    expect(await failed()).toEqual([]);
    // Given back it is what it was: no backup.
    await undelete(repository, { kind: 'backup', id: D, ...said });
    expect((await failed()).map(({ id }) => id)).toEqual([D]);
    await tombstone(repository, D);
    memory.passes(8 * DAY);
    expect((await sweep(repository, OPTIONS)).swept).toEqual([D]);
    expect(memory.keys(layout.backup('demo', D))).toEqual([]);
  });

  it('believes no signed record that was copied to another name', async () => {
    const memory = new MemoryStore();
    const repository = { store: memory.open(), cluster: 'demo', trust };
    await makeBackup(repository, A, { own: ['1'] });
    await makeBackup(repository, B, { own: ['2'] });
    await tombstone(repository, B);
    const stone = await repository.store.read(layout.deletion('demo', 'backup', B, 1));
    memory.put(layout.deletion('demo', 'backup', A, 1), stone);
    await undelete(repository, { kind: 'backup', id: B, ...said });
    memory.put(layout.deletion('demo', 'backup', B, 3), stone);
    expect([await stateOf(repository, A), await stateOf(repository, B)]).toEqual(['committed', 'committed']);
  });
});

describe('policies', () => {
  it('are recorded when they change, the newest counts', async () => {
    const repository = { store: new MemoryStore().open(), cluster: 'demo' };
    const write = async (n: number) =>
      await writePolicies(repository, { policies: { keep: { last: n } }, kalpaVersion: '0.1.0' });
    expect((await write(1)).at).toBe((await write(1)).at);
    const second = await write(2);
    expect(await newestPolicies(repository)).toEqual(second);
    await write(1);
    expect((await newestPolicies(repository))?.policies).toEqual({ keep: { last: 1 } });
  });
});
