import { mkdir, mkdtemp, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { ControlDependencies } from '../../../src/activities/control/dependencies';
import { createVerificationActivities } from '../../../src/activities/control/verification';
import { placesByContent, placesByHead } from '../../../src/activities/node/choose-places';
import type { NodeDependencies } from '../../../src/activities/node/dependencies';
import { makeRepairFiles } from '../../../src/activities/node/repair-files';
import { RunningCopies } from '../../../src/activities/node/running-copies';
import type { NodeState } from '../../../src/activities/internal-types';
import type { PlaceLine } from '../../../src/activities/work-lines';
import {
  relativeToCluster,
  digestOf,
  inCluster,
  layout,
  listBackups,
  readRepairs,
  sweep,
  writeRepair,
  writeTombstone,
  type ClusterStore,
  type SegmentLine,
} from '../../../src/repository';
import { sha256Of, TransferLimits, type ObjectStore, type TransferEngine } from '../../../src/transfer';
import { idOf, makeRealBackup } from '../../repository/verification/real-backups';
import { MemoryStore } from '../../support/store/memory-store';

const control = { stop: new AbortController() };
jest.mock('@temporalio/activity', () => ({
  ...jest.requireActual<object>('@temporalio/activity'),
  cancellationSignal: () => control.stop.signal,
  activityInfo: () => ({ workflowExecution: { workflowId: 'verify/1' }, attempt: 1 }),
  heartbeat: () => undefined,
  log: { info: () => undefined, warn: () => undefined },
}));
jest.mock('../../../src/activities/heartbeat-interceptor', () => ({ showProgress: () => undefined }));

const DAY = 86_400_000;
const [A, B] = [idOf(1), idOf(2)];
const chain = { workflowId: 'verify/1', firstExecutionRunId: 'abcdef12' };
const timing = { phaseDeadline: 0, leaseTime: 3 * DAY, heartbeatTimeout: 60_000, maxRunTime: 3 * DAY };
const [TABLET, PEER, TABLE] = ['1'.repeat(32), 'a'.repeat(32), '00004000000030008000000000004001'];
const ADDRESS = 'yb-1:9100';
const NODE: NodeState = {
  ...{ uuid: PEER, address: ADDRESS, alive: true },
  worker: { uuid: PEER, address: ADDRESS, dataDirs: [], freeBytes: 1, kalpaVersion: '0.1.0' },
};

describe('26.4: a repair', () => {
  let memory: MemoryStore;
  let repository: ClusterStore;
  let disk: string;
  let objectLock: { mode: 'compliance'; days: number } | undefined;
  let a: SegmentLine[];
  let b: SegmentLine[];

  const live = (path: string): string =>
    join(disk, 'yb-data/tserver/data/rocksdb', `table-${TABLE}`, `tablet-${TABLET}`, path);
  const objectOf = (path: string): string => a.find((line) => line.path === path)?.object ?? '';

  /** The file on disk, and the line that a backup of it has. */
  async function onDisk(path: string, content: string): Promise<Partial<SegmentLine>> {
    await mkdir(dirname(live(path)), { recursive: true });
    await writeFile(live(path), content);
    await utimes(live(path), 1_700_000_000, 1_700_000_000);
    const found = await stat(live(path), { bigint: true });
    return { mtimeNs: `${found.mtimeNs}`, inode: `${found.ino}`, birthtimeNs: `${found.birthtimeNs}` };
  }

  /** Each file by itself, under the key that it is given. */
  const engine = (store: ObjectStore) =>
    ({
      uploadReplica: async ({
        store: asked,
        files,
        keys,
        directory,
      }: Parameters<TransferEngine['uploadReplica']>[0]) => {
        return await Promise.all(
          files.map(async (file) => {
            const bytes = await readFile(join(directory, file.path));
            const object = keys.data(file.path);
            const found = await asked.create(object, bytes).catch(async () => await store.head(object)); // it was there: the same
            return { ...file, sha256: sha256Of(bytes), crc32: '', object, etag: found.etag };
          }),
        );
      },
    }) as unknown as TransferEngine;

  const nodeOn = (store: ObjectStore) =>
    makeRepairFiles({
      ...{ store, timing, config: { cluster: 'demo' }, engine: engine(store) },
      identity: { uuid: PEER, address: ADDRESS, http: '', dataDirs: [disk] },
      copies: new RunningCopies(new TransferLimits({})),
    } as unknown as NodeDependencies);
  const actsOn = (store: ObjectStore) =>
    createVerificationActivities({
      ...{ store, timing, repository: { store, cluster: 'demo' }, config: { repository: { objectLock } } },
    } as unknown as ControlDependencies);

  /** As the workflow does it. */
  async function verify(
    backup: string,
    {
      repair = true,
      nodes = [NODE],
      store = memory.open(),
      run = chain,
    }: {
      repair?: boolean;
      nodes?: NodeState[];
      store?: ObjectStore;
      run?: typeof chain;
    } = {},
  ) {
    const acts = actsOn(store);
    const plan = await acts.planVerification({ chain: run, backup, level: 'full', provedWithinMs: 30 * DAY });
    for (let n = 1; n <= plan.batches.files; n += 1) await acts.checkObjects({ chain: run, ...plan, n });
    const told = { files: 0, reasons: [] as string[] };
    if (repair) {
      const planned = await acts.planRepair({ chain: run, plan, nodes });
      told.reasons.push(...planned.reasons);
      for (const { n, work } of planned.batches) {
        const { plannedAt } = plan;
        const asked = { uuid: PEER, chain: run, plannedAt, n, work, runKey: 'r', limits: { version: 1 } };
        const { outcomes } = await nodeOn(store)(asked);
        const found = await acts.recordRepairs({ chain: run, plan, n, work, outcomes });
        told.files += found.files;
        told.reasons.push(...found.reasons);
      }
    }
    const found = await acts.recordVerification({ chain: run, plan, repaired: told.files > 0 });
    memory.passes(60_000);
    return { ...found, ...told };
  }
  const verdicts = async (): Promise<Record<string, string>> =>
    Object.fromEntries(
      (await listBackups(repository)).map(({ backupId, verified }) => [
        backupId,
        verified ? `${verified.level} ${verified.ok ? 'ok' : 'bad'}` : '',
      ]),
    );

  beforeEach(async () => {
    control.stop = new AbortController();
    objectLock = undefined;
    disk = await mkdtemp(join(tmpdir(), 'kalpa-repair-'));
    memory = new MemoryStore();
    repository = { store: memory.open(), cluster: 'demo' };
    const own = { '000001.sst': 'one of A', '000002.sst': 'two of A' };
    const same = {
      '000001.sst': await onDisk('000001.sst', own['000001.sst']),
      '000002.sst': await onDisk('000002.sst', own['000002.sst']),
    };
    a = await makeRealBackup(repository, A, { own, packed: { CURRENT: 'MANIFEST-1', 'MANIFEST-1': 'of A' }, same });
    b = await makeRealBackup(repository, B, { own: { '000003.sst': 'three' }, refers: a });
  });
  afterEach(async () => {
    await rm(disk, { recursive: true, force: true });
  });

  it('fetches damaged and missing files from where they still exist, repairs them, and removes every mark', async () => {
    memory.rots(objectOf('000001.sst'));
    memory.loses(objectOf('000002.sst'));
    expect((await verify(A, { repair: false })).affected).toEqual([A, B]);
    expect(await verdicts()).toEqual({ [A]: 'full bad', [B]: 'full bad' });
    const again = { ...chain, firstExecutionRunId: 'abcdef34' };
    expect(await verify(A, { run: again })).toMatchObject({ problems: [], affected: [], files: 2, reasons: [] });
    expect(await verdicts()).toEqual({ [A]: 'full ok', [B]: 'repair ok' });
    const whole = { ...chain, firstExecutionRunId: 'abcdef56' };
    expect(await verify(B, { repair: false, run: whole })).toMatchObject({ problems: [] });
  });

  it('what can not be fetched is named with why: compacted away, another file, a node that is unavailable', async () => {
    memory.loses(objectOf('000001.sst'));
    memory.loses(objectOf('000002.sst'));
    await rm(live('000001.sst'));
    await writeFile(live('000002.sst'), 'two of Z');
    const { problems, reasons, files } = await verify(A);
    expect(files).toBe(0);
    expect(problems[0]).toContain('2 of its files');
    expect(reasons.sort()).toEqual([
      expect.stringMatching(
        /000001\.sst can't be repaired: it is no longer on yb-1:9100, neither in the tablet \(compacted away\)/,
      ),
      expect.stringMatching(/000002\.sst can't be repaired: another file has its name on yb-1:9100/),
    ]);
    const away = {
      ...NODE,
      worker: undefined,
      workerProblem: 'no node worker took a question',
    } as unknown as NodeState;
    const later = await verify(A, { nodes: [away], run: { ...chain, firstExecutionRunId: 'abcdef34' } });
    expect(later.reasons).toHaveLength(2);
    expect(later.reasons[0]).toContain('yb-1:9100 is unavailable: no node worker took a question');
    const lost = await verify(A, { nodes: [], run: { ...chain, firstExecutionRunId: 'abcdef56' } });
    expect(lost.reasons[0]).toContain(`tserver ${PEER}, whose replica was copied, is no longer in the cluster`);
    expect(await verdicts()).toEqual({ [A]: 'full bad', [B]: 'full bad' });
  });

  it('a damaged file list does not end a verification: it is reported, and what the other lists name is fetched', async () => {
    const list = memory.keys().find((key) => key.includes(`/backups/${B}/`) && key.includes('/files/')) ?? '';
    memory.rots(list);
    memory.loses(objectOf('000001.sst'));
    const { problems, affected } = await verify(B, { repair: false });
    expect(affected).toEqual([B]);
    expect(problems.join('\n')).toContain("it can't be read");
    // The other one is looked at, marked, and whole again; what is wrong with a list of B is no matter of A.
    const again = { ...chain, firstExecutionRunId: 'abcdef34' };
    expect(await verify(A, { run: again })).toMatchObject({ problems: [], files: 1 });
    expect(await verdicts()).toMatchObject({ [A]: 'full ok', [B]: 'full bad' });
    const repairing = { ...chain, firstExecutionRunId: 'abcdef56' };
    expect((await verify(B, { run: repairing })).reasons).toEqual([
      expect.stringContaining('it was created for the backup, and no node has it') as string,
    ]);
  });

  it('on a locked bucket what is fetched is locked, and so is the record of it', async () => {
    objectLock = { mode: 'compliance', days: 30 };
    const locking = new MemoryStore({ objectLock: true });
    memory = locking;
    repository = { store: memory.open(), cluster: 'demo' };
    const own = { '000001.sst': 'one of A' };
    a = await makeRealBackup(repository, A, { own, same: { '000001.sst': await onDisk('000001.sst', 'one of A') } });
    memory.loses(objectOf('000001.sst'));
    expect(await verify(A)).toMatchObject({ problems: [], files: 1 });
    const made = memory.keys().filter((key) => !key.includes('/work/') && /\/repair-|\/repairs\//.test(key));
    expect(made).toHaveLength(2);
    for (const key of made) {
      const lock = await repository.store.retention(key);
      expect(lock?.mode).toBe('compliance');
      expect(Date.parse(lock?.until ?? '')).toBeGreaterThan(memory.now + 30 * DAY);
    }
  });

  for (const how of ['cancelled', 'whose replies are lost'] as const)
    it(`${how} at any request: the run again ends what it began, by one record`, async () => {
      for (let at = 1; ; at += 1) {
        control.stop = new AbortController();
        memory = new MemoryStore();
        repository = { store: memory.open(), cluster: 'demo' };
        const own = { '000001.sst': 'one of A', '000002.sst': 'two of A' };
        const same = {
          '000001.sst': await onDisk('000001.sst', own['000001.sst']),
          '000002.sst': await onDisk('000002.sst', own['000002.sst']),
        };
        a = await makeRealBackup(repository, A, { own, same });
        memory.loses(objectOf('000001.sst'));
        memory.rots(objectOf('000002.sst'));
        const plain = memory.open();
        let n = 0;
        const disturbed: ObjectStore = { ...plain };
        if (how === 'cancelled')
          Object.assign(
            disturbed,
            memory.open(() => {
              if ((n += 1) === at) control.stop.abort(new Error('CANCELLED'));
            }),
          );
        else
          disturbed.create = async (...given) => {
            const answer = await plain.create(...given);
            if ((n += 1) === at) throw new Error('lost');
            return answer;
          };
        await verify(A, { store: disturbed }).catch(() => undefined);
        const asked = n;
        control.stop = new AbortController();
        expect([at, (await verify(A)).problems]).toEqual([at, []]);
        expect([at, await verdicts()]).toEqual([at, { [A]: 'full ok' }]);
        const repairs = await readRepairs(repository, [A]);
        expect([at, a.filter((line) => repairs.placesOf(line).length === 1).length]).toEqual([at, 2]);
        if (asked < at) return;
      }
    });

  it('killed at any request: the run again ends what it began, by one record', async () => {
    for (let at = 1; ; at += 1) {
      memory.loses(layout.repairs('demo'));
      const object = objectOf('000001.sst');
      const world = memory;
      world.rots(object);
      let n = 0;
      const dying = world.open(() => {
        if ((n += 1) >= at) throw new Error('killed');
      });
      const run = { ...chain, firstExecutionRunId: `${at}`.padStart(8, '0') };
      const ended = await verify(A, { store: dying, run }).then(
        () => true,
        (error: Error) => {
          expect(error.message).toContain('killed');
          return false;
        },
      );
      expect([at, (await verify(A, { run })).problems]).toEqual([at, []]);
      expect([at, (await verdicts())[A]]).toEqual([at, 'full ok']);
      world.rots(object); // as it was, for the next round
      if (ended) break;
    }
  }, 60_000);

  it('the sweep keeps what was fetched as long as a backup refers to what it stands for, and no longer', async () => {
    memory.loses(objectOf('000001.sst'));
    await verify(A);
    const fetched = memory.keys(layout.backup('demo', A)).filter((key) => key.includes('/repair-'));
    expect(fetched).toHaveLength(1);
    const swept = async (id: string) => {
      await writeTombstone(repository, { kind: 'backup', id, reason: 'a test' });
      memory.passes(40 * DAY);
      return await sweep(repository, { graceMs: DAY, maxRunTimeMs: DAY });
    };
    await swept(A);
    expect(memory.keys(layout.backup('demo', A))).toEqual(expect.arrayContaining(fetched));
    expect(memory.keys(layout.repairsOf('demo', A))).toHaveLength(1);
    await swept(B);
    expect(memory.keys(layout.backup('demo', A))).toEqual([]);
    expect(memory.keys(layout.repairsOf('demo', A))).toEqual([]);
  });

  it('a forged repair changes no content: a reader falls back to what was written', async () => {
    const [line] = a;
    if (!line) throw new Error('no line');
    const forged = layout.data('demo', { backupId: A, snapshotId: 'repair-x' }, { tablet: TABLET, peer: PEER }, 'x');
    const { etag } = await repository.store.create(forged, Buffer.from('evil of '));
    const { size, sha256, object } = line;
    await writeRepair(repository, {
      ...{ backupId: A, repairedAt: '2026-11-01T00:00:00Z', tag: 'abcdef', n: 1, workflowId: 'w' },
      files: [
        {
          ...{ digest: digestOf('demo', line), of: relativeToCluster('demo', object), size, sha256, etag },
          ...{ object: relativeToCluster('demo', forged), objectBytes: size },
        },
      ],
    });
    const places = (await readRepairs(repository, [A])).placesOf(line);
    expect(places.map((place) => place.object)).toEqual([inCluster('demo', relativeToCluster('demo', forged))]);
    const asked: PlaceLine[] = [{ ...line, elsewhere: [...places] }];
    expect((await placesByHead(repository.store, asked))[0]?.object).toBe(forged); // nothing was read yet
    const options = { limits: new TransferLimits({}), signal: control.stop.signal };
    expect((await placesByContent(repository.store, asked, options))[0]?.object).toBe(object);
    expect((await verify(A, { repair: false })).problems).toEqual([]);
    expect(b).toHaveLength(5);
  });
});
