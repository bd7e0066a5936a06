import { takeLease } from '../../../src/activities/control/lookup/take-lease';
import { timingInMs, timingSchema, type Policies } from '../../../src/contract';
import {
  deletionOf,
  layout,
  listHolds,
  newestPolicies,
  readBackup,
  writeLease,
  writePolicies,
  writeTombstone,
} from '../../../src/repository';
import { DAY, beginBackup, fileOf, idOf } from '../../repository/retention/kept-backups';
import {
  chain,
  control,
  deleting,
  named,
  pausing,
  planned,
  states,
  three,
  type Acts,
  type World,
} from './retention-world';

jest.mock('@temporalio/activity', () => ({
  ...jest.requireActual<object>('@temporalio/activity'),
  cancellationSignal: () => control.stop.signal,
  activityInfo: () => ({ workflowExecution: { workflowId: 'restore/1' } }),
  heartbeat: () => undefined,
  log: { info: () => undefined, warn: () => undefined },
}));

const [A, B, C] = [idOf(1), idOf(2), idOf(3)];

/** Each activity: what stands before it, and what it does. The answer is compared, too. */
const ACTIVITIES: Record<string, (world: World) => Promise<(acts: Acts) => Promise<unknown>>> = {
  planRetention: async () => await Promise.resolve(async (acts: Acts) => await acts.planRetention({ chain })),
  deletePlanned: deleting,
  deleteNamed: async () => await Promise.resolve(async (acts: Acts) => await acts.deleteNamed(named(B))),
  undeleteNamed: async ({ memory, on }) => {
    await on(memory.open()).deleteNamed(named(B));
    return async (acts) => await acts.undeleteNamed(named(B));
  },
  'changeHold: held': async () =>
    await Promise.resolve(async (acts: Acts) => await acts.changeHold({ ...named(B), change: 'held' })),
  'changeHold: released': async ({ memory, on }) => {
    await on(memory.open()).changeHold({ ...named(B), change: 'held' });
    return async (acts) => await acts.changeHold({ ...named(B), change: 'released' });
  },
  sweepRepository: async (world) => {
    await (
      await deleting(world)
    )(world.on(world.memory.open()));
    world.memory.passes(8 * DAY);
    return async (acts) => await acts.sweepRepository();
  },
};
/** What a sweep tells is of one attempt; all others tell the same whatever came before. */
const TELLS_ITS_OWN = 'sweepRepository';

describe('26.2: the activities of retention', () => {
  beforeEach(() => {
    control.stop = new AbortController();
  });

  /** What is there, and what was answered, when all goes well. */
  const undisturbed = async (name: string) => {
    const world = await three();
    const act = await ACTIVITIES[name]!(world);
    const answer = await act(world.on(world.memory.open()));
    return { answer, keys: world.memory.keys() };
  };

  it.each(Object.keys(ACTIVITIES))('%s run twice does once what it does, and answers the same', async (name) => {
    const well = await undisturbed(name);
    const world = await three();
    const act = await ACTIVITIES[name]!(world);
    await act(world.on(world.memory.open()));
    const answer = await act(world.on(world.memory.open()));
    expect(world.memory.keys()).toEqual(well.keys);
    if (name !== TELLS_ITS_OWN) expect(answer).toEqual(well.answer);
  });

  it.each(Object.keys(ACTIVITIES).flatMap((name) => [[name, 'killed'] as const, [name, 'cancelled'] as const]))(
    '%s %s at any request: the next attempt ends what it began',
    async (name, how) => {
      const well = await undisturbed(name);
      for (let at = 1; ; at += 1) {
        control.stop = new AbortController();
        const world = await three();
        const act = await ACTIVITIES[name]!(world);
        let n = 0;
        const dying = world.memory.open(() => {
          n += 1;
          if (how === 'cancelled' && n === at) control.stop.abort(new Error('CANCELLED'));
          if (how === 'killed' && n >= at) throw new Error('killed');
        });
        const ended = await act(world.on(dying)).then(
          () => true,
          (error: Error) => {
            expect(error.message).toMatch(/killed|CANCELLED|abort/i);
            return false;
          },
        );
        const asked = n;
        control.stop = new AbortController();
        const answer = await act(world.on(world.memory.open()));
        expect([at, world.memory.keys()]).toEqual([at, well.keys]);
        if (name !== TELLS_ITS_OWN) expect([at, answer]).toEqual([at, well.answer]);
        if (ended && asked < at) return;
      }
    },
  );

  it.each(Object.keys(ACTIVITIES))('%s whose replies are lost: what it did counts', async (name) => {
    const well = await undisturbed(name);
    for (let at = 1; ; at += 1) {
      const world = await three();
      const act = await ACTIVITIES[name]!(world);
      const plain = world.memory.open();
      let n = 0;
      const losing = { ...plain };
      for (const operation of ['create', 'delete'] as const)
        losing[operation] = (async (...given: never[]) => {
          const answer = await (plain[operation] as (...all: never[]) => Promise<unknown>)(...given);
          if ((n += 1) === at) throw new Error('lost');
          return answer;
        }) as never;
      await act(world.on(losing)).catch(() => undefined);
      const answer = await act(world.on(world.memory.open()));
      expect([at, world.memory.keys()]).toEqual([at, well.keys]);
      if (name !== TELLS_ITS_OWN) expect([at, answer]).toEqual([at, well.answer]);
      if (n < at) return;
    }
  });

  it('a plan is made and carried out: the last backup and what it needs stay; the policies and the caller are recorded', async () => {
    const world = await three();
    const { kept, deleted, first, plan } = await planned(world);
    expect({ kept, deleted }).toEqual({ kept: 1, deleted: 2 });
    expect(first.map(({ backupId, decision }) => [backupId, decision])).toEqual([
      [B, 'delete'],
      [A, 'delete'],
      [C, 'keep'],
    ]);
    expect(await newestPolicies(world.repository)).toMatchObject({ policies: { keep: { last: 1 } }, by: 'ines@host' });
    const acts = world.on(world.memory.open());
    await expect(acts.deletePlanned({ chain, plan })).resolves.toEqual({ deleted: 2 });
    expect(await states(world.repository)).toEqual(['deleted', 'deleted', 'committed']);
    expect((await deletionOf(world.repository, 'backup', A))?.record).toMatchObject({
      ...{ reason: 'retention: no rule keeps it', workflowId: chain.workflowId, by: 'ines@host' },
    });
    await expect(acts.sweepRepository()).resolves.toMatchObject({
      swept: 0,
      waiting: [{ backupId: A }, { backupId: B }],
    });
  });

  it('the janitor checks every plan: a backup stays if it changed meanwhile, was not shown, or is kept by the policies', async () => {
    const world = await three();
    const { plan } = await planned(world);
    const acts = world.on(world.memory.open());
    await acts.changeHold({ ...named(A), change: 'held' }); // after the plan
    const only = {
      ...(await world.on(world.memory.open()).planRetention({ chain: { ...chain, workflowId: 'x' } })).plan,
    };
    await expect(acts.deletePlanned({ chain, plan, shown: only })).resolves.toEqual({ deleted: 1 });
    expect(await states(world.repository)).toEqual(['committed', 'deleted', 'committed']);
  });

  it('a promise that would be broken refuses one deletion by name', async () => {
    const world = await three({ keep: { last: 1 }, minimumCopies: 3 });
    await planned(world); // records the policies
    const acts = world.on(world.memory.open());
    await expect(acts.deleteNamed(named(A))).rejects.toMatchObject({
      type: 'PromiseBroken',
      message: expect.stringContaining('2 backups of ysql.orders would be left, and at least 3 must be kept') as string,
    });
    expect(await states(world.repository)).toEqual(['committed', 'committed', 'committed']);
  });

  /** One deletes while another one is at one of its requests; both by people of their own. */
  const together = async (
    at: number,
    { policies, first }: { policies: Policies; first: string },
    second: (acts: Acts) => Promise<unknown>,
  ) => {
    const world = await three(policies);
    await planned(world);
    const other = { ...chain, workflowId: 'delete/2' };
    let end: Promise<string> | undefined;
    const how = (done: Promise<unknown>) =>
      done.then(
        () => 'deleted',
        (error: { type?: string }) => error.type ?? 'no type',
      );
    let asked = 0;
    const paused = pausing(world.memory.open(), async () => {
      if ((asked += 1) === at) await (end = how(second(world.on(world.memory.open()))));
    });
    const ends = [await how(world.on(paused).deleteNamed({ ...named(first), chain: other })), await end];
    return { world, ends, asked };
  };

  it('two that are deleted at the same moment by two people break no promise: one of them, or both, are revoked', async () => {
    const seen = new Set<string>();
    for (let at = 1; ; at += 1) {
      const { world, ends, asked } = await together(at, { policies: { minimumCopies: 2 }, first: A }, (acts) =>
        acts.deleteNamed(named(B)),
      );
      if (asked < at) break;
      const left = (await states(world.repository)).filter((state) => state === 'committed').length;
      expect([at, left]).toEqual([at, ends.includes('deleted') ? 2 : 3]);
      expect(ends.filter((end) => end !== 'deleted' && end !== 'PromiseBroken')).toEqual([]);
      expect(ends).toContain('PromiseBroken');
      seen.add(ends.join());
    }
    expect([...seen].sort()).toEqual(['PromiseBroken,deleted', 'deleted,PromiseBroken']);
  });

  it('policies that are recorded during a deletion bind it, for as long as nothing is deleted yet', async () => {
    const ends = new Set<string>();
    for (let at = 1; ; at += 1) {
      const world = await three('none');
      let [asked, before] = [0, false];
      const paused = pausing(world.memory.open(), async () => {
        if ((asked += 1) !== at) return;
        before = (await deletionOf(world.repository, 'backup', A)) === undefined;
        await writePolicies(world.repository, { policies: { minimumCopies: 3 }, kalpaVersion: '1' });
      });
      const end = await world
        .on(paused)
        .deleteNamed(named(A))
        .then(
          () => 'deleted',
          (error: { type?: string }) => error.type,
        );
      if (asked < at) break;
      if (before) expect([at, end]).toEqual([at, 'PromiseBroken']);
      expect([at, (await states(world.repository))[0]]).toEqual([at, end === 'deleted' ? 'deleted' : 'committed']);
      ends.add(String(end));
    }
    expect(ends).toContain('PromiseBroken');
  });

  it('a plan carried out during a manual deletion breaks none, either', async () => {
    // By the plan the newest one stays alone, which someone deletes, since two others are there.
    const policies: Policies = { keep: { last: 1 }, minimumCopies: 1 };
    for (let at = 1; ; at += 1) {
      const { world, ends, asked } = await together(at, { policies, first: C }, async (acts) => {
        const { plan } = await acts.planRetention({ chain });
        await acts.deletePlanned({ chain, plan });
      });
      if (asked < at) break;
      expect([at, await states(world.repository)]).toEqual([at, expect.arrayContaining(['committed'])]);
      expect(ends.filter((end) => end !== 'deleted' && end !== 'PromiseBroken')).toEqual([]);
    }
  });

  it('killed while it undeletes, it resumes there', async () => {
    for (let killedAt = 1; ; killedAt += 1) {
      const world = await three({ minimumCopies: 2 });
      await planned(world);
      const acts = world.on(world.memory.open());
      const other = { ...chain, workflowId: 'delete/2' };
      // As it is when both had looked before either had written.
      await writeTombstone(world.repository, { kind: 'backup', id: A, reason: 'x', workflowId: other.workflowId });
      await writeTombstone(world.repository, { kind: 'backup', id: B, reason: 'x', workflowId: chain.workflowId });
      let n = 0;
      const dying = world.memory.open(() => {
        if ((n += 1) >= killedAt) throw new Error('killed');
      });
      await world
        .on(dying)
        .deleteNamed(named(B))
        .catch(() => undefined);
      await expect(acts.deleteNamed(named(B))).rejects.toMatchObject({ type: 'PromiseBroken' });
      expect(await states(world.repository)).toEqual(['deleted', 'committed', 'committed']);
      if (n < killedAt) return;
    }
  });

  it('what is held, read, being made, or unknown is not deleted by name, and the refusal says what to do', async () => {
    const world = await three();
    const acts = world.on(world.memory.open());
    await acts.changeHold({ ...named(A), change: 'held' });
    await expect(acts.deleteNamed(named(A))).rejects.toMatchObject({
      type: 'PromiseBroken',
      message: expect.stringMatching(/is held by ines@host \(a test\).*kalpa release/) as string,
    });
    const expiresAt = new Date(world.memory.now + DAY).toISOString();
    await writeLease(world.repository, { format: 1, backupId: B, holder: 'restore/1', expiresAt });
    await expect(acts.deleteNamed(named(B))).rejects.toMatchObject({
      type: 'DatabaseBusy',
      details: [{ workflowId: 'restore/1' }],
    });
    for (const holder of ['restore/elsewhere', 'restore/ended'])
      await writeLease(world.repository, { format: 1, backupId: C, holder, expiresAt });
    // Two readers, of which one may be another Temporal's: the lease counts.
    await expect(acts.deleteNamed(named(C))).rejects.toMatchObject({
      type: 'DatabaseBusy',
      details: [{ workflowId: 'restore/elsewhere' }],
    });
    const D = idOf(4);
    await beginBackup(world.repository, D, ['5']);
    await expect(acts.deleteNamed(named(D))).rejects.toMatchObject({ type: 'PreflightFailed' });
    await expect(acts.deleteNamed(named(idOf(5)))).rejects.toMatchObject({ type: 'NotFound' });
    await expect(acts.changeHold({ ...named(B), change: 'released' })).rejects.toMatchObject({ kind: 'NotFound' });
    expect(await states(world.repository)).toEqual(['committed', 'committed', 'committed', 'running']);
  });

  it('a backup read by a run that has ended can be deleted by name, and its files stay as long as the lease', async () => {
    const world = await three();
    const acts = world.on(world.memory.open());
    const expiresAt = new Date(world.memory.now + 9 * DAY).toISOString();
    await writeLease(world.repository, { format: 1, backupId: C, holder: 'restore/ended', expiresAt });
    await acts.deleteNamed(named(C));
    world.memory.passes(8 * DAY);
    await expect(acts.sweepRepository()).resolves.toMatchObject({ swept: 0 });
    world.memory.passes(2 * DAY);
    await expect(acts.sweepRepository()).resolves.toMatchObject({ swept: 1 });
  });

  it("a deleted backup can't be held, and a swept one can't be undeleted", async () => {
    const world = await three();
    const acts = world.on(world.memory.open());
    await acts.deleteNamed(named(C));
    await expect(acts.changeHold({ ...named(C), change: 'held' })).rejects.toMatchObject({ type: 'PreflightFailed' });
    world.memory.passes(8 * DAY);
    await expect(acts.sweepRepository()).resolves.toMatchObject({ swept: 1 });
    await expect(acts.undeleteNamed(named(C))).rejects.toMatchObject({
      message: expect.stringMatching(/kalpa backups/) as string,
    });
    expect(world.memory.keys(layout.backup('demo', C))).toEqual([]);
    expect((await readBackup(world.repository, B)).header.backupId).toBe(B);
    expect(world.memory.keys()).toContain(fileOf(A, '2'));
    expect((await listHolds(world.repository, 'backup')).size).toBe(0);
  });

  it('with the timings of production the lease of one step of a restore lasts 48 hours and longer: no deletion by name, no sweep', async () => {
    const world = await three();
    const acts = world.on(world.memory.open());
    const production = timingInMs(timingSchema.parse({}));
    await acts.deleteNamed(named(C)); // before the restore looked
    const dependencies = { repository: world.repository, timing: production };
    world.memory.passes(6 * DAY);
    for (const id of [B, C]) await takeLease(dependencies, { kind: 'backup', id, cluster: 'demo' });
    world.memory.passes(2 * DAY);
    await expect(acts.deleteNamed(named(B))).rejects.toMatchObject({ type: 'DatabaseBusy' });
    await expect(acts.sweepRepository()).resolves.toMatchObject({
      ...{ swept: 0, waiting: [{ backupId: C, because: expect.stringContaining('restore/1 reads it') as string }] },
    });
    expect(world.memory.keys()).toContain(fileOf(C, '4'));
    await takeLease(dependencies, { kind: 'backup', id: C, cluster: 'demo' }); // a later step renews it
    world.memory.passes(2 * DAY);
    await expect(acts.sweepRepository()).resolves.toMatchObject({ swept: 0 });
    world.memory.passes(2 * DAY);
    await expect(acts.sweepRepository()).resolves.toMatchObject({ swept: 1 });
    await expect(acts.deleteNamed(named(B))).resolves.toMatchObject({ database: 'ysql.orders' });
  });

  it('without policies everything is kept, and policies that can not be understood delete nothing', async () => {
    const world = await three('none');
    await expect(planned(world)).resolves.toMatchObject({ kept: 3, deleted: 0, warnings: [] });
    expect(await newestPolicies(world.repository)).toBeUndefined();
    const strange = await three({ keep: { fortnightly: 3 } } as unknown as Policies);
    await expect(planned(strange)).rejects.toMatchObject({
      kind: 'ManifestInvalid',
      message: expect.stringContaining("can't be understood by this version") as string,
    });
  });
});
