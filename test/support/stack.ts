import { readFileSync } from 'node:fs';
import { Client, Connection } from '@temporalio/client';
import type { StackJson } from '../../stack/stack-json';

/** The stack that was started for these tests; read again, since pids change. */
export function stackJson(): StackJson {
  const file = process.env['KALPA_TEST_STACK'];
  if (file === undefined) throw new Error('This test needs the stack of jest project e2e or ui.');
  return JSON.parse(readFileSync(file, 'utf8')) as StackJson;
}

/** A Temporal client of the stack; close its connection in afterAll. */
export async function temporalClient(stack: Pick<StackJson, 'temporal'>): Promise<Client> {
  const connection = await Connection.connect({ address: stack.temporal.address });
  return new Client({ connection, namespace: stack.temporal.namespace });
}

let runs = 0;

/** Starts a workflow as any other program would: type and queue by name. */
export async function start(
  client: Client,
  type: string,
  input: unknown,
  cluster = 'demo',
  more: { workflowExecutionTimeout?: '6s' } = {},
) {
  runs += 1;
  return await client.workflow.start(type, {
    taskQueue: `kalpa/${cluster}`,
    workflowId: `test/${type}/${process.pid}-${Date.now().toString(36)}-${runs}`,
    args: input === undefined ? [] : [input],
    workflowTaskTimeout: '5s',
    ...more,
  });
}

/** What a run ended with when it failed. */
export interface RunFailure {
  type: string;
  message: string;
  details: Record<string, unknown>[];
}

/** The failure of a run that must fail. */
export async function failureOf(handle: { result(): Promise<unknown> }): Promise<RunFailure> {
  try {
    const result = await handle.result();
    throw new Error(`The run was expected to fail, but ended with ${JSON.stringify(result)}`);
  } catch (error) {
    const cause = (
      error as { cause?: { type?: string; message: string; details?: Record<string, unknown>[]; name?: string } }
    ).cause;
    if (!cause) throw error;
    return { type: cause.type ?? cause.name ?? '', message: cause.message, details: cause.details ?? [] };
  }
}

/** Times that everything may take longer: the torture runs beside other things. */
const PATIENCE = Number(process.env['KALPA_TEST_PATIENCE'] ?? 1);

/** Waits for a condition, looking often; fails with its name when it does not come true in time. */
export async function until(what: string, look: () => Promise<boolean> | boolean, withinMs = 60_000): Promise<void> {
  const giveUpAt = Date.now() + withinMs * PATIENCE;
  while (!(await look())) {
    if (Date.now() > giveUpAt) throw new Error(`Not within ${(withinMs * PATIENCE) / 1000} s: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}
