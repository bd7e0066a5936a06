import { readBackup, sweep, undelete, layout, listDeletions, changeOf } from '../../../src/repository';
import { MemoryStore } from '../../support/store/memory-store';
import { DAY, fileOf, idOf, makeBackup, OPTIONS, said, stateOf, three, tombstone } from './kept-backups';

const [A, B, C] = [idOf(1), idOf(2), idOf(3)];

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
