import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { heartbeatInterceptor } from '../activities/heartbeat-interceptor';
import { makeNodeActivities } from '../activities/node';
import type { NodeIdentity } from '../activities/node/dependencies';
import { RunningCopies } from '../activities/node/running-copies';
import {
  ConfigurationError,
  confirmPrivateFiles,
  KALPA_VERSION,
  storeSettings,
  temporalConnection,
  type KalpaConfig,
  type ResolvedConfig,
} from '../config';
import { nodeControlQueue, nodeQueue, nodeWorkerIdentity, timingInMs } from '../contract';
import { openRepository } from '../repository';
import { createTransferEngine, openStore, TransferLimits } from '../transfer';
import { ActivityWorker } from './activity-worker';
import { connectToTemporal } from './connect';
import { dataConverter } from './data-converter';
import { warnOfExposedConnections } from './exposed-connections';
import { openLog, type WorkerLog } from './log';
import { holdNode, type LockHolder, type NodeLock } from './node-lock';
import { openCluster } from './open-cluster';
import { endedBySignals, preparedWorker, type PreparedWorker } from './prepared-worker';
import { isPermanent, proveIdentity } from './prove-identity';
import { recordCalls } from './record-calls';
import { installRuntime } from './runtime';

/** Batches at once; the bytes in flight are bounded by the slot pool, not by this. */
const MAX_CONCURRENT_COPIES = 4;
const MAX_CONCURRENT_SHORT_STEPS = 20;
/** Open requests for work on each queue. There is a worker for each node, and all of them ask the same server. */
const POLLS = 2;
const MAX_PAUSE_MS = 10_000;

/** Runs the activities of one node until the process is stopped: one process, two activity-only workers. */
export async function runNodeWorker(resolved: ResolvedConfig, env: NodeJS.ProcessEnv = process.env): Promise<void> {
  const log = openNodeLog(resolved);
  const worker = await endedBySignals(log, async () => {
    const place = await claimNode(resolved, env, log);
    // The previous worker kept its metrics port until its process ended; this one keeps its lock as long.
    process.once('exit', () => {
      place.lock.release();
    });
    installRuntime(resolved.config, log);
    recordCalls(env, log);
    return await prepareNodeWorker(resolved, env, log, place);
  });
  const running = worker.run();
  log.info(worker.ready);
  await running;
}

function openNodeLog({ config }: ResolvedConfig): WorkerLog {
  return openLog({
    settings: config.log,
    worker: `node worker ${config.node?.address ?? ''}`.trimEnd(),
    cluster: config.cluster,
  });
}

interface NodePlace {
  node: NonNullable<KalpaConfig['node']>;
  identity: NodeIdentity;
  lock: NodeLock;
}

/** Proves the node's identity, and waits until no other worker serves it. */
async function claimNode(resolved: ResolvedConfig, env: NodeJS.ProcessEnv, log: WorkerLog): Promise<NodePlace> {
  const { config, source } = resolved;
  const { node } = config;
  confirmPrivateFiles(resolved, env);
  if (!node)
    throw new ConfigurationError(
      `${source.file} has no section \`node\`, which \`kalpa worker node\` needs: address and dataDirs of the tserver beside it.`,
    );
  return { node, identity: await provedIdentity(config, log), lock: await onlyWorker(config.cluster, node, log) };
}

/**
 * Connects and creates the node's two workers; the SDK's runtime is the caller's, and the lock if a `place` is given.
 */
export async function prepareNodeWorker(
  resolved: ResolvedConfig,
  env: NodeJS.ProcessEnv,
  log: WorkerLog = openNodeLog(resolved),
  place?: NodePlace,
): Promise<PreparedWorker> {
  const { config } = resolved;
  const { node, identity, lock } = place ?? (await claimNode(resolved, env, log));
  const timing = timingInMs(config.timing);
  const temporal = temporalConnection(resolved, env);
  warnOfExposedConnections(config, temporal, log);
  const connections = await connectToTemporal(temporal, log.info);
  const store = openStore(storeSettings(resolved, 'node'));
  const close = async (): Promise<void> => {
    store.close();
    await connections.close();
    if (!place) lock.release();
    log.info('stopped');
  };
  try {
    const activities = makeNodeActivities({
      config,
      timing,
      identity,
      store,
      engine: createTransferEngine(),
      repository: openRepository({ store, cluster: config.cluster }),
      yugabyte: openCluster(config),
      copies: new RunningCopies(new TransferLimits(node.limits)),
    });
    const shared = {
      connection: connections.native,
      namespace: temporal.namespace,
      identity: nodeWorkerIdentity(node.address, { host: hostname(), pid: process.pid }),
      activities,
      dataConverter,
      interceptors: { activity: [heartbeatInterceptor] },
      maxHeartbeatThrottleInterval: '3s' as const,
      shutdownGraceTime: timing.shutdownGrace,
    };
    const copies = await ActivityWorker.create({
      ...shared,
      taskQueue: nodeQueue(config.cluster, node.address),
      maxConcurrentActivityTaskExecutions: MAX_CONCURRENT_COPIES,
      maxConcurrentActivityTaskPolls: POLLS,
    });
    const quick = await ActivityWorker.create({
      ...shared,
      taskQueue: nodeControlQueue(config.cluster, node.address),
      maxConcurrentActivityTaskExecutions: MAX_CONCURRENT_SHORT_STEPS,
      maxConcurrentActivityTaskPolls: POLLS,
    });
    const ready = `ready: ${node.address} is tserver ${identity.uuid}, task queue ${nodeQueue(config.cluster, node.address)}`;
    return stoppedWhenLost(preparedWorker([copies, quick], { ready, close }), lock, node);
  } catch (error) {
    await close();
    throw error;
  }
}

/** A node has one worker: a running one is waited for, so that a new version can be started before the old one ends. */
async function onlyWorker(
  cluster: string,
  { address, dataDirs }: NonNullable<KalpaConfig['node']>,
  log: WorkerLog,
): Promise<NodeLock> {
  const [dataDir = ''] = [...dataDirs].sort();
  const lock = await holdNode({
    dataDir,
    cluster,
    self: { pid: process.pid, host: hostname(), version: KALPA_VERSION, since: new Date().toISOString() },
    onWait: (holder) => {
      log.info(`waiting: ${describeHolder(holder)} serves ${address}; this one takes over when it ends`);
    },
  });
  return lock;
}

const describeHolder = ({ pid, host, version, since }: LockHolder): string =>
  `the node worker with process ${pid} on ${host} (Kalpa ${version}, since ${since})`;

/** A worker that has lost its lock stops, and its process ends with an error. */
function stoppedWhenLost(worker: PreparedWorker, lock: NodeLock, { address }: { address: string }): PreparedWorker {
  return {
    ...worker,
    run: async () => {
      const lost = lock.lost.then(() => {
        worker.shutdown();
        return true;
      });
      await worker.run();
      if (await Promise.race([lost, Promise.resolve(false)]))
        throw new Error(
          `The lock of ${address} was removed and another node worker took it, so this one stopped. Run one node worker for each tserver.`,
        );
    },
  };
}

/** Waits for a tserver or master that is not up yet, and logs that; another node's configuration ends the process. */
async function provedIdentity(config: KalpaConfig, log: WorkerLog): Promise<NodeIdentity> {
  const node = config.node as NonNullable<KalpaConfig['node']>;
  for (let pauseMs = 500, last = ''; ; pauseMs = Math.min(pauseMs * 2, MAX_PAUSE_MS)) {
    try {
      return await proveIdentity(node, openCluster(config)(), config.http.tserverPort);
    } catch (error) {
      if (isPermanent(error))
        throw new ConfigurationError(
          `This worker takes no work: it is not on the node that it is configured for. ${error.message}`,
        );
      const why = error instanceof Error ? error.message : String(error);
      if (why !== last) log.info(`waiting for the tserver and the masters: ${why}`);
      last = why;
      await sleep(pauseMs);
    }
  }
}
