import {
  listBackups,
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
  listDeletions,
  changeOf,
  trustOf,
  newSigningKey,
  writePolicies,
  newestPolicies,
  tooLate,
  type ClusterStore,
} from '../../../src/repository';
import { MemoryStore } from '../../support/store/memory-store';
import { beginBackup, DAY, failBackup, fileOf, HOUR, idOf, makeBackup, OPTIONS } from './kept-backups';

const [A, B, C] = [idOf(1), idOf(2), idOf(3)];
const said = { reason: 'not needed any more', by: 'ines' };
const tombstone = async (repository: ClusterStore, id: string) =>
  await writeTombstone(repository, { kind: 'backup', id, ...said });
const stateOf = async (repository: ClusterStore, id: string) =>
  (await listBackups(repository)).find(({ backupId }) => backupId === id)?.state;

/** A has two files, one of which B needs; C stands alone. */
async function three(memory = new MemoryStore()): Promise<{ memory: MemoryStore; repository: ClusterStore }> {
  const repository = { store: memory.open(), cluster: 'demo' };
  await makeBackup(repository, A, { own: ['1', '2'] });
  await makeBackup(repository, B, { own: ['3'], others: { [A]: ['2'] } });
  await makeBackup(repository, C, { own: ['4'] });
  return { memory, repository };
}

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

describe('a janitor that is killed', () => {
  it('at any request: the next one ends what it began, and no kept backup loses anything', async () => {
    const needed = [fileOf(A, '2'), fileOf(B, '3')];
    let steps = 0;
    for (let killedAt = 1; ; killedAt += 1) {
      const { memory, repository } = await three();
      await tombstone(repository, A);
      await tombstone(repository, C);
      memory.passes(8 * DAY);
      let n = 0;
      const dying = memory.open(() => {
        n += 1;
        if (n >= killedAt) throw new Error('killed');
      });
      const ended = await sweep({ store: dying, cluster: 'demo' }, OPTIONS).then(
        () => true,
        () => false,
      );
      await sweep(repository, OPTIONS);
      expect(memory.keys(layout.backup('demo', C))).toEqual([]);
      expect(memory.keys(layout.backup('demo', A))).toEqual([fileOf(A, '2')]);
      expect(memory.keys()).toEqual(expect.arrayContaining(needed));
      expect((await readBackup(repository, B)).header.backupId).toBe(B);
      expect(changeOf((await listDeletions(repository, 'backup')).get(C) as never)).toBe('swept');
      if (ended) {
        steps = killedAt;
        break;
      }
    }
    expect(steps).toBeGreaterThan(20);
  });

  it('whose replies are lost: what it did counts', async () => {
    for (let lostAt = 1; lostAt <= 40; lostAt += 1) {
      const { memory, repository } = await three();
      await tombstone(repository, C);
      memory.passes(8 * DAY);
      const plain = memory.open();
      let n = 0;
      const losing = { ...plain };
      for (const name of ['create', 'delete'] as const)
        losing[name] = (async (...given: never[]) => {
          const answer = await (plain[name] as (...all: never[]) => Promise<unknown>)(...given);
          if ((n += 1) === lostAt) throw new Error('lost');
          return answer;
        }) as never;
      await sweep({ store: losing, cluster: 'demo' }, OPTIONS).catch(() => undefined);
      await sweep(repository, OPTIONS);
      expect(memory.keys(layout.backup('demo', C))).toEqual([]);
      expect(changeOf((await listDeletions(repository, 'backup')).get(C) as never)).toBe('swept');
      if (n < lostAt) return;
    }
    throw new Error('more requests than were looked at');
  });

  it('two at once, during an undelete: the backup is whole, or gone', async () => {
    for (let at = 0; at < 30; at += 1) {
      const { memory, repository } = await three();
      await tombstone(repository, C);
      memory.passes(8 * DAY);
      let n = 0;
      let back: Promise<boolean> | undefined;
      const store = memory.open(() => {
        if (n++ === at)
          back = undelete(repository, { kind: 'backup', id: C, ...said }).then(
            () => true,
            () => false,
          );
      });
      await Promise.all([sweep({ store, cluster: 'demo' }, OPTIONS), sweep(repository, OPTIONS)]);
      const given = await back;
      if (given === true) {
        expect(await stateOf(repository, C)).toBe('committed');
        expect(memory.keys()).toContain(fileOf(C, '4'));
      } else {
        await sweep(repository, OPTIONS);
        expect(memory.keys(layout.backup('demo', C))).toEqual([]);
      }
    }
  });
});

describe('a sweep that was held up', () => {
  /** Requests of a whole sweep: each is a place to be held up at. */
  const requests = async (): Promise<number> => {
    const { memory, repository } = await three();
    await tombstone(repository, C);
    memory.passes(8 * DAY);
    let n = 0;
    await sweep({ ...repository, store: memory.open(() => (n += 1)) }, OPTIONS);
    return n;
  };

  it('at any request: a grace that started over meanwhile is kept, and so is what was referred to meanwhile', async () => {
    const most = await requests();
    expect(most).toBeGreaterThan(15);
    for (let at = 1; at <= most; at += 1) {
      const { memory, repository } = await three();
      const D = idOf(4);
      await tombstone(repository, C);
      memory.passes(8 * DAY);
      let n = 0;
      let meanwhile: Promise<boolean> | undefined;
      const store = memory.open(() => {
        if ((n += 1) !== at) return;
        memory.passes(3 * DAY);
        meanwhile = (async () => {
          try {
            await undelete(repository, { kind: 'backup', id: C, ...said });
          } catch {
            return false; // it was being swept already
          }
          await makeBackup(repository, D, { own: ['5'], others: { [C]: ['4'] } });
          await tombstone(repository, C);
          return true;
        })();
      });
      // The other's requests come first.
      const held = memory.open();
      const slow = Object.fromEntries(
        Object.entries(held).map(([name, of]) => [
          name,
          typeof of !== 'function' || name.startsWith('list') || name === 'close'
            ? (store as never)[name]
            : async (...given: unknown[]) => {
                await meanwhile;
                return await (store as unknown as Record<string, (...all: unknown[]) => Promise<unknown>>)[name]?.(
                  ...given,
                );
              },
        ]),
      );
      await sweep({ store: slow as never, cluster: 'demo' }, OPTIONS);
      if (!(await meanwhile)) continue;
      expect([at, changeOf((await listDeletions(repository, 'backup')).get(C) as never)]).toEqual([at, 'deleted']);
      expect(memory.keys()).toContain(fileOf(C, '4'));
    }
  });

  it('for longer than half of what a backup may run removes nothing more; the next one continues', async () => {
    const most = await requests();
    for (let at = 1; at <= most; at += 1) {
      const { memory, repository } = await three();
      await tombstone(repository, C);
      memory.passes(8 * DAY);
      let n = 0;
      let heldUp = false;
      const removedLate: string[] = [];
      const store = memory.open((operation, key) => {
        if ((n += 1) === at) {
          memory.passes(2 * DAY);
          heldUp = operation !== 'delete';
        } else if (operation === 'delete' && heldUp) removedLate.push(key);
      });
      await sweep({ store, cluster: 'demo' }, OPTIONS);
      // The clock may be read just before it is held up: what is on its way then is removed, and no more.
      expect([at, removedLate.length]).toEqual([at, Math.min(removedLate.length, 1)]);
      await sweep(repository, OPTIONS);
      expect(memory.keys(layout.backup('demo', C))).toEqual([]);
      expect(changeOf((await listDeletions(repository, 'backup')).get(C) as never)).toBe('swept');
    }
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

describe('what was written after the sweep, by a process that had been held up', () => {
  const late = (id: string): string[] => [
    layout.intent('demo', id),
    layout.closedRecord('demo', id, 'failed'),
    fileOf(id, 'late'),
    layout.lease('demo', 'backup', id, new Date('2027-01-01T00:00:00Z'), 'restore/demo/ysql.orders'),
    layout.hold('demo', 'backup', id, 3),
    `${layout.proofs('demo', 'backup', id)}20261101T000000Z-abc-1-ok.json`,
    `${layout.repairsOf('demo', id)}20261101T000000Z-abc-1.json`,
    layout.manifest('demo', id),
  ];

  for (const versioned of [false, true])
    it(`is removed by the next sweep${versioned ? ', with its versions' : ''}, and nothing of others is`, async () => {
      const { memory, repository } = await three(new MemoryStore({ versioned }));
      await tombstone(repository, C);
      memory.passes(8 * DAY);
      expect((await sweep(repository, OPTIONS)).swept).toEqual([C]);
      const before = memory.keys();
      memory.passes(DAY);
      const others = [`${C}-20261101T000000Z-00000f`, `${C}.5-20261101T000000Z-00000f`].map((id) =>
        layout.intent('demo', id),
      );
      for (const key of [...late(C), ...others]) memory.put(key, 'late');
      const { swept, objects, bytes, waiting } = await sweep(repository, OPTIONS);
      expect({ swept, objects, bytes, waiting }).toEqual({ swept: [], objects: 8, bytes: 32, waiting: [] });
      expect(memory.everything().sort()).toEqual([...before, ...others].sort());
      expect(await sweep(repository, OPTIONS)).toMatchObject({ objects: 0, waiting: [] });
    });

  it('is found by each single one of its objects', async () => {
    const { memory, repository } = await three();
    await tombstone(repository, C);
    memory.passes(8 * DAY);
    await sweep(repository, OPTIONS);
    for (const key of late(C)) {
      memory.put(key, 'late');
      expect({ key, ...(await sweep(repository, OPTIONS)) }).toMatchObject({ key, objects: 1, waiting: [] });
    }
  });

  it('waits where it is locked, and says so', async () => {
    const { memory, repository } = await three();
    await tombstone(repository, C);
    memory.passes(8 * DAY);
    await sweep(repository, OPTIONS);
    memory.put(layout.intent('demo', C), 'late');
    memory.locked.add(layout.intent('demo', C));
    expect((await sweep(repository, OPTIONS)).waiting).toEqual([
      { id: C, because: expect.stringContaining('written after it was swept') as string },
    ]);
    memory.locked.clear();
    expect(await sweep(repository, OPTIONS)).toMatchObject({ objects: 1, waiting: [] });
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
