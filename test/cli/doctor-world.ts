import type { KalpaClient } from '../../src/client';
import type { ProbedBucket } from '../../src/cli/open-bucket';
import type { CliParts } from '../../src/cli/parts';
import { searchAttributes } from '../../src/contract';
import { kalpa } from './fake-cli';

/** What a Temporal of the tests says about itself. */
export interface FakeTemporal {
  retentionDays: number;
  /** Task queues that nobody polls. */
  unpolled: string[];
  attributes: string[];
}

export const HEALTHY: FakeTemporal = { retentionDays: 90, unpolled: [], attributes: Object.keys(searchAttributes) };

/** A client whose Temporal has one worker on every queue that is not in `unpolled`. */
export function fakeClient({ retentionDays, unpolled, attributes }: FakeTemporal = HEALTHY): KalpaClient {
  const temporal = {
    options: { namespace: 'default' },
    workflowService: {
      describeNamespace: async () =>
        await Promise.resolve({ config: { workflowExecutionRetentionTtl: { seconds: retentionDays * 86_400 } } }),
      describeTaskQueue: async ({ taskQueue }: { taskQueue: { name: string } }) =>
        await Promise.resolve({
          pollers: unpolled.includes(taskQueue.name) ? [] : [{ identity: 'one' }, { identity: 'one' }],
        }),
    },
    connection: {
      operatorService: {
        listSearchAttributes: async () =>
          await Promise.resolve({ customAttributes: Object.fromEntries(attributes.map((name) => [name, 2])) }),
      },
    },
  };
  const close = async (): Promise<void> => await Promise.resolve();
  return { temporal, close } as unknown as KalpaClient;
}

/** A bucket that keeps its promises; its clock is a second behind that of the fake command line. */
export const goodBucket: ProbedBucket = {
  location: 's3://kalpa',
  probe: async () => await Promise.resolve({ safe: true, findings: [] }),
  serverTime: async () => await Promise.resolve(new Date('2026-11-22T02:00:06Z')),
  close: () => undefined,
};

/** One line of the report that is not `ok`. */
export interface Finding {
  area: string;
  status: string;
  message: string;
  cure: string;
}

/** What `kalpa doctor` finds, without the lines that are ok, and its exit code. */
export async function findings(parts: Partial<CliParts>): Promise<{ code: number; found: Finding[] }> {
  const { code, stdout } = await kalpa(['doctor', '--json'], { parts });
  const { checks } = JSON.parse(stdout) as { checks: Finding[] };
  return { code, found: checks.filter(({ status }) => status !== 'ok') };
}
