import { existsSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { Worker } from '@temporalio/worker';
import { heartbeatInterceptor } from '../activities/heartbeat-interceptor';
import { stepBeganInterceptor } from '../activities/step-began';
import { makeControlActivities } from '../activities/control';
import { lockLines } from '../activities/control/lock/lock-lines';
import { SharedQueries } from '../activities/control/waits/shared-queries';
import { abandonedWaits } from '../activities/abandoned-waits';
import {
  confirmPrivateFiles,
  storeSettings,
  temporalConnection,
  type KalpaConfig,
  type ResolvedConfig,
} from '../config';
import { clusterQueue, controlWorkerIdentity, timingInMs } from '../contract';
import { openRepository } from '../repository';
import { createTransferEngine, openStore } from '../transfer';
import { removeAbandonedScratch } from '../yugabyte';
import { ActivityWorker } from './activity-worker';
import { connectToTemporal } from './connect';
import { warnOfExposedConnections } from './exposed-connections';
import { controlQueues } from './control-queues';
import { dataConverter } from './data-converter';
import { openLog, type WorkerLog } from './log';
import { openCluster } from './open-cluster';
import { controlTrust } from './control-trust';
import { endedBySignals, preparedWorker, type PreparedWorker } from './prepared-worker';
import { recordCalls } from './record-calls';
import { installRuntime } from './runtime';
import { registerSearchAttributes } from './search-attributes';
import { universeOf } from './universe';
import { given } from '../objects/given';

/** Built by `npm run build` beside the compiled sources. */
const BUNDLE = join(__dirname, '../../workflow-bundle.js');

const openControlLog = ({ log, cluster }: KalpaConfig): WorkerLog =>
  openLog({ settings: log, worker: 'control worker', cluster });

/** Runs the workflows and the control activities of one cluster until the process is told to stop. */
export async function runControlWorker(resolved: ResolvedConfig, env: NodeJS.ProcessEnv = process.env): Promise<void> {
  const log = openControlLog(resolved.config);
  installRuntime(resolved.config, log);
  recordCalls(env, log);
  for (const path of await removeAbandonedScratch())
    log.info(`removed ${path}, which a worker that was killed had left`);
  const worker = await endedBySignals(log, async () => await prepareControlWorker(resolved, env, log));
  const running = worker.run();
  log.info(worker.ready);
  await running;
  log.info('stopped');
}

/** Connects and makes the workers of the workflows and the control activities; the SDK's runtime is the caller's. */
export async function prepareControlWorker(
  resolved: ResolvedConfig,
  env: NodeJS.ProcessEnv,
  log: WorkerLog = openControlLog(resolved.config),
): Promise<PreparedWorker> {
  const { config } = resolved;
  if (!existsSync(BUNDLE))
    throw new Error(`The workflow bundle ${BUNDLE} is missing, so this build is incomplete. Run \`npm run build\`.`);
  confirmPrivateFiles(resolved, env);
  const timing = timingInMs(config.timing);
  const trust = controlTrust(config, env);
  const temporal = temporalConnection(resolved, env);
  warnOfExposedConnections(config, temporal, log);
  const connections = await connectToTemporal(temporal, log.info);
  const universe = await universeOf(openCluster(config)(), log);
  const store = openStore(storeSettings(resolved, 'control'));
  const close = async (): Promise<void> => {
    store.close();
    await connections.close();
  };
  try {
    const searchAttributes = await registerSearchAttributes(connections.client, log.warn);
    const shared = {
      connection: connections.native,
      namespace: temporal.namespace,
      identity: controlWorkerIdentity(config.cluster, universe, { host: hostname(), pid: process.pid }),
      activities: makeControlActivities({
        config,
        timing,
        client: connections.client,
        ...given({ ui: temporal.ui }),
        searchAttributes,
        yugabyte: openCluster(config),
        store,
        repository: openRepository({ store, cluster: config.cluster, trust }),
        looks: new SharedQueries(),
        lines: lockLines(connections.client, timing),
        locksTried: {},
        engine: createTransferEngine(),
      }),
      dataConverter,
      interceptors: { activity: [abandonedWaits, heartbeatInterceptor, stepBeganInterceptor] },
      shutdownGraceTime: timing.shutdownGrace,
    };
    const [main, ...others] = controlQueues(config.cluster);
    const workers = [
      await Worker.create({
        ...shared,
        ...main,
        workflowBundle: { codePath: BUNDLE },
        stickyQueueScheduleToStartTimeout: timing.stickyQueueTimeout,
      }),
    ];
    for (const queue of others) workers.push(await ActivityWorker.create({ ...shared, ...queue }));
    const ready = `ready: cluster ${config.cluster}, task queue ${clusterQueue(config.cluster)}, Temporal ${temporal.address}`;
    return preparedWorker(workers, { ready, close });
  } catch (error) {
    await close();
    throw error;
  }
}
