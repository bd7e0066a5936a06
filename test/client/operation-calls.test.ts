import type { Client } from '@temporalio/client';
import { KalpaClient } from '../../src/client';
import { operations, type OperationName } from '../../src/contract';

/** Keeps what is started; every run ends with `{ of: <workflow type> }`. */
function clientOf(): { kalpa: KalpaClient; started: [string, Record<string, unknown>][] } {
  const started: [string, Record<string, unknown>][] = [];
  const start = async (type: string, options: Record<string, unknown>): Promise<object> => {
    started.push([type, options]);
    const result = async (): Promise<object> => await Promise.resolve({ of: type });
    return await Promise.resolve({ workflowId: options['workflowId'], firstExecutionRunId: 'run-1', result });
  };
  const client = { options: { namespace: 'default' }, workflow: { start } } as unknown as Client;
  return { kalpa: KalpaClient.of(client, { cluster: 'demo' }), started };
}

describe.each(Object.keys(operations) as OperationName[])('kalpa.%s', (operation) => {
  const { example } = operations[operation];

  it('starts its workflow with its input, and returns its result', async () => {
    const { kalpa, started } = clientOf();
    const call = kalpa[operation] as { run(input: object, options?: object): Promise<unknown> };
    await expect(call.run(example, { workflowId: 'mine' })).resolves.toEqual({ of: operation });
    expect(started).toEqual([[operation, expect.objectContaining({ args: [example], workflowId: 'mine' })]]);
  });

  it('refuses a wrong field before anything is sent', async () => {
    const { kalpa, started } = clientOf();
    const call = kalpa[operation] as { start(input: object): Promise<unknown> };
    await expect(call.start({ ...example, nonsense: 1 })).rejects.toMatchObject({ type: 'InvalidInput' });
    expect(started).toEqual([]);
  });
});
