import {
  ActivityFailure,
  ApplicationFailure,
  CancelledFailure,
  TerminatedFailure,
  WorkflowExecutionAlreadyStartedError,
  WorkflowFailedError,
  type Client,
} from '@temporalio/client';
import { RetryState } from '@temporalio/common';
import { KalpaClient, KalpaFailure, type KalpaClientOptions } from '../../src/client';
import type { BackUpDatabaseInput } from '../../src/contract';

interface Started {
  type: string;
  options: Record<string, unknown>;
}

/** Temporal's client as far as Kalpa's uses it. */
function fakeTemporal(behaviour: { start?: () => Promise<unknown>; result?: () => Promise<unknown> } = {}) {
  const started: Started[] = [];
  const asked: unknown[] = [];
  const client = {
    options: { namespace: 'backups' },
    withDeadline: async (_: number, ask: () => Promise<unknown>) => await ask(),
    workflow: {
      start: async (type: string, options: Record<string, unknown>) => {
        started.push({ type, options });
        await behaviour.start?.();
        return {
          workflowId: options['workflowId'],
          firstExecutionRunId: 'run-1',
          result: behaviour.result ?? (async () => await Promise.resolve({ backupId: 'b' })),
          query: async (name: string) => await Promise.resolve({ asked: name }),
          executeUpdate: async (...given: unknown[]) => {
            asked.push(given);
            await Promise.resolve();
          },
          cancel: async () => {
            asked.push('cancel');
            await Promise.resolve();
          },
        };
      },
      getHandle: () => ({ describe: async () => await Promise.resolve({ runId: 'run-0' }) }),
    },
  };
  const options: KalpaClientOptions = { cluster: 'demo', ui: 'http://ui:8233', workflowTaskTimeoutMs: 2_000 };
  return { kalpa: KalpaClient.of(client as unknown as Client, options), started, asked };
}

async function failureOf(act: () => Promise<unknown>): Promise<KalpaFailure> {
  const error: unknown = await act().then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (error instanceof KalpaFailure) return error;
  throw new Error(`not a KalpaFailure: ${String(error)}`);
}

describe('starting an operation', () => {
  it('sends one object to the queue of the cluster, under the id of the contract', async () => {
    const { kalpa, started } = fakeTemporal();
    const run = await kalpa.start('backUpDatabase', { database: 'ysql.orders' });
    expect(started[0]).toMatchObject({
      type: 'backUpDatabase',
      options: {
        taskQueue: 'kalpa/demo',
        args: [{ database: 'ysql.orders' }],
        staticSummary: 'back up ysql.orders',
        workflowIdConflictPolicy: 'FAIL',
        workflowTaskTimeout: 2_000,
      },
    });
    expect(run.workflowId).toMatch(/^backup\/demo\/ysql\.orders\/\d{8}T\d{6}Z$/);
    expect(run.link).toBe(`http://ui:8233/namespaces/backups/workflows/${encodeURIComponent(run.workflowId)}/run-1`);
  });

  it.each([
    [{ backup: { database: 'ysql.orders' } }, 'restore/demo/ysql.orders'],
    [{ backup: { database: 'ysql.orders' }, as: 'copy' }, 'restore/demo/ysql.copy'],
    [{ backup: 'ysql.od%20d-20261122T020007Z-3fa9c1', as: 'a b' }, 'restore/demo/ysql.a%20b'],
    [{ backup: 'ysql.od%20d-20261122T020007Z-3fa9c1' }, 'restore/demo/ysql.od%20d'],
  ])('names a restore %j after the database that it makes', async (input, workflowId) => {
    const { kalpa } = fakeTemporal();
    expect((await kalpa.start('restoreDatabase', input)).workflowId).toBe(workflowId);
  });

  it('refuses a wrong input before it is sent', async () => {
    const { kalpa, started } = fakeTemporal();
    const failure = await failureOf(() =>
      kalpa.run('backUpDatabase', { databse: 'ysql.orders' } as unknown as BackUpDatabaseInput),
    );
    expect(failure).toMatchObject({ type: 'InvalidInput', exitCode: 2 });
    expect(failure.details).toContainEqual(expect.objectContaining({ field: 'databse' }));
    expect(started).toEqual([]);
  });

  it('gives the running one when asked to', async () => {
    const { kalpa, started } = fakeTemporal();
    await kalpa.start('inspectCluster', {}, { workflowId: 'mine', conflict: 'useExisting' });
    expect(started[0]?.options).toMatchObject({ workflowId: 'mine', workflowIdConflictPolicy: 'USE_EXISTING' });
  });

  it('says which run holds the id', async () => {
    const { kalpa } = fakeTemporal({
      start: async () =>
        await Promise.reject(
          new WorkflowExecutionAlreadyStartedError('taken', 'restore/demo/ysql.copy', 'restoreDatabase'),
        ),
    });
    const failure = await failureOf(() =>
      kalpa.start('restoreDatabase', { backup: { database: 'ysql.orders' }, as: 'copy' }),
    );
    expect(failure).toMatchObject({ type: 'DatabaseBusy', exitCode: 3 });
    expect(failure.details).toEqual([
      { workflowId: 'restore/demo/ysql.copy', runId: 'run-0', link: expect.stringContaining('/run-0') as string },
    ]);
  });
});

describe('the end of a run', () => {
  const ended = (cause: Error) =>
    fakeTemporal({
      result: async () =>
        await Promise.reject(new WorkflowFailedError('failed', cause, RetryState.NON_RETRYABLE_FAILURE)),
    }).kalpa;

  it('is its result', async () => {
    await expect(fakeTemporal().kalpa.run('backUpDatabase', { database: 'ysql.orders' })).resolves.toEqual({
      backupId: 'b',
    });
  });

  it('is the failure of the contract, with its details and its run', async () => {
    const kalpa = ended(
      ApplicationFailure.create({
        type: 'NotFound',
        message: 'There is no ysql.orders.',
        details: [{ type: 'NotFound' }],
      }),
    );
    const failure = await failureOf(() =>
      kalpa.run('backUpDatabase', { database: 'ysql.orders' }, { workflowId: 'w' }),
    );
    expect(failure).toMatchObject({
      type: 'NotFound',
      exitCode: 3,
      message: 'There is no ysql.orders.',
      run: { workflowId: 'w', runId: 'run-1' },
    });
    expect(failure.details).toEqual([{ type: 'NotFound' }]);
  });

  it('looks below an activity failure', async () => {
    const cause = ApplicationFailure.create({ type: 'ToolFailed', message: 'yb-admin failed.' });
    const kalpa = ended(new ActivityFailure('activity failed', 'createSnapshot', '1', RetryState.TIMEOUT, 'me', cause));
    expect(await failureOf(() => kalpa.run('inspectCluster', {}))).toMatchObject({ type: 'ToolFailed', exitCode: 1 });
  });

  it.each([
    ['Cancelled', new CancelledFailure('cancelled')],
    ['Terminated', new TerminatedFailure('terminated')],
    ['Unknown', ApplicationFailure.create({ type: 'TypeError', message: 'x is not a function' })],
  ])('is %s, exit 1', async (type, cause) => {
    expect(await failureOf(() => ended(cause).run('inspectCluster', {}))).toMatchObject({ type, exitCode: 1 });
  });
});

describe('a running run', () => {
  it('answers where it is, takes limits and a cancellation', async () => {
    const { kalpa, asked } = fakeTemporal();
    const run = await kalpa.start('inspectCluster', {});
    await expect(run.progress()).resolves.toEqual({ asked: 'progress' });
    await run.setLimits({ bytesPerSecond: 5 });
    await run.cancel();
    expect(asked).toEqual([['setLimits', { args: [{ bytesPerSecond: 5 }] }], 'cancel']);
  });
});

describe('Temporal that is unavailable', () => {
  it('is one sentence with its address', async () => {
    const connecting = KalpaClient.connect({
      cluster: 'demo',
      connection: { address: '127.0.0.1:1', connectTimeout: 300 },
    });
    await expect(connecting).rejects.toMatchObject({
      name: 'TemporalUnreachable',
      message: expect.stringContaining('Temporal does not answer at 127.0.0.1:1') as string,
    });
  });
});
