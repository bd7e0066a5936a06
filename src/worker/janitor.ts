import { hostname } from 'node:os';
import { heartbeatInterceptor } from '../activities/heartbeat-interceptor';
import { makeJanitorActivities } from '../activities/janitor';
import {
  ConfigurationError,
  confirmPrivateFiles,
  storeSettings,
  temporalConnection,
  type ResolvedConfig,
} from '../config';
import { janitorQueue, janitorWorkerIdentity, timingInMs } from '../contract';
import { openRepository } from '../repository';
import { openStore } from '../transfer';
import { ActivityWorker } from './activity-worker';
import { connectToTemporal } from './connect';
import { dataConverter } from './data-converter';
import { warnOfExposedConnections } from './exposed-connections';
import { openLog, type WorkerLog } from './log';
import { controlTrust } from './control-trust';
import { endedBySignals, preparedWorker, type PreparedWorker } from './prepared-worker';
import { installRuntime } from './runtime';

/** A sweep, and deletions by name beside it. */
const MAX_CONCURRENT_STEPS = 4;

/**
 * Deletes from the bucket of one cluster until the process is stopped: the only worker with the right to, and the one
 * that signs tombstones.
 */
export async function runJanitorWorker(resolved: ResolvedConfig, env: NodeJS.ProcessEnv = process.env): Promise<void> {
  const { log: settings, cluster } = resolved.config;
  const log = openLog({ settings, worker: 'janitor worker', cluster });
  installRuntime(resolved.config, log);
  const worker = await endedBySignals(log, async () => await prepareJanitorWorker(resolved, env, log));
  const running = worker.run();
  log.info(worker.ready);
  await running;
  log.info('stopped');
}

/** Connects and creates the worker of the janitor's queue; the SDK's runtime is the caller's. */
export async function prepareJanitorWorker(
  resolved: ResolvedConfig,
  env: NodeJS.ProcessEnv,
  log: WorkerLog = openLog({
    settings: resolved.config.log,
    worker: 'janitor worker',
    cluster: resolved.config.cluster,
  }),
): Promise<PreparedWorker> {
  const { config } = resolved;
  const { cluster } = config;
  confirmPrivateFiles(resolved, env);
  const timing = timingInMs(config.timing);
  if (timing.deletionGrace <= timing.maxRunTime)
    throw new ConfigurationError(
      `timing.deletionGrace (${config.timing.deletionGrace}) must be longer than timing.maxRunTime (${config.timing.maxRunTime}), with an hour over for clocks: a backup that still runs may need what is deleted.`,
    );
  const trust = controlTrust(config, env);
  const temporal = temporalConnection(resolved, env);
  warnOfExposedConnections(config, temporal, log);
  const connections = await connectToTemporal(temporal, log.info);
  const store = openStore(storeSettings(resolved, 'janitor'));
  const close = async (): Promise<void> => {
    store.close();
    await connections.close();
  };
  try {
    const worker = await ActivityWorker.create({
      connection: connections.native,
      namespace: temporal.namespace,
      identity: janitorWorkerIdentity(cluster, { host: hostname(), pid: process.pid }),
      activities: makeJanitorActivities({
        client: connections.client,
        timing,
        repository: openRepository({ store, cluster, trust }),
      }),
      dataConverter,
      interceptors: { activity: [heartbeatInterceptor] },
      shutdownGraceTime: timing.shutdownGrace,
      taskQueue: janitorQueue(cluster),
      maxConcurrentActivityTaskExecutions: MAX_CONCURRENT_STEPS,
      maxConcurrentActivityTaskPolls: 2,
    });
    const ready = `ready: cluster ${cluster}, task queue ${janitorQueue(cluster)}, Temporal ${temporal.address}`;
    return preparedWorker([worker], { ready, close });
  } catch (error) {
    await close();
    throw error;
  }
}
