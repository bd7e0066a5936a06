import { CancelledFailure, CompleteAsyncError, type Context } from '@temporalio/activity';
import { abandonedWaits } from '../../src/activities/abandoned-waits';

function interceptor(activityType: string, status: string | undefined, isLocal = false, cancelRequested = false) {
  const describe = jest.fn(async () => {
    if (status === undefined) throw new Error('away');
    return await Promise.resolve({ status: { name: status } });
  });
  const asked: unknown[] = [];
  const context = {
    info: { activityType, isLocal, workflowExecution: { workflowId: 'busy/demo/ysql.orders', runId: 'r' } },
    cancellationDetails: { cancelRequested },
    client: { workflow: { getHandle: (...of: unknown[]) => (asked.push(of), { describe }) } },
  } as unknown as Context;
  const execute = abandonedWaits(context).inbound?.execute?.bind({});
  const run = async (next: () => Promise<unknown>): Promise<unknown> =>
    await execute?.({ args: [], headers: {} }, next);
  return { run, asked, describe };
}
const cancelled = async (): Promise<never> => await Promise.reject(new CancelledFailure('CANCELLED'));

describe('the answer of an activity whose run has ended', () => {
  it.each([
    ['watchOwner', async () => await Promise.resolve({ end: 'complete' })],
    ['watchOwner', cancelled],
    ['waitUntilFree', cancelled],
  ])('22.31: of %s is not sent, so the SDK logs no warning', async (type, next) => {
    const { run, asked } = interceptor(type, 'COMPLETED');
    await expect(run(next)).rejects.toBeInstanceOf(CompleteAsyncError);
    expect(asked).toEqual([['busy/demo/ysql.orders', 'r']]);
  });

  it.each([['RUNNING'], [undefined]])('22.31: is sent while the run is %s', async (status) => {
    const { run } = interceptor('watchOwner', status);
    await expect(run(async () => await Promise.resolve('end'))).resolves.toBe('end');
    await expect(run(cancelled)).rejects.toBeInstanceOf(CancelledFailure);
  });

  it('22.31: of the watch that a guardian has cancelled is not sent, though the guardian still runs', async () => {
    const { run, describe: asked } = interceptor('watchOwner', 'RUNNING', false, true);
    await expect(run(cancelled)).rejects.toBeInstanceOf(CompleteAsyncError);
    expect(asked).not.toHaveBeenCalled();
    const other = interceptor('waitUntilFree', 'RUNNING', false, true);
    await expect(other.run(cancelled)).rejects.toBeInstanceOf(CancelledFailure);
  });

  it('22.31: of a step is sent without a look at the run, and so is its failure', async () => {
    const { run, describe: asked } = interceptor('createSnapshot', 'COMPLETED');
    await expect(run(async () => await Promise.resolve(1))).resolves.toBe(1);
    await expect(run(async () => await Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(asked).not.toHaveBeenCalled();
  });
});
