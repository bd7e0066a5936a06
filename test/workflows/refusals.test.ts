import { ApplicationFailure } from '@temporalio/common';
import { FakedCluster, refusal } from '../support/workflows/faked-cluster';
import { standardActivities } from '../support/workflows/standard-activities';

const DEADLINE_MS = 4_000;

describe('what is refused and what is waited for', () => {
  let cluster: FakedCluster;
  beforeAll(async () => {
    cluster = await FakedCluster.open({ preflightDeadline: DEADLINE_MS });
  }, 60_000);
  afterAll(async () => {
    await cluster.close();
  });

  it('17: masters that are unavailable in preflight are asked again, the page says so, and the backup is made', async () => {
    const asked: { patienceMs: number; asksAgain: boolean }[] = [];
    let back = (): void => undefined;
    const isBack = new Promise<void>((resolve) => {
      back = resolve;
    });
    cluster.use({
      preflightBackup: async ({ patienceMs, asksAgain }) => {
        asked.push({ patienceMs, asksAgain });
        if (asksAgain) return { away: ['The masters: connect ECONNREFUSED 10.0.0.1:7100.'], askedMs: DEADLINE_MS / 10 };
        await isBack;
        return { answer: { warnings: [] }, askedMs: 1 };
      },
    });
    const run = await cluster.start('backUpDatabase', { database: 'ysql.away' });
    await cluster.until('the page says what is waited for', async () =>
      /Waiting\s+up\s+to\s+\d+\s+s\s+for\s+unavailable\s+components:\s+The\s+masters:\s+connect\s+ECONNREFUSED/.test(
        await cluster.page(run),
      ),
    );
    back();
    await expect(run.result()).resolves.toMatchObject({ database: 'ysql.away' });
    expect(await cluster.page(run)).not.toMatch(/Waiting\s+up\s+to/);
    expect(asked.map(({ asksAgain }) => asksAgain)).toEqual([true, false]);
    expect(asked[0]?.patienceMs).toBeLessThanOrEqual(DEADLINE_MS / 10);
    expect(asked[1]?.patienceMs).toBeLessThanOrEqual(DEADLINE_MS);
    expect(asked[1]?.patienceMs).toBeGreaterThan(DEADLINE_MS / 2);
  });

  it('17: the survey and the checks share one deadline: masters that stay unavailable leave the rest the last look', async () => {
    const patience: number[] = [];
    cluster.use({
      surveyNodes: async ({ patienceMs, asksAgain }) => {
        patience.push(patienceMs);
        if (asksAgain) return { away: ['The masters are unavailable.'], askedMs: patienceMs };
        await new Promise((resolve) => setTimeout(resolve, patienceMs));
        throw refusal('PreflightFailed', 'The masters: ECONNREFUSED.');
      },
      preflightBackup: async ({ patienceMs, unlisted }) => {
        patience.push(patienceMs);
        throw refusal('PreflightFailed', `The masters could not list the tservers: ${unlisted ?? ''}`);
      },
    });
    const began = Date.now();
    const run = await cluster.start('backUpDatabase', { database: 'ysql.gone' });
    await expect(run.result()).rejects.toMatchObject({
      cause: { type: 'PreflightFailed', message: expect.stringContaining('ECONNREFUSED') as string },
    });
    expect(Date.now() - began).toBeLessThan(DEADLINE_MS + 3_000);
    expect(patience.at(-1)).toBeLessThanOrEqual(DEADLINE_MS / 6);
  });

  it('22.15: what a question waits for its turn on a busy worker is not taken from its patience with the cluster', async () => {
    const given: number[] = [];
    cluster.use({
      surveyNodes: async ({ leftMs }) => {
        given.push(leftMs);
        // In the queue behind other runs, as far as the workflow can see.
        await new Promise((resolve) => setTimeout(resolve, DEADLINE_MS));
        return { answer: { nodes: [] }, askedMs: 10 };
      },
      preflightBackup: async ({ leftMs }) => {
        given.push(leftMs);
        return await Promise.reject(refusal('PreflightFailed', 'enough for this test'));
      },
    });
    const run = await cluster.start('backUpDatabase', { database: 'ysql.queued' });
    await expect(run.result()).rejects.toMatchObject({ cause: { type: 'PreflightFailed' } });
    expect(given).toHaveLength(2);
    expect(given[1]).toBeGreaterThan(DEADLINE_MS / 2);
  });

  const dropped = (details: Record<string, unknown>[]): ApplicationFailure =>
    refusal('NotFound', 'yb-admin create_database_snapshot failed: Namespace shop of type ysql not found.', details);

  it('16: a database dropped while its backup waits ends it at once with NotFound, and nothing that was never made is undone', async () => {
    const undone: string[] = [];
    let tries = 0;
    cluster.use({
      createSnapshot: async () => {
        tries += 1;
        throw await Promise.resolve(dropped([{ madeNothing: true }]));
      },
      undo: async ({ undo }) => {
        undone.push(undo.kind);
        return await Promise.resolve({});
      },
    });
    const run = await cluster.start('backUpDatabase', { database: 'ysql.dropped', fingerprint: 'none' });
    await expect(run.result()).rejects.toMatchObject({ cause: { type: 'NotFound' } });
    expect(tries).toBe(1);
    expect(undone).toEqual(['intent']);
  });

  it('16: a snapshot that may have been made is undone as ever', async () => {
    const undone: string[] = [];
    cluster.use({
      createSnapshot: async () => await Promise.reject(dropped([])),
      undo: async ({ undo }) => {
        undone.push(undo.kind);
        return await Promise.resolve({});
      },
    });
    const run = await cluster.start('backUpDatabase', { database: 'ysql.perhaps', fingerprint: 'none' });
    await expect(run.result()).rejects.toMatchObject({ cause: { type: 'NotFound' } });
    expect(undone.sort()).toEqual(['intent', 'snapshot']);
  });

  it('22.3: a schema that no restore could rename ends the backup: its snapshot is undone, and nothing is exported, copied or committed', async () => {
    const undone: string[] = [];
    const asked: string[] = [];
    const never = (name: string) => async () => await Promise.resolve(asked.push(name) as never);
    cluster.use({
      dumpSchema: async () => await Promise.reject(refusal('PreflightFailed', "can't be loaded under another name")),
      exportSnapshot: never('export'),
      planCopies: never('plan'),
      commitManifest: never('commit'),
      undo: async ({ undo }) => {
        undone.push(undo.kind === 'snapshot' ? `snapshot ${undo.snapshotId ?? ''}` : undo.kind);
        return await Promise.resolve({});
      },
    });
    const run = await cluster.start('backUpDatabase', { database: 'ysql.unnamed', fingerprint: 'none' });
    await expect(run.result()).rejects.toMatchObject({
      cause: { type: 'PreflightFailed', message: expect.stringContaining("can't be loaded") as string },
    });
    expect(undone.sort()).toEqual(['intent', 'snapshot snapshot-1']);
    expect(asked).toEqual([]);
    // Its locks are free: the same database is backed up at once.
    cluster.use();
    const next = await cluster.start('backUpDatabase', { database: 'ysql.unnamed', fingerprint: 'none' });
    await expect(next.result()).resolves.toMatchObject({ database: 'ysql.unnamed' });
  });

  it('24.10: a schema that changed while it was dumped has the snapshot taken again, and a warning says why', async () => {
    const dumps: string[] = [];
    const deleted: string[] = [];
    cluster.use({
      dumpSchema: async ({ snapshotId, catalogBefore }) => {
        dumps.push(`${snapshotId} ${catalogBefore === undefined ? 'without' : 'with'} the version before`);
        const inconsistent = 'the catalog version went from 7 to 8 while the schema was dumped';
        return await Promise.resolve({ artefacts: [], ...(dumps.length === 1 ? { inconsistent } : {}) });
      },
      deleteSnapshot: async ({ snapshotId }) => {
        deleted.push(snapshotId);
        await Promise.resolve();
      },
    });
    const run = await cluster.start('backUpDatabase', { database: 'ysql.changing', fingerprint: 'none' });
    await expect(run.result()).resolves.toMatchObject({
      warnings: [expect.stringContaining('The snapshot was taken again: the catalog version went from 7 to 8')],
    });
    expect(dumps).toHaveLength(2);
    expect(dumps[0]).toMatch(/ with the version before$/);
    expect(deleted).toContain(dumps[0]?.split(' ')[0]);
  });

  it('24: an export that is refused for a dropped table has the snapshot taken again, and the first one is deleted', async () => {
    const exports: string[] = [];
    const deleted: string[] = [];
    const created: string[] = [];
    const standard = standardActivities();
    cluster.use({
      createSnapshot: async () => {
        created.push(`snapshot-${created.length + 1}`);
        return await Promise.resolve({ snapshotId: created.at(-1) ?? '', adopted: false, warnings: [] });
      },
      exportSnapshot: async ({ snapshotId }) => {
        exports.push(snapshotId);
        if (exports.length === 1)
          return await Promise.resolve({ inconsistent: 'a table was dropped after the snapshot was taken' });
        return await (standard.exportSnapshot as () => Promise<never>)();
      },
      deleteSnapshot: async ({ snapshotId }) => {
        deleted.push(`${snapshotId} after ${exports.length} exports`);
        await Promise.resolve();
      },
    });
    const run = await cluster.start('backUpDatabase', { database: 'ysql.dropping', fingerprint: 'none' });
    await expect(run.result()).resolves.toMatchObject({
      database: 'ysql.dropping',
      warnings: ['The snapshot was taken again: a table was dropped after the snapshot was taken'],
    });
    expect(exports).toEqual(['snapshot-1', 'snapshot-2']);
    expect(deleted[0]).toBe('snapshot-1 after 1 exports');
  });

  it.each(['before', 'after'] as const)(
    '22.19a: counting that fails %s the snapshot costs the counts alone: the backup is made, and says so',
    async (when) => {
      const committed: unknown[] = [];
      cluster.use({
        fingerprintTables: async ({ after }) => {
          if ((after === undefined) === (when === 'before'))
            throw await Promise.resolve(refusal('NodeUnavailable', 'there was no time left to count it'));
          return { fingerprint: { key: 'work/counts', sha256: 'a'.repeat(64), files: 3, bytes: 0 } };
        },
        commitManifest: async (input) => {
          committed.push(input.snapshot.fingerprint);
          return await (standardActivities().commitManifest as () => Promise<never>)();
        },
      });
      const run = await cluster.start('backUpDatabase', { database: `ysql.uncounted_${when}` });
      await expect(run.result()).resolves.toMatchObject({
        database: `ysql.uncounted_${when}`,
        warnings: [expect.stringMatching(/^No rows were counted: .*there was no time left to count it/) as string],
      });
      expect(committed).toEqual([undefined]);
    },
  );

  const forNow = (): ApplicationFailure =>
    refusal('ToolFailed', 'yb-admin failed: Service unavailable. It may work later.', [
      { madeNothing: true, again: true },
    ]);

  it('16: a temporarily refused step is retried, and its undo is noted then', async () => {
    let tries = 0;
    const undone: string[] = [];
    cluster.use({
      startClone: async () => {
        tries += 1;
        if (tries < 4) throw await Promise.resolve(forNow());
      },
      carrySequences: async () => await Promise.reject(refusal('RestoreFailed', 'no sequences')),
      undo: async ({ undo }) => {
        undone.push(undo.kind);
        return await Promise.resolve({});
      },
    });
    const input = { database: 'ysql.again', to: '2026-11-22T01:00:00Z', as: 'again2' };
    const run = await cluster.start('recoverToPointInTime', input);
    await expect(run.result()).rejects.toMatchObject({ cause: { type: 'RestoreFailed' } });
    expect(tries).toBe(4);
    expect(undone).toEqual(['clone']);
  });

  it('16: refused for now until the deadline, it ends with that refusal; a bug is tried five times', async () => {
    let tries = 0;
    const fails = async (failure: ApplicationFailure, commandDeadline: number): Promise<void> => {
      cluster.use({
        readSettings: async () =>
          await Promise.resolve({
            cluster: cluster.name,
            timing: { ...cluster.timing, commandDeadline, retryPauseMax: 50 },
            searchAttributes: [],
          }),
        startClone: async () => {
          tries += 1;
          throw await Promise.resolve(failure);
        },
        undo: async () => await Promise.reject(refusal('ToolFailed', 'there was nothing to undo')),
      });
      const input = { database: `ysql.never_${tries}`, to: '2026-11-22T01:00:00Z', as: `never${tries}` };
      const run = await cluster.start('recoverToPointInTime', input);
      await expect(run.result()).rejects.toMatchObject({ cause: { type: failure.type } });
    };
    await fails(forNow(), 3_000);
    expect(tries).toBeGreaterThan(2);
    tries = 0;
    await fails(refusal('TypeError', 'x is not a function', [{ madeNothing: true, again: true }]), 60_000);
    expect(tries).toBe(5);
  });

  it.each([
    ['a snapshot in the cluster', 'createSnapshot', { database: 'ysql.snap' }],
    ['a snapshot schedule', 'enablePointInTimeRecovery', { database: 'ysql.pitr', every: '1h', keep: '1 day' }],
    ['the end of one', 'disablePointInTimeRecovery', { database: 'ysql.pitr' }],
  ])('20: %s is made while the store is unavailable, with a warning about its record', async (_, type, input) => {
    const away = async (): Promise<never> =>
      await Promise.reject(
        ApplicationFailure.create({ type: 'StoreUnavailable', message: 'PutObject failed: ECONNRESET.' }),
      );
    cluster.use({ recordSnapshot: away, recordPointInTime: away, recordOperation: away });
    const began = Date.now();
    const result = (await (await cluster.start(type, input)).result()) as { warnings: string[] };
    expect(Date.now() - began).toBeLessThan(2 * DEADLINE_MS + 4_000);
    expect(result.warnings[0]).toMatch(/(?:could not be written|was not recorded).*PutObject failed: ECONNRESET\./);
  });
});
