import { CancelledFailure, Context } from '@temporalio/activity';
import type { WorkflowHandleWithFirstExecutionRunId } from '@temporalio/client';
import { guardianId, type Progress } from '../../src/contract';
import { FakedCluster, refusal } from '../support/workflows/faked-cluster';
import type { Activities } from '../support/workflows/standard-activities';

const ID = '20261122T020000Z-3fa9c1';
const AT = '2026-11-22T02:00:07.123456Z';

/** An operation on the database `ysql.db_<tag>`. */
interface Case {
  type: string;
  input: (tag: string) => object;
  preflight: keyof Activities;
  heading: (tag: string) => string;
  /** What the page's last line says in the end, where all goes well. */
  complete: (tag: string) => RegExp;
}

const snapshotOf = (tag: string): string => `${tag}-2c95-4523-95ab-9ead1e95e794`;
const database = (tag: string): string => `ysql.db_${tag}`;
const at = AT.replaceAll('.', '\\.');

const CASES: Case[] = [
  {
    type: 'backUpDatabase',
    input: (tag) => ({ database: database(tag) }),
    preflight: 'preflightBackup',
    heading: (tag) => `Backup of ${database(tag)} on`,
    complete: (tag) =>
      new RegExp(
        `^Complete: backup (ysql\\.db_${tag}-\\d{8}T\\d{6}Z-[0-9a-f]{6}), recovery point ${at}; 3 tables, 12 tablets, 200 MB, of which 150 MB new\\. Restore it with \`kalpa restore \\1 --as <new name>\`\\.$`,
      ),
  },
  {
    type: 'restoreDatabase',
    input: (tag) => ({ backup: `ysql.shop-${ID}`, as: `db_${tag}` }),
    preflight: 'preflightRestore',
    heading: (tag) => `Restore of ysql.shop-${ID} as ${database(tag)} on`,
    complete: (tag) =>
      new RegExp(
        `^Complete: ysql\\.db_${tag} holds ysql\\.shop-${ID} as of ${at}\\. Verified: row counts of 3 tables, 600 rows\\.$`,
      ),
  },
  {
    type: 'rehearseRestore',
    input: (tag) => ({ database: database(tag), backup: `${database(tag)}-${ID}` }),
    preflight: 'preflightRestore',
    heading: (tag) => `Rehearsal of ${database(tag)}-${ID} on`,
    complete: (tag) =>
      new RegExp(
        `^Complete: ysql\\.db_${tag}-${ID} restores, as of ${at}, in [\\d.]+ s\\. Verified: row counts of 3 tables, 600 rows\\. It was dropped again\\.$`,
      ),
  },
  {
    type: 'dumpDatabase',
    input: (tag) => ({ database: database(tag) }),
    preflight: 'preflightDump',
    heading: (tag) => `Dump of ${database(tag)} on`,
    complete: (tag) =>
      new RegExp(`^Complete: dump ysql\\.db_${tag}-dump-\\S+; 3 tables, 600 rows, 5\\.00 MB in the bucket\\. `),
  },
  {
    type: 'loadDump',
    input: (tag) => ({ dump: `ysql.shop-dump-${ID}`, as: `db_${tag}` }),
    preflight: 'preflightLoad',
    heading: (tag) => `Load of ysql.shop-dump-${ID} as ${database(tag)} on`,
    complete: (tag) =>
      new RegExp(
        `^Complete: ysql\\.db_${tag} holds dump ysql\\.shop-dump-${ID}\\. Verified: 600 rows of 3 tables were compared with it\\.$`,
      ),
  },
  {
    type: 'createSnapshot',
    input: (tag) => ({ database: database(tag) }),
    preflight: 'preflightSnapshot',
    heading: (tag) => `Snapshot of ${database(tag)} in`,
    complete: (tag) =>
      new RegExp(`^Complete: snapshot snapshot-1 holds ysql\\.db_${tag} as of ${at}; it stays until it is deleted\\.$`),
  },
  {
    type: 'restoreSnapshot',
    input: (tag) => ({ snapshotId: snapshotOf(tag), confirm: database(tag) }),
    preflight: 'preflightRestoreSnapshot',
    heading: (tag) => `Restore of snapshot ${snapshotOf(tag)} into ${database(tag)} in`,
    complete: (tag) =>
      new RegExp(`^Complete: ysql\\.db_${tag} is as it was at ${at} \\(restoration restoration-1\\)\\. Warning: `),
  },
  {
    type: 'deleteSnapshot',
    input: (tag) => ({ snapshotId: snapshotOf(tag) }),
    preflight: 'preflightDeleteSnapshot',
    heading: (tag) => `Deletion of snapshot ${snapshotOf(tag)} in`,
    complete: (tag) => new RegExp(`^Complete: snapshot ${snapshotOf(tag)} is gone\\.$`),
  },
  {
    type: 'enablePointInTimeRecovery',
    input: (tag) => ({ database: database(tag), every: '1h', keep: '7 days' }),
    preflight: 'preflightSchedule',
    heading: (tag) => `Point-in-time recovery of ${database(tag)} on`,
    complete: (tag) =>
      new RegExp(
        `^Complete: from now on ysql\\.db_${tag} can be recovered to any moment of its last 7 days \\(snapshot schedule schedule-1, every 1h\\)\\.$`,
      ),
  },
  {
    type: 'disablePointInTimeRecovery',
    input: (tag) => ({ database: database(tag) }),
    preflight: 'preflightSchedule',
    heading: (tag) => `End of point-in-time recovery of ${database(tag)} on`,
    complete: (tag) =>
      new RegExp(
        `^Complete: snapshot schedule schedule-1 of ysql\\.db_${tag} is gone, with the history that it kept\\.$`,
      ),
  },
  {
    type: 'recoverToPointInTime',
    input: (tag) => ({ database: database(tag), to: AT, confirmDataLoss: database(tag) }),
    preflight: 'preflightRecovery',
    heading: (tag) => `Recovery of ${database(tag)} on`,
    complete: (tag) => new RegExp(`^Complete: ysql\\.db_${tag} is as it was at ${at}\\. Warning: `),
  },
  {
    type: 'recoverToPointInTime',
    input: (tag) => ({ database: database(tag), to: AT, as: 'then' + tag }),
    preflight: 'preflightRecovery',
    heading: (tag) => `Recovery of ${database(tag)} on`,
    complete: (tag) =>
      new RegExp(`^Complete: ysql\\.then${tag} is a copy as of ${at}; the original was not touched\\.$`),
  },
];

interface Ended {
  progress: Progress;
  page: string;
}

const tagOf = (group: number, i: number): string => (group * 256 + i).toString(16).padStart(8, '0');

describe('the page of a run that has ended', () => {
  let cluster: FakedCluster;
  beforeAll(async () => {
    cluster = await FakedCluster.open();
  }, 60_000);
  afterAll(async () => {
    await cluster.close();
  });

  /**
   * Runs all operations until they have ended, each on a database of its own; `atOnce` where none waits for the
   * cluster's lock.
   */
  async function endsOf(
    group: number,
    activities: Partial<Activities>,
    { atOnce = false, input = (one: Case, tag: string) => one.input(tag) } = {},
  ): Promise<Ended[]> {
    cluster.use(activities);
    const endOf = async (one: Case, i: number): Promise<Ended> => {
      const run = await cluster.start(one.type, input(one, tagOf(group, i)));
      await run.result().catch(() => undefined);
      return { progress: await cluster.progress(run), page: await cluster.page(run) };
    };
    if (atOnce) return await Promise.all(CASES.map(endOf));
    const ends: Ended[] = [];
    for (const [i, one] of CASES.entries()) ends.push(await endOf(one, i));
    return ends;
  }

  describe('complete', () => {
    let ends: Ended[];
    beforeAll(async () => {
      ends = await endsOf(1, {});
    }, 240_000);

    it.each(CASES.map((one, i) => [one.type, i, one] as const))(
      '22.25: %s (%i) says what there is now, and each phase is complete',
      (_, i, { heading, complete }) => {
        const { progress, page } = ends[i]!;
        const tag = tagOf(1, i);
        expect(progress.message).toMatch(complete(tag));
        expect(new Set(progress.phases.map(({ state }) => state))).toEqual(new Set(['complete']));
        expect(progress.phases.every(({ startedAt, endedAt }) => startedAt && endedAt)).toBe(true);
        expect(plain(page)).toContain(`**${heading(tag)} ${cluster.name}`);
        expect(plain(lastLine(page))).toBe(progress.message);
      },
    );
  });

  describe('refused', () => {
    let ends: Ended[];
    beforeAll(async () => {
      const refuse = async () => Promise.reject(refusal('PreflightFailed', 'There is no room. Make some.'));
      ends = await endsOf(2, Object.fromEntries(CASES.map(({ preflight }) => [preflight, refuse])), { atOnce: true });
    }, 240_000);

    it.each(CASES.map((one, i) => [one.type, i] as const))(
      '22.25: %s (%i) says why, that nothing was changed, and its preflight has failed',
      (_, i) => {
        const { progress, page } = ends[i]!;
        expect(progress.message).toBe('Refused before anything was changed: There is no room. Make some.');
        const [first, ...others] = progress.phases;
        expect(first).toMatchObject({ name: 'preflight', state: 'failed' });
        expect(first?.endedAt).toBeDefined();
        expect(new Set(others.map(({ state }) => state))).toEqual(new Set(['skipped']));
        expect(lastLine(page)).toBe(progress.message);
      },
    );
  });

  describe('with a wrong input', () => {
    let ends: Ended[];
    beforeAll(async () => {
      ends = await endsOf(3, {}, { atOnce: true, input: () => ({ nonsense: 1 }) });
    }, 240_000);

    it.each(CASES.map((one, i) => [one.type, i] as const))('22.25: %s (%i) names the field', (type, i) => {
      const { progress, page } = ends[i]!;
      expect(progress.message).toMatch(
        new RegExp(
          `^Refused: ${type} refused its input, nothing was changed: .*nonsense: given 1, allowed no such field`,
        ),
      );
      expect(new Set(progress.phases.map(({ state }) => state))).toEqual(new Set(['skipped']));
      expect(page).toContain(`**${type} on ${cluster.name}`);
    });
  });

  describe('met by a lock', () => {
    let ends: Ended[];
    let holder: WorkflowHandleWithFirstExecutionRunId;
    const held = database('0000beef');
    beforeAll(async () => {
      cluster.use();
      // It sleeps, so its guardian stays.
      holder = await cluster.start('expireSnapshot', {
        snapshotId: snapshotOf('0000beef'),
        database: held,
        at: '2100-01-01T00:00:00Z',
      });
      await cluster.lock(held, { holder, operation: 'backUpDatabase' });
      ends = await endsOf(4, {}, { atOnce: true, input: (one) => one.input('0000beef') });
      await holder.terminate();
      await cluster.client.workflow.getHandle(guardianId(cluster.name, held)).terminate();
    }, 240_000);

    // A rehearsal locks its scratch database alone.
    const locking = CASES.map((one, i) => [one.type, i] as const).filter(([type]) => type !== 'rehearseRestore');
    it.each(locking)(
      '22.19: %s (%i) says who holds the database, with a link to it, and no phase is left waiting or running',
      (type, i) => {
        const { progress, page } = ends[i]!;
        expect(progress.message).toBe(
          `Refused: ${held} is held by backUpDatabase (${holder.workflowId}), so this ${type} was refused before anything was changed. ` +
            'Wait for that run to end, or start this one with "whenBusy": "wait".',
        );
        expect(progress.phases.filter(({ state }) => state === 'waiting' || state === 'running')).toEqual([]);
        expect(lastLine(page)).toContain(
          `(/namespaces/{namespace}/workflows/${encodeURIComponent(holder.workflowId)}/${holder.firstExecutionRunId})`,
        );
      },
    );
  });

  it('22.19: a cancel in preflight is not called a refusal', async () => {
    const waiting = untilCancelled();
    cluster.use({ preflightBackup: waiting.activity });
    const run = await cluster.start('backUpDatabase', { database: 'ysql.a' });
    await waiting.begun;
    await run.cancel();
    await expect(run.result()).rejects.toThrow();
    const { message, phases } = await cluster.progress(run);
    expect(message).toBe('Cancelled before anything was changed. If you still need it, start it again.');
    expect(phases[0]).toMatchObject({ name: 'preflight', state: 'failed' });
    expect((await run.describe()).status.name).toBe('CANCELLED');
  });
});

/** An activity that continues until it is cancelled. */
function untilCancelled() {
  let begin: () => void = () => undefined;
  const begun = new Promise<void>((resolve) => {
    begin = resolve;
  });
  const activity = async (): Promise<never> => {
    begin();
    await Context.current().cancelled;
    throw new CancelledFailure('CANCELLED');
  };
  return { begun, activity };
}

const lastLine = (page: string): string => page.trimEnd().split('\n').at(-1) ?? '';
/** Without the escapes of Markdown. */
const plain = (text: string): string => text.replace(/\\([\\*_<[\]~|])/g, '$1');
