import { createVerificationActivities } from '../../../src/activities/control/verification';
import type { ControlDependencies } from '../../../src/activities/control/dependencies';
import type { ProofLevel } from '../../../src/contract';
import {
  layout,
  listBackups,
  readVerification,
  listVerifications,
  writeTombstone,
  type ClusterStore,
} from '../../../src/repository';
import type { SegmentLine } from '../../../src/repository';
import type { ObjectStore } from '../../../src/transfer';
import { idOf, makeRealBackup } from '../../repository/verification/real-backups';
import { MemoryStore } from '../../support/store/memory-store';

const control = {
  stop: new AbortController(),
  attempt: 1,
  heartbeatDetails: undefined as unknown,
  shown: [] as unknown[],
};
jest.mock('@temporalio/activity', () => ({
  ...jest.requireActual<object>('@temporalio/activity'),
  cancellationSignal: () => control.stop.signal,
  activityInfo: () => ({
    workflowExecution: { workflowId: 'verify/1' },
    attempt: control.attempt,
    heartbeatDetails: control.heartbeatDetails,
  }),
  heartbeat: () => undefined,
  log: { info: () => undefined, warn: () => undefined },
}));
jest.mock('../../../src/activities/heartbeat-interceptor', () => ({
  showProgress: (shown: unknown) => control.shown.push(JSON.parse(JSON.stringify(shown))),
}));

const DAY = 86_400_000;
const [A, B, C] = [idOf(1), idOf(2), idOf(3)];
const timing = { phaseDeadline: 0, leaseTime: 3 * DAY, heartbeatTimeout: 60_000 };
const chainOf = (run: string) => ({ workflowId: `verify/${run}`, firstExecutionRunId: `${run}-run` });

interface World {
  memory: MemoryStore;
  repository: ClusterStore;
  /** Lines of A, the full one, and of B, which refers to all of A but one file. */
  a: SegmentLine[];
  b: SegmentLine[];
}
type Acts = ReturnType<typeof createVerificationActivities>;

const actsOn = (store: ObjectStore): Acts =>
  createVerificationActivities({
    ...{ store, timing, repository: { store, cluster: 'demo' } },
  } as unknown as ControlDependencies);

/** A is full, B an increment of it, C full and without either. */
async function three(): Promise<World> {
  const memory = new MemoryStore();
  const repository = { store: memory.open(), cluster: 'demo' };
  const a = await makeRealBackup(repository, A, {
    own: { '1.sst': 'one of A', '2.sst': 'two of A' },
    packed: { CURRENT: 'MANIFEST-1', 'MANIFEST-1': 'of A' },
  });
  const b = await makeRealBackup(repository, B, {
    own: { '3.sst': 'three of B' },
    refers: a.filter(({ path }) => path !== '2.sst'),
  });
  await makeRealBackup(repository, C, { own: { '4.sst': 'four of C' } });
  return { memory, repository, a, b };
}

const objectOf = (lines: readonly SegmentLine[], path: string): string =>
  lines.find((line) => line.path === path)?.object ?? '';

interface Asked {
  level?: ProofLevel;
  provedWithinMs?: number;
  run?: string;
}

/** As the workflow does it; also the keys of data that were read. */
async function verify(
  { memory }: World,
  backup: string,
  { level = 'full', provedWithinMs = 30 * DAY, run = 'a1' }: Asked = {},
) {
  const read: string[] = [];
  const acts = actsOn(
    memory.open((operation, key) => {
      if (operation === 'read' && /\/(data|packs)\//.test(key)) read.push(key);
    }),
  );
  const chain = chainOf(run);
  const plan = await acts.planVerification({ chain, backup, level, provedWithinMs });
  for (let n = 1; n <= plan.batches.files; n += 1) await acts.checkObjects({ chain, ...plan, n });
  const found = await acts.recordVerification({ chain, plan });
  memory.passes(60_000);
  return { plan, ...found, read };
}

const verdicts = async ({ repository }: World): Promise<Record<string, string>> =>
  Object.fromEntries(
    (await listBackups(repository)).map(({ backupId, verified }) => [
      backupId,
      verified ? `${verified.level} ${verified.ok ? 'ok' : 'bad'}` : '',
    ]),
  );

beforeEach(() => {
  control.stop = new AbortController();
  control.attempt = 1;
  control.heartbeatDetails = undefined;
  control.shown = [];
});

describe('26.4: what a verification finds', () => {
  it('a good backup: every file is read once, and the record says so', async () => {
    const world = await three();
    const { plan, problems, affected, read, record } = await verify(world, A);
    expect({ problems, affected }).toEqual({ problems: [], affected: [] });
    expect(plan).toMatchObject({ objects: 5, provedBytes: 0 }); // four files, one file list
    expect(read.sort()).toEqual([...new Set(world.a.map(({ object }) => object))].sort()); // a pack once
    expect(await verdicts(world)).toEqual({ [A]: 'full ok', [B]: '', [C]: '' });
    expect(record.key).toMatch(new RegExp(`/verifications/${A}/\\d{8}T\\d{6}Z-full-ok\\.json$`));
  });

  it('what was read is not read again, not for an increment either; after its time, or on request, it is', async () => {
    const world = await three();
    await verify(world, A);
    expect((await verify(world, A, { run: 'a2' })).read).toEqual([]);
    const increment = await verify(world, B, { run: 'b1' });
    expect(increment.read).toEqual([objectOf(world.b, '3.sst')]);
    expect(increment.plan.provedBytes).toBe(8 + 14);
    expect((await verify(world, A, { run: 'a3', provedWithinMs: 0 })).read).toHaveLength(3);
    world.memory.passes(31 * DAY);
    expect((await verify(world, A, { run: 'a4' })).read).toHaveLength(3);
    expect(await verdicts(world)).toEqual({ [A]: 'full ok', [B]: 'full ok', [C]: '' });
  });

  it('79: something altered or removed marks each backup that needs it, and no other', async () => {
    const world = await three();
    world.memory.rots(objectOf(world.a, '1.sst'));
    world.memory.loses(objectOf(world.a, '2.sst'));
    const { problems, affected } = await verify(world, A);
    expect(affected).toEqual([A, B]);
    expect(problems).toEqual([
      `${A} can't be restored completely: 2 of its files are missing or damaged.`,
      `${B} can't be restored completely: 1 of its files is missing or damaged.`,
      expect.stringMatching(/1\.sst \(8 bytes\): it is damaged: expected SHA-256 [0-9a-f]{64}, found [0-9a-f]{64}\.$/),
      expect.stringMatching(/2\.sst \(8 bytes\): it is missing\.$/),
    ]);
    expect(await verdicts(world)).toEqual({ [A]: 'full bad', [B]: 'full bad', [C]: '' });
    const [verdict] = await listVerifications(world.repository, 'backup', B);
    const marked = verdict && (await readVerification(world.repository, 'backup', B, verdict));
    expect(marked?.record).toMatchObject({ ok: false, foundBy: A, workflowId: 'verify/a1' });
  });

  it('what is damaged is read at every level, so that no shallower one hides it, and counts as good again once repaired', async () => {
    const world = await three();
    const object = objectOf(world.a, '1.sst');
    world.memory.rots(object);
    await verify(world, A);
    for (const level of ['present', 'sizes'] as const) {
      const again = await verify(world, B, { level, run: `b${level.length}` });
      expect(again.read).toEqual([object, object]); // damaged: looked at twice
      expect(again.affected).toEqual([B, A]);
    }
    world.memory.rots(object); // the same bit again: as it was
    expect(await verify(world, B, { level: 'present', run: 'b9' })).toMatchObject({ problems: [], read: [object] });
    expect((await verify(world, A, { run: 'a9' })).problems).toEqual([]);
    expect(await verdicts(world)).toEqual({ [A]: 'full ok', [B]: 'present ok', [C]: '' });
  });

  it('a shallow level reads nothing and finds what is missing, of another size, or another object', async () => {
    const world = await three();
    expect((await verify(world, A, { level: 'sizes' })).read).toEqual([]);
    world.memory.put(objectOf(world.a, '1.sst'), 'one of Z'); // as large
    world.memory.put(objectOf(world.a, '2.sst'), 'larger than it was');
    world.memory.loses(objectOf(world.a, 'CURRENT'));
    expect((await verify(world, A, { level: 'present', run: 'a2' })).problems).toEqual([
      `${A} can't be restored completely: 2 of its files are missing or damaged.`,
      `${B} can't be restored completely: 2 of its files are missing or damaged.`,
      expect.stringContaining('it is missing'),
      expect.stringContaining('it is missing'),
    ]);
    expect((await verify(world, A, { level: 'sizes', run: 'a3' })).problems.slice(2).sort()).toEqual(
      [
        expect.stringContaining('the object was replaced: expected ETag'),
        expect.stringContaining('it has 18 bytes, expected 8'),
        expect.stringContaining('it is missing'),
        expect.stringContaining('it is missing'),
      ].sort(),
    );
  });

  it('a sample reads the file lists and about a thirtieth, another one each day: all of it in thirty days', async () => {
    const world = await three();
    const own = Object.fromEntries(Array.from({ length: 120 }, (_, i) => [`${i}.sst`, `file ${i}`]));
    const D = idOf(4);
    await makeRealBackup(world.repository, D, { own });
    const seen = new Set<string>();
    for (let day = 0; day < 30; day += 1) {
      const { read } = await verify(world, D, { level: 'sample', run: `d${day}` });
      expect(read.length).toBeLessThan(20);
      for (const key of read) {
        expect(seen.has(key)).toBe(false); // proved within the thirty days
        seen.add(key);
      }
      world.memory.passes(DAY - 60_000);
    }
    expect(seen.size).toBe(120);
  });
});

describe('26.4: a scrub', () => {
  /** One run of the schedule; the keys of data that were read. */
  const scrub = async ({ memory }: World, run: string, { record = true } = {}) => {
    const read: string[] = [];
    const acts = actsOn(
      memory.open((operation, key) => {
        if (operation === 'read' && /\/(data|packs)\//.test(key)) read.push(key);
      }),
    );
    const chain = chainOf(run);
    const plan = await acts.planScrub({ chain, withinMs: 30 * DAY, everyMs: DAY });
    const bad: number[] = [];
    for (let n = 1; n <= plan.batches.files; n += 1)
      if ((await acts.checkObjects({ chain, ...plan, n })).bad > 0) bad.push(n);
    const found =
      record && bad.length > 0 ? await acts.recordScrub({ chain, ...plan, bad }) : { problems: [], affected: [] };
    memory.passes(DAY);
    return { plan, read, ...found };
  };

  it('reads every stored byte within thirty days, about a thirtieth each day, and nothing twice', async () => {
    const world = await three();
    world.memory.now = Date.parse('2026-11-05T00:00:00Z');
    const own = Object.fromEntries(Array.from({ length: 300 }, (_, i) => [`${10 + i}.sst`, `file ${i}`.padEnd(2_000)]));
    const D = idOf(4);
    await makeRealBackup(world.repository, D, { own });
    const seen = new Map<string, number>();
    for (let day = 0; day < 30; day += 1) {
      const { read, plan } = await scrub(world, `s${day}`);
      expect([day, plan.lateBytes]).toEqual([day, 0]);
      if (day < 20) expect([day, plan.read.bytes < plan.bytes / 10]).toEqual([day, true]);
      for (const key of read) seen.set(key, (seen.get(key) ?? 0) + 1);
    }
    const data = world.memory.keys().filter((key) => /\/(data|packs)\//.test(key));
    expect([...seen.keys()].sort()).toEqual(data);
    expect([...seen.values()].filter((times) => times > 2)).toEqual([]); // what belongs to B and A stands once
    const plan = await actsOn(world.memory.open()).planScrub({
      ...{ chain: chainOf('z'), withinMs: 30 * DAY, everyMs: DAY },
    });
    expect(plan).toMatchObject({ backups: 4, lateBytes: 0, warnings: [] });
  });

  it('what a verification has read is not read by it, and what it has read not by a verification', async () => {
    const world = await three();
    for (const [i, id] of [A, B, C].entries()) await verify(world, id, { run: `v${i}` });
    expect((await scrub(world, 's1')).read).toEqual([]);
    world.memory.passes(40 * DAY);
    expect((await scrub(world, 's2')).read).toHaveLength(5);
    expect((await verify(world, B, { run: 'v9' })).read).toEqual([]);
  });

  it('what it finds marks every backup that needs it, once, also if it was killed before it could', async () => {
    const world = await three();
    world.memory.passes(40 * DAY);
    world.memory.rots(objectOf(world.a, '1.sst'));
    world.memory.loses(objectOf(world.a, '2.sst'));
    await scrub(world, 's1', { record: false });
    expect(await verdicts(world)).toEqual({ [A]: '', [B]: '', [C]: '' });
    const { problems, affected } = await scrub(world, 's2');
    expect(affected.sort()).toEqual([A, B]);
    expect(problems).toHaveLength(4);
    expect(await verdicts(world)).toEqual({ [A]: 'scrub bad', [B]: 'scrub bad', [C]: '' });
    const marks = world.memory.keys(layout.verifications('demo'));
    expect(marks).toHaveLength(2);
    expect((await scrub(world, 's3')).affected).toHaveLength(2);
    expect(world.memory.keys(layout.verifications('demo'))).toEqual(marks);
  });

  it('objects of a deleted backup that another one needs are read; objects that none needs are not', async () => {
    const world = await three();
    world.memory.passes(40 * DAY);
    await writeTombstone(world.repository, { kind: 'backup', id: A, reason: 'a test' });
    const { read } = await scrub(world, 's1');
    expect(read).toContain(objectOf(world.a, '1.sst'));
    expect(read).not.toContain(objectOf(world.a, '2.sst'));
  });

  it('a bad object of a deleted backup marks the backups that need it, unless they are deleted, too', async () => {
    const world = await three();
    world.memory.passes(40 * DAY);
    world.memory.rots(objectOf(world.a, '1.sst'));
    await writeTombstone(world.repository, { kind: 'backup', id: A, reason: 'a test' });
    expect((await scrub(world, 's1')).affected).toEqual([B]);
    expect((await verdicts(world))[B]).toBe('scrub bad');
    await writeTombstone(world.repository, { kind: 'backup', id: B, reason: 'a test' });
    expect((await scrub(world, 's2')).affected).toEqual([]);
  });

  it('a damaged file list is found by it, as any object is', async () => {
    const world = await three();
    world.memory.passes(40 * DAY);
    world.memory.rots(
      world.memory.keys().find((key) => key.includes(`/backups/${C}/`) && key.includes('/files/')) ?? '',
    );
    const { affected, plan } = await scrub(world, 's1');
    expect({ affected, warnings: plan.warnings }).toEqual({ affected: [C], warnings: [] });
    expect((await verdicts(world))[C]).toBe('scrub bad');
  });

  it.each(['killed', 'cancelled', 'its reply lost'] as const)(
    'planned or recorded, %s at any request: the next attempt ends what it began',
    async (how) => {
      for (let at = 1; ; at += 1) {
        const world = await three();
        world.memory.passes(40 * DAY);
        world.memory.rots(objectOf(world.a, '1.sst'));
        const chain = chainOf('s1');
        let n = 0;
        const store = world.memory.open(() => {
          n += 1;
          if (how === 'killed' && n >= at) throw new Error('killed');
          if (how === 'cancelled' && n === at) control.stop.abort(new Error('CANCELLED'));
        });
        const dying: ObjectStore =
          how === 'its reply lost'
            ? {
                ...store,
                create: async (...given) => {
                  const answer = await store.create(...given);
                  if ((n += 1) >= at) throw new Error('lost');
                  return answer;
                },
              }
            : store;
        const [well, ill] = [actsOn(world.memory.open()), actsOn(dying)];
        const whole = async (acts: Acts) => {
          const plan = await acts.planScrub({ chain, withinMs: 30 * DAY, everyMs: DAY });
          // What reads is another step, which is disturbed by tests of its own.
          for (let batch = 1; batch <= plan.batches.files; batch += 1)
            await well.checkObjects({ chain, ...plan, n: batch });
          return await acts.recordScrub({ chain, ...plan, bad: [1] });
        };
        const ended = await whole(ill).then(
          () => true,
          (error: Error) => {
            expect(error.message).toMatch(/killed|CANCELLED|abort|lost/i);
            return false;
          },
        );
        control.stop = new AbortController();
        expect([at, (await whole(well)).affected.sort()]).toEqual([at, [A, B]]);
        expect([at, await verdicts(world)]).toEqual([at, { [A]: 'scrub bad', [B]: 'scrub bad', [C]: '' }]);
        expect([at, world.memory.keys(layout.verifications('demo')).length]).toEqual([at, 2]);
        if (ended) return;
      }
    },
  );
});

describe('26.4: the activities of verification', () => {
  const chain = chainOf('a1');
  const planned = async (world: World) =>
    await actsOn(world.memory.open()).planVerification({ chain, backup: A, level: 'full', provedWithinMs: DAY });

  it('a plan that is killed at any request is made again, and says the same', async () => {
    const wanted = await planned(await three());
    for (let at = 1; ; at += 1) {
      const world = await three();
      let n = 0;
      const dying = world.memory.open(() => {
        if ((n += 1) >= at) throw new Error('killed');
      });
      const asked = { chain, backup: A, level: 'full', provedWithinMs: DAY } as const;
      const ended = await actsOn(dying)
        .planVerification(asked)
        .then(
          () => true,
          () => false,
        );
      expect([at, await planned(world)]).toEqual([at, wanted]);
      if (ended) return;
    }
  });

  it('nothing is recorded that was not read, whoever asks', async () => {
    const world = await three();
    const acts = actsOn(world.memory.open());
    const plan = await planned(world);
    await expect(acts.recordVerification({ chain, plan })).rejects.toMatchObject({
      type: 'ManifestInvalid',
      message: expect.stringContaining('no record says that') as string,
    });
    expect(await verdicts(world)).toEqual({ [A]: '', [B]: '', [C]: '' });
  });

  it.each(['killed', 'cancelled', 'its reply lost'] as const)(
    '%s at any request: the next attempt ends what it began',
    async (how) => {
      for (const damaged of [false, true])
        for (let at = 1; ; at += 1) {
          const world = await three();
          if (damaged) world.memory.rots(objectOf(world.a, '1.sst'));
          const plan = await planned(world);
          let n = 0;
          const store = world.memory.open(() => {
            n += 1;
            if (how === 'killed' && n >= at) throw new Error('killed');
            if (how === 'cancelled' && n === at) control.stop.abort(new Error('CANCELLED'));
          });
          const dying =
            how === 'its reply lost'
              ? {
                  ...store,
                  create: async (...given: Parameters<ObjectStore['create']>) => {
                    const answer = await store.create(...given);
                    if ((n += 1) >= at) throw new Error('lost');
                    return answer;
                  },
                }
              : store;
          const all = async (acts: Acts) => {
            await acts.checkObjects({ chain, ...plan, n: 1 });
            return await acts.recordVerification({ chain, plan });
          };
          const ended = await all(actsOn(dying)).then(
            () => true,
            (error: Error) => {
              expect(error.message).toMatch(/killed|CANCELLED|abort|lost/i);
              return false;
            },
          );
          control.stop = new AbortController();
          const { affected } = await all(actsOn(world.memory.open()));
          expect([at, affected]).toEqual([at, damaged ? [A, B] : []]);
          expect([at, await verdicts(world)]).toEqual([
            at,
            damaged ? { [A]: 'full bad', [B]: 'full bad', [C]: '' } : { [A]: 'full ok', [B]: '', [C]: '' },
          ]);
          const records = world.memory.keys(layout.verifications('demo'));
          expect([at, records.length]).toEqual([at, damaged ? 2 : 1]);
          if (ended) break;
        }
    },
  );

  it('an attempt continues where the heartbeat of the one before was, and keeps what that found', async () => {
    const world = await three();
    const own = Object.fromEntries(Array.from({ length: 40 }, (_, i) => [`${10 + i}.sst`, `file ${i}`]));
    const D = idOf(4);
    const lines = await makeRealBackup(world.repository, D, { own });
    world.memory.rots(lines[0]?.object ?? '');
    const plan = await actsOn(world.memory.open()).planVerification({
      ...{ chain, backup: D, level: 'full', provedWithinMs: DAY },
    });
    const asked = { chain, ...plan, n: 1, parallelism: 1 };
    let n = 0;
    const dying = world.memory.open((operation, key) => {
      if (operation === 'read' && key.includes('/data/') && (n += 1) > 20) throw new Error('killed');
    });
    await expect(actsOn(dying).checkObjects(asked)).rejects.toThrow('killed');
    control.attempt = 2;
    control.heartbeatDetails = control.shown.at(-1);
    const read: string[] = [];
    const next = world.memory.open((operation, key) => {
      if (operation === 'read' && key.includes('/data/')) read.push(key);
    });
    await actsOn(next).checkObjects(asked);
    expect(read.length).toBe(40 - 19); // the damaged one took two reads
    const { problems } = await actsOn(world.memory.open()).recordVerification({ chain, plan });
    expect(problems).toHaveLength(2);
    expect(problems[1]).toContain(lines[0]?.path);
  });

  it('a store that is unavailable proves nothing, good or bad', async () => {
    const world = await three();
    const plan = await planned(world);
    const away = world.memory.open((operation, key) => {
      if (operation === 'read' && key.includes('/data/')) throw new Error('connection refused');
    });
    await expect(actsOn(away).checkObjects({ chain, ...plan, n: 1 })).rejects.toThrow('connection refused');
    expect(world.memory.keys(layout.proofs('demo', 'backup', A))).toEqual([]);
  });
});
