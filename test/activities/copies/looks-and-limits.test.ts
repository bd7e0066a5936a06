import { WorkflowNotFoundError } from '@temporalio/common';
import { makePassLimits } from '../../../src/activities/control/copies/pass-limits';
import { makeReadCopies } from '../../../src/activities/control/copies/read-copies';
import type { ControlDependencies } from '../../../src/activities/control/dependencies';
import { RunningCopies } from '../../../src/activities/node/running-copies';
import { LIMITS_SIGNAL } from '../../../src/contract';
import { TransferLimits } from '../../../src/transfer';

const gone = (id: string): WorkflowNotFoundError => new WorkflowNotFoundError('not found', id, undefined);

/** A Temporal that has these runs; each says what a call of it does. */
function temporal(runs: Record<string, { signal?: (limits: unknown) => void; pending?: unknown[] }>): {
  client: ControlDependencies['client'];
} {
  const getHandle = (id: string) => ({
    signal: async (name: string, limits: unknown) => {
      expect(name).toBe(LIMITS_SIGNAL);
      const run = runs[id];
      if (!run) throw await Promise.resolve(gone(id));
      run.signal?.(limits);
    },
    describe: async () => {
      const run = runs[id];
      if (!run) throw await Promise.resolve(gone(id));
      return { raw: { pendingActivities: run.pending ?? [] } };
    },
  });
  return { client: { workflow: { getHandle } } as unknown as ControlDependencies['client'] };
}

describe('22.26: new limits for the copies of a run', () => {
  const limits = { version: 2, bytesPerSecond: 1_000 };

  it('reach the run of every node; a run that has ended is skipped', async () => {
    const told: unknown[] = [];
    const pass = makePassLimits(
      temporal({ a: { signal: (one) => told.push(one) }, b: { signal: (one) => told.push(one) } }),
    );
    await pass({ workflowIds: ['a', 'ended', 'b'], limits });
    expect(told).toEqual([limits, limits]);
  });

  it('are sent twice if the step is killed and repeated, or its reply is lost; the version makes the second one harmless', async () => {
    const copies = new RunningCopies(new TransferLimits({}));
    copies.begin('run');
    const changes: number[] = [];
    const shared = copies.limitsOf('run', { version: 1 });
    const set = shared.set.bind(shared);
    shared.set = (given) => {
      changes.push(given.bytesPerSecond ?? 0);
      set(given);
    };
    let away = true;
    const pass = makePassLimits(
      temporal({
        a: {
          signal: (one) => {
            copies.change('run', one as typeof limits);
          },
        },
        b: {
          signal: () => {
            if (away) throw new Error('Temporal is unavailable');
          },
        },
      }),
    );
    await expect(pass({ workflowIds: ['a', 'b'], limits })).rejects.toThrow('Temporal is unavailable');
    away = false;
    await pass({ workflowIds: ['a', 'b'], limits });
    await pass({ workflowIds: ['a', 'b'], limits });
    expect(changes).toEqual([1_000]);
    // An older change that comes late changes nothing.
    await pass({ workflowIds: ['a'], limits: { version: 1, bytesPerSecond: 7 } });
    expect(changes).toEqual([1_000]);
  });
});

describe('22.26: the progress of the copies', () => {
  const beat = (bytesDone: number): unknown => ({
    heartbeatDetails: {
      payloads: [
        {
          data: Buffer.from(
            JSON.stringify({
              ...{ filesDone: 1, filesTotal: 2, bytesDone, bytesTotal: 10 },
              ofNode: { filesDone: 1, bytesDone },
            }),
          ),
        },
      ],
    },
  });

  it('is the same when it is read twice, and changes nothing; runs that have ended or report nothing are left out', async () => {
    const read = makeReadCopies(temporal({ a: { pending: [beat(5)] }, silent: { pending: [{}] }, idle: {} }));
    const copies = ['a', 'ended', 'silent', 'idle'].map((workflowId) => ({
      node: `node of ${workflowId}`,
      workflowId,
    }));
    const first = await read({ copies });
    expect(first).toMatchObject([{ node: 'node of a', bytesDone: 5 }]);
    expect(await read({ copies })).toEqual(first);
    expect(copies).toHaveLength(4);
  });

  it('is unknown while Temporal is unreachable: the query fails, and the copies continue without it', async () => {
    const describe = async (): Promise<never> => await Promise.reject(new Error('Temporal is unavailable'));
    const client = { workflow: { getHandle: () => ({ describe }) } } as unknown as ControlDependencies['client'];
    const read = makeReadCopies({ client });
    await expect(read({ copies: [{ node: 'n', workflowId: 'a' }] })).rejects.toThrow('Temporal is unavailable');
  });
});
