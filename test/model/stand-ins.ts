import { gunzipSync, gzipSync } from 'node:zlib';
import { TABLE } from './model-cluster';
import { running } from './running';

// What a test of the model imports before all else: from then on clocks, Temporal, disks and threads are those of the
// world that runs.

const attempt = () => running.world?.clockwork.current;
jest.mock('@temporalio/activity', () => ({
  ...jest.requireActual<object>('@temporalio/activity'),
  cancellationSignal: () => (attempt()?.stop ?? new AbortController()).signal,
  activityInfo: () => ({
    workflowExecution: { workflowId: attempt()?.workflowId, runId: attempt()?.firstRunId },
    taskQueue: 'kalpa/demo',
    attempt: attempt()?.number ?? 1,
    heartbeatDetails: undefined,
  }),
  heartbeat: () => undefined,
  log: { info: () => undefined, warn: () => undefined },
}));
jest.mock('../../src/activities/heartbeat-interceptor', () => ({
  ...jest.requireActual<object>('../../src/activities/heartbeat-interceptor'),
  showProgress: () => undefined,
}));
// The disks of the nodes, and what reads them.
jest.mock('../../src/activities/node/snapshot-files', () => ({
  snapshotPlace: (home: { dataDir: string }, tablet: string, snapshotId: string) => ({
    directory: `${home.dataDir} ${tablet} ${snapshotId}`,
    within: home.dataDir,
  }),
  snapshotFiles: async ({ directory }: { directory: string }) => {
    const [node = '', tablet = '', snapshotId = ''] = directory.split(' ');
    const files = running.world?.cluster.filesOf(snapshotId, node, tablet).values() ?? [];
    return await Promise.resolve({ files: [...files].map(({ content: _content, ...file }) => file) });
  },
}));
jest.mock('../../src/yugabyte', () => ({
  ...jest.requireActual<object>('../../src/yugabyte'),
  findTablets: async ([dataDir]: string[]) => {
    const tablets = running.world?.cluster.tablets ?? [];
    return await Promise.resolve(new Map(tablets.map((id) => [id, { dataDir, tableId: TABLE }])));
  },
  decodeSnapshotFile: (bytes: Buffer) => JSON.parse(String(bytes)) as unknown,
}));
// Without threads, in which nothing has an order.
jest.mock('../../src/repository/gzip', () => ({
  compress: async (content: Buffer) => await Promise.resolve(gzipSync(content, { level: 1 })),
  decompress: async (bytes: Buffer, atMost: number, where: string) => {
    try {
      return await Promise.resolve(gunzipSync(bytes, { maxOutputLength: Math.max(1, atMost) }));
    } catch {
      const { RepositoryError } = jest.requireActual<typeof import('../../src/repository/repository-error')>(
        '../../src/repository/repository-error',
      );
      throw new RepositoryError('ManifestInvalid', `${where} is no whole gzip.`);
    }
  },
}));
jest.mock('node:timers/promises', () => ({
  setTimeout: async (ms: number, _value: unknown, { signal }: { signal?: AbortSignal } = {}) => {
    await running.world?.clockwork.sleep(attempt(), ms, signal);
  },
}));

beforeAll(() => {
  const real = { now: Date.now, random: Math.random };
  jest.spyOn(Date, 'now').mockImplementation(() => {
    const { world } = running;
    return world ? world.clockwork.now + (attempt()?.skewMs ?? 0) : real.now();
  });
  jest.spyOn(performance, 'now').mockImplementation(() => running.world?.clockwork.now ?? 0);
  jest.spyOn(Math, 'random').mockImplementation(() => running.world?.draws.next() ?? real.random());
  // Signs of life of those that are killed would never end.
  jest.spyOn(globalThis, 'setInterval').mockImplementation(() => 0 as never);
});
afterAll(() => {
  jest.restoreAllMocks();
});
