import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from '@temporalio/worker';
import { activitySigns } from '../activities/activity-signs';
import { makeNodeActivities } from '../activities/node';
import type { NodeIdentity } from '../activities/node/dependencies';
import { RunningCopies } from '../activities/node/running-copies';
import {
  ConfigurationError,
  storeSettings,
  temporalConnection,
  type KalpaConfig,
  type ResolvedConfig,
} from '../config';
import { nodeControlQueue, nodeQueue, timingInMs } from '../contract';
import { openRepository } from '../repository';
import { createTransferEngine, openStore, TransferLimits } from '../transfer';
import { connectToTemporal } from './connect';
import { openCluster } from './open-cluster';
import { preparedWorker, type PreparedWorker } from './prepared-worker';
import { isWrongForGood, proveIdentity } from './prove-identity';
import { installRuntime } from './runtime';

/** Batches at once; the bytes in flight are bounded by the slot pool, not by this. */
const COPIES_AT_ONCE = 4;
const QUICK_AT_ONCE = 20;
const LONGEST_PAUSE_MS = 10_000;

/** Runs the activities of one node until the process is told to stop: one process, two activity-only workers. */
export async function runNodeWorker(resolved: ResolvedConfig, env: NodeJS.ProcessEnv = process.env): Promise<void> {
  installRuntime(resolved.config);
  const worker = await prepareNodeWorker(resolved, env);
  const running = worker.run();
  process.stdout.write(`${worker.ready}\n`);
  await running;
}

/** Proves the node's identity, connects and makes its two workers; the SDK's runtime is the caller's. */
export async function prepareNodeWorker(resolved: ResolvedConfig, env: NodeJS.ProcessEnv): Promise<PreparedWorker> {
  const { config } = resolved;
  if (!config.node)
    throw new ConfigurationError(
      `${resolved.source.file} has no section \`node\`, which \`kalpa worker node\` needs: address and dataDirs of the tserver beside it.`,
    );
  const { node } = config;
  const say = (line: string): void => {
    process.stdout.write(`${new Date().toISOString()} node worker ${node.address}: ${line}\n`);
  };
  const timing = timingInMs(config.timing);
  const temporal = temporalConnection(resolved, env);
  const identity = await provedIdentity(config, say);
  const connections = await connectToTemporal(temporal, say);
  const store = openStore(storeSettings(resolved));
  const close = async (): Promise<void> => {
    store.close();
    await connections.close();
    say('stopped');
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
      identity: `kalpa-node/${node.address}:${process.pid}`,
      activities,
      interceptors: { activity: [activitySigns] },
      maxHeartbeatThrottleInterval: '3s' as const,
      shutdownGraceTime: timing.shutdownGrace,
    };
    const copies = await Worker.create({
      ...shared,
      taskQueue: nodeQueue(config.cluster, node.address),
      maxConcurrentActivityTaskExecutions: COPIES_AT_ONCE,
    });
    const quick = await Worker.create({
      ...shared,
      taskQueue: nodeControlQueue(config.cluster, node.address),
      maxConcurrentActivityTaskExecutions: QUICK_AT_ONCE,
    });
    const ready = `node worker ready: ${node.address} is tserver ${identity.uuid}, task queue ${nodeQueue(config.cluster, node.address)}`;
    return preparedWorker([copies, quick], { ready, close });
  } catch (error) {
    await close();
    throw error;
  }
}

/** Waits for a tserver or master that is not up yet, and says so; another node's configuration ends the process. */
async function provedIdentity(config: KalpaConfig, say: (line: string) => void): Promise<NodeIdentity> {
  const node = config.node as NonNullable<KalpaConfig['node']>;
  for (let pauseMs = 500, last = ''; ; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
    try {
      return await proveIdentity(node, openCluster(config)(), config.http.tserverPort);
    } catch (error) {
      if (isWrongForGood(error))
        throw new ConfigurationError(
          `This worker does not take work, it is not on the node it is configured for. ${error.message}`,
        );
      const why = error instanceof Error ? error.message : String(error);
      if (why !== last) say(`waiting for the tserver and the masters: ${why}`);
      last = why;
      await sleep(pauseMs);
    }
  }
}
