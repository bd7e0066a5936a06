import { createVerificationActivities } from '../../../src/activities/control/verification';
import type { ControlDependencies } from '../../../src/activities/control/dependencies';
import type { ProofLevel } from '../../../src/contract';
import { listBackups } from '../../../src/repository';
import { idOf, makeRealBackup } from '../../repository/verification/real-backups';
import { MemoryStore } from '../../support/store/memory-store';

jest.mock('@temporalio/activity', () => ({
  ...jest.requireActual<object>('@temporalio/activity'),
  cancellationSignal: () => new AbortController().signal,
  activityInfo: () => ({ workflowExecution: { workflowId: 'verify/1' }, attempt: 1, heartbeatDetails: undefined }),
  heartbeat: () => undefined,
  log: { info: () => undefined, warn: () => undefined },
}));
jest.mock('../../../src/activities/heartbeat-interceptor', () => ({ showProgress: () => undefined }));

const DAY = 86_400_000;
const A = idOf(1);

/** Verifications of a backup that all happen within one second of the store's clock. */
async function inOneSecond() {
  const memory = new MemoryStore();
  const store = memory.open();
  const repository = { store, cluster: 'demo' };
  const lines = await makeRealBackup(repository, A, { own: { '1.sst': 'one of A', '2.sst': 'two of A' } });
  const timing = { phaseDeadline: 0, leaseTime: 3 * DAY, heartbeatTimeout: 60_000 };
  const acts = createVerificationActivities({ store, timing, repository } as unknown as ControlDependencies);
  return {
    remove: async (path: string) => {
      await store.delete([lines.find((line) => line.path === path)?.object ?? '']);
    },
    put: async (path: string, text: string) => {
      const key = lines.find((line) => line.path === path)?.object ?? '';
      await store.delete([key]);
      await store.create(key, Buffer.from(text));
    },
    /** The problems that it tells. */
    verify: async (run: string, level: ProofLevel) => {
      const chain = { workflowId: `verify/${run}`, firstExecutionRunId: `${run}-run` };
      const plan = await acts.planVerification({ chain, backup: A, level, provedWithinMs: 30 * DAY });
      for (let n = 1; n <= plan.batches.files; n += 1) await acts.checkObjects({ chain, ...plan, n });
      return (await acts.recordVerification({ chain, plan })).problems;
    },
    verdict: async () => {
      const [found] = await listBackups(repository);
      return { level: found?.verified?.level, ok: found?.verified?.ok };
    },
  };
}

describe('26.4: verifications within the same second', () => {
  it.each<[ProofLevel, string]>([
    ['present', 'it is missing'],
    ['sizes', 'it is missing'],
    ['full', 'it is missing'],
  ])(
    'what %s finds missing right after every byte was read is reported, and marks the backup',
    async (level, problem) => {
      const backup = await inOneSecond();
      expect(await backup.verify('z9', 'full')).toEqual([]);
      await backup.remove('1.sst');
      const problems = await backup.verify('a1', level);
      expect(problems[0]).toContain(`${A} can't be restored completely`);
      expect(problems[1]).toContain(problem);
      expect(await backup.verdict()).toEqual({ level, ok: false });
    },
  );

  it('what another run finds replaced right after is reported', async () => {
    const backup = await inOneSecond();
    expect(await backup.verify('z9', 'full')).toEqual([]);
    await backup.put('2.sst', 'two of B, longer');
    expect((await backup.verify('a1', 'sizes'))[1]).toContain('it has 16 bytes, expected 8');
    expect(await backup.verdict()).toEqual({ level: 'sizes', ok: false });
  });

  it('what was found bad stays so until a later second: nobody knows which of two runs was the later one', async () => {
    const backup = await inOneSecond();
    await backup.remove('1.sst');
    expect(await backup.verify('z9', 'present')).toHaveLength(2);
    await backup.put('1.sst', 'one of A');
    expect(await backup.verify('a1', 'full')).toHaveLength(2);
    expect(await backup.verdict()).toEqual({ level: 'full', ok: false });
  });
});
