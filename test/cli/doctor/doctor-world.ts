import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { KalpaClient } from '../../../src/client';
import type { ClusterView } from '../../../src/cli/doctor/cluster-view';
import type { ProbedBucket } from '../../../src/cli/core/open-bucket';
import type { CliDependencies } from '../../../src/cli/core/cli-dependencies';
import { searchAttributes } from '../../../src/contract';
import { TOOLS } from '../../../src/yugabyte';
import { kalpa, type FakeRun } from '../fake-cli';

/** What a Temporal of the tests says about itself. */
export interface FakeTemporal {
  retentionDays: number;
  /** Task queues that nobody polls. */
  unpolled: string[];
  /** Who polls which queue, where it is not the one worker of that queue. */
  pollers?: Record<string, { identity: string; lastAccessTime?: { seconds: number } }[]>;
  attributes: string[];
}

export const HEALTHY: FakeTemporal = { retentionDays: 90, unpolled: [], attributes: Object.keys(searchAttributes) };

/** A control worker of universe u1, a node worker of the queue's node. */
const workerOf = (queue: string): { identity: string } => ({
  identity: queue === 'kalpa/demo' ? 'kalpa-control/demo/u1@here:1' : 'kalpa-node@here:2',
});

/** A client whose Temporal has one worker on every queue that is not in `unpolled`. */
export function fakeClient({ retentionDays, unpolled, attributes, pollers = {} }: FakeTemporal = HEALTHY): KalpaClient {
  const temporal = {
    options: { namespace: 'default' },
    workflowService: {
      describeNamespace: async () =>
        await Promise.resolve({ config: { workflowExecutionRetentionTtl: { seconds: retentionDays * 86_400 } } }),
      describeTaskQueue: async ({ taskQueue }: { taskQueue: { name: string } }) =>
        await Promise.resolve({
          pollers: unpolled.includes(taskQueue.name) ? [] : (pollers[taskQueue.name] ?? [workerOf(taskQueue.name)]),
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

/** A cluster in which all is well. */
export const goodCluster: ClusterView = {
  tools: async () => await Promise.resolve({ version: '2025.1.1.0', dialect: '2025.1' }),
  toolReleases: async () => await Promise.resolve([{ tool: 'yb-admin', release: '2025.1.1.0' }]),
  release: async () => await Promise.resolve('2025.1.1.0'),
  universe: async () => await Promise.resolve('u1'),
  masters: async () => await Promise.resolve([{ address: '127.0.0.1:7100', alive: true, role: 'LEADER' }]),
  tservers: async () =>
    await Promise.resolve([9100, 9101, 9102].map((port) => ({ address: `127.0.0.1:${port}`, alive: true }))),
  ycqlAnswers: async () => {
    await Promise.resolve();
  },
  orphanedSchedules: async () => await Promise.resolve([]),
  ysqlRole: async () => await Promise.resolve({ role: 'yugabyte', superuser: true }),
  listens: async () => await Promise.resolve(true),
  mastersByWeb: async () => await Promise.reject(new Error('no web page')),
  proveNode: async () => await Promise.reject(new Error('no node')),
  nodeHolder: async () => await Promise.resolve(undefined),
};

/** A folder in which the client tools are, and how to remove it. */
export function toolsFolder(): { path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), 'kalpa-tools-'));
  for (const tool of TOOLS) writeFileSync(join(path, tool), '', { mode: 0o755 });
  return {
    path,
    remove: () => {
      rmSync(path, { recursive: true, force: true });
    },
  };
}

/** One line of the report that is not `ok`. */
export interface Finding {
  area: string;
  status: string;
  message: string;
  cure: string;
}

/** What `kalpa doctor` finds, without the lines that are ok, and its exit code. */
export async function findings(
  parts: Partial<CliDependencies>,
  more: Pick<FakeRun, 'now'> = {},
): Promise<{ code: number; found: Finding[] }> {
  const { code, stdout } = await kalpa(['doctor', '--json'], { ...more, parts });
  const { checks } = JSON.parse(stdout) as { checks: Finding[] };
  return { code, found: checks.filter(({ status }) => status !== 'ok') };
}
