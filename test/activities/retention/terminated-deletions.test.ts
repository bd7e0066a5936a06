import {
  changeOf,
  compactSchedules,
  deletionOf,
  layout,
  newestSchedules,
  readBackup,
  readFilesOf,
  writeSchedule,
  writeVerification,
  type ClusterStore,
} from '../../../src/repository';
import type { ObjectStore } from '../../../src/transfer';
import { DAY, fileOf, idOf, makeBackup, OPTIONS } from '../../repository/retention/kept-backups';
import { MemoryStore } from '../../support/store/memory-store';
import { activitiesOn, chain, control, named, planned, states, three, type Acts, type World } from './retention-world';

jest.mock('@temporalio/activity', () => ({
  ...jest.requireActual<object>('@temporalio/activity'),
  cancellationSignal: () => control.stop.signal,
  activityInfo: () => ({ workflowExecution: { workflowId: 'restore/1' } }),
  heartbeat: () => undefined,
  log: { info: () => undefined, warn: () => undefined },
}));

const [A, B, C, D] = [idOf(1), idOf(2), idOf(3), idOf(4)];
const KILLED = 'killed';

/** Requests from the `at`th on fail: the process is gone, and its run is terminated before another attempt. */
function dyingAt(memory: MemoryStore, at: number): { store: ObjectStore; asked: () => number } {
  let n = 0;
  const store = memory.open(() => {
    n += 1;
    if (n >= at) throw new Error(KILLED);
  });
  return { store, asked: () => n };
}

/** What becomes of a step whose run is terminated where its worker dies; other ends are mistakes. */
const orKilled = async (step: Promise<unknown>): Promise<void> => {
  await step.catch((error: Error) => {
    expect(error.message).toBe(KILLED);
  });
};

/** The next run of `applyRetention`, by its own workflow id; what its sweep has to wait for. */
async function nextRun(
  { on, memory }: World,
  workflowId: string,
): Promise<Awaited<ReturnType<Acts['sweepRepository']>>> {
  const acts = on(memory.open());
  const next = { ...chain, workflowId };
  const { plan } = await acts.planRetention({ chain: next });
  await acts.deletePlanned({ chain: next, plan });
  return await acts.sweepRepository();
}

/** Content of everything that a restore of a backup reads. */
async function contentOf(repository: ClusterStore, id: string): Promise<Record<string, string>> {
  const { header } = await readBackup(repository, id);
  const content: Record<string, string> = {};
  for await (const { object } of readFilesOf(repository, header))
    content[object] = String(await repository.store.read(object));
  return content;
}

const changesOf = async (repository: ClusterStore): Promise<(string | undefined)[]> =>
  await Promise.all(
    [A, B, C].map(async (id) => {
      const last = await deletionOf(repository, 'backup', id);
      return last && changeOf(last);
    }),
  );

beforeEach(() => {
  control.stop = new AbortController();
});

describe('26.5: a deletion whose run is terminated', () => {
  it('wherever that is: the next run deletes what is due, its sweep leaves nothing, and what is kept restores', async () => {
    for (let at = 1; ; at += 1) {
      const world = await three();
      const before = await contentOf(world.repository, C);
      const { plan } = await planned(world);
      const { store, asked } = dyingAt(world.memory, at);
      await orKilled(world.on(store).deletePlanned({ chain, plan }));
      await nextRun(world, 'retention/2');
      expect([at, await states(world.repository)]).toEqual([at, ['deleted', 'deleted', 'committed']]);
      world.memory.passes(8 * DAY);
      expect([at, await nextRun(world, 'retention/3')]).toEqual([
        at,
        expect.objectContaining({ swept: 2, waiting: [] }),
      ]);
      for (const id of [A, B]) expect([at, world.memory.keys(layout.backup('demo', id))]).toEqual([at, []]);
      expect(await contentOf(world.repository, C)).toEqual(before);
      if (asked() < at) return;
    }
  });

  it('by name, wherever that is: it is deleted or not, and the next sweep brings to an end which of both it is', async () => {
    const ends = new Set<string>();
    for (let at = 1; ; at += 1) {
      const world = await three('none');
      const before = await contentOf(world.repository, B);
      const { store, asked } = dyingAt(world.memory, at);
      await orKilled(world.on(store).deleteNamed(named(A)));
      world.memory.passes(8 * DAY);
      await nextRun(world, 'retention/2');
      const [change] = await changesOf(world.repository);
      ends.add(String(change));
      // B needs one of its files, which stays with that.
      const left = change === undefined ? [fileOf(A, '1'), fileOf(A, '2')] : [fileOf(A, '2')];
      const data = world.memory.keys(layout.backup('demo', A)).filter((key) => key.includes('/data/'));
      expect([at, data]).toEqual([at, left]);
      expect(await contentOf(world.repository, B)).toEqual(before);
      if (asked() < at) break;
    }
    expect([...ends].sort()).toEqual(['sweeping', 'undefined']);
  });

  /** Two people delete A and B at the same moment, and neither run looks again: both workers die, both runs end. */
  const twoUnseen = async (world: World): Promise<void> => {
    const dead = new Set<string>();
    const mortal = (name: string, atTombstone: () => Promise<void>): ObjectStore => {
      const plain = world.memory.open(() => {
        if (dead.has(name)) throw new Error(KILLED);
      });
      return {
        ...plain,
        create: async (...given) => {
          if (given[0].startsWith(layout.deletions('demo', 'backup'))) await atTombstone();
          const made = await plain.create(...given);
          dead.add(name);
          return made;
        },
      };
    };
    const second = (): Promise<void> =>
      orKilled(
        world
          .on(mortal('second', () => Promise.resolve()))
          .deleteNamed({ ...named(B), chain: { ...chain, workflowId: 'delete/2' } }),
      );
    await orKilled(world.on(mortal('first', second)).deleteNamed(named(A)));
    expect(await states(world.repository)).toEqual(['deleted', 'deleted', 'committed']);
  };

  it('before it looks again, as is another one of the same moment: the sweep removes no more than the policies allow', async () => {
    const world = await three({ minimumCopies: 2 });
    await planned(world); // records the policies
    const before = await contentOf(world.repository, B);
    await twoUnseen(world);
    world.memory.passes(8 * DAY);
    const { swept, waiting } = await nextRun(world, 'retention/2');
    expect(swept).toBe(0);
    expect(waiting).toEqual([
      {
        backupId: B,
        because: expect.stringMatching(
          /^a promise of the policies would be broken: 1 backups of ysql\.orders would be left, and at least 2 .*kalpa undelete/,
        ) as string,
      },
      { backupId: A, because: expect.stringContaining(`needed by ${B}`) as string },
    ]);
    const acts = world.on(world.memory.open());
    await acts.undeleteNamed(named(B));
    expect(await contentOf(world.repository, B)).toEqual(before);
  });

  it('before it looks again: what the sweep kept goes once a newer backup exists, and nothing stays', async () => {
    const world = await three({ minimumCopies: 2 });
    await planned(world);
    await twoUnseen(world);
    world.memory.passes(8 * DAY);
    for (let times = 0; times < 2; times += 1)
      expect(await nextRun(world, `retention/${times}`)).toMatchObject({
        swept: 0,
        waiting: [{ backupId: B }, { backupId: A }],
      });
    await makeBackup(world.repository, D, { own: ['5'] });
    expect(await nextRun(world, 'retention/9')).toMatchObject({ swept: 2, waiting: [] });
    for (const id of [A, B]) expect(world.memory.keys(layout.backup('demo', id))).toEqual([]);
  });

  it('what was deleted when others were good stays, if those turn out to be damaged before the grace is over', async () => {
    const world = await three('none');
    const acts = world.on(world.memory.open());
    await acts.deleteNamed(named(A));
    await acts.deleteNamed(named(B));
    world.memory.passes(DAY);
    await writeVerification(world.repository, {
      ...{ format: 1, backupId: C, level: 'full', ok: false, problems: ['an object is missing'] },
      verifiedAt: new Date(world.memory.now).toISOString(),
    });
    world.memory.passes(8 * DAY);
    expect(await acts.sweepRepository()).toMatchObject({ swept: 0, waiting: [{ backupId: B }, { backupId: A }] });
    expect(world.memory.keys()).toContain(fileOf(B, '3'));
  });
});

describe.each([
  ['killed', 'a plain bucket', {}],
  ['cancelled', 'a bucket with versions', { versioned: true }],
] as const)('26.5: a sweep that is %s, on %s', (how, _, traits) => {
  const MANY = Array.from({ length: 1_010 }, (_, n) => `f${n}`);
  const cron = (scheduleId: string, at: string) => ({
    scheduleId,
    schedule: { scheduleId, operation: 'backUpDatabase', input: { database: 'ysql.orders' }, cron: at },
    kalpaVersion: '0.1.0',
  });

  /** More objects than one request removes, schedules that were replaced, and one backup that is kept. */
  const due = async (): Promise<{ memory: MemoryStore; repository: ClusterStore }> => {
    const memory = new MemoryStore(traits);
    const repository = { store: memory.open(), cluster: 'demo' };
    await makeBackup(repository, A, { own: MANY });
    await makeBackup(repository, B, { own: ['1'], others: { [A]: MANY.slice(0, 3) } });
    for (const at of ['0 1 * * *', '0 2 * * *', '0 3 * * *']) {
      await writeSchedule(repository, cron('nightly', at));
      memory.passes(1_000);
    }
    await activitiesOn(memory.open(), undefined).deleteNamed(named(A));
    memory.passes(OPTIONS.graceMs + DAY);
    return { memory, repository };
  };
  const swept = async (memory: MemoryStore) => await activitiesOn(memory.open(), undefined).sweepRepository();

  it('in the middle of a batch, or of the compaction of schedules: the next one ends it, and all content is as before', async () => {
    const well = await due();
    await swept(well.memory);
    const { schedules } = await newestSchedules(well.repository);
    const content = await contentOf(well.repository, B);
    expect(Object.keys(content)).toHaveLength(4);
    expect(await compactSchedules(well.repository, { graceMs: OPTIONS.graceMs })).toMatchObject({ objects: 0 });
    let steps = 0;
    for (let at = 1; ; at += 1) {
      const { memory, repository } = await due();
      let n = 0;
      control.stop = new AbortController();
      const dying = memory.open(() => {
        n += 1;
        if (n < at) return;
        if (how === 'killed') throw new Error(KILLED);
        control.stop.abort(new Error(KILLED));
      });
      await orKilled(activitiesOn(dying, undefined).sweepRepository());
      expect(await contentOf(repository, B)).toEqual(content);
      expect((await newestSchedules(repository)).schedules).toEqual(schedules);
      control.stop = new AbortController();
      await swept(memory);
      expect([at, memory.everything()]).toEqual([at, well.memory.everything()]);
      expect(await contentOf(repository, B)).toEqual(content);
      if (n < at) break;
      steps = at;
    }
    expect(steps).toBeGreaterThan(15);
  }, 120_000);
});
