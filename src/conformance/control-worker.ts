import type { KalpaConfig, ResolvedConfig } from '../config';
import { prepareControlWorker } from '../worker/control';
import { openLog } from '../worker/log';
import { installRuntime } from '../worker/runtime';

/** The worker that this process runs beside what it tests. */
export interface OwnWorker {
  /** Stops polling and waits until all work in progress has ended. */
  stop(): Promise<void>;
}

/**
 * A normal control worker of the cluster, run in this process so that all its calls are recorded. It ignores signals:
 * after Ctrl-C the runs that are being cancelled still need it.
 */
export async function startControlWorker(
  resolved: ResolvedConfig,
  env: NodeJS.ProcessEnv,
  line: (line: string) => void,
): Promise<OwnWorker> {
  const config: KalpaConfig = { ...resolved.config };
  delete config.metrics; // its port may be that of the worker beside us
  const own = { ...resolved, config };
  const log = openLog(
    { settings: { format: 'text', level: 'error' }, worker: 'control worker of conformance', cluster: config.cluster },
    line,
  );
  installRuntime(config, log, { signals: false });
  const worker = await prepareControlWorker(own, env, log);
  const ended = worker.run();
  ended.catch(() => undefined); // `stop` reports it
  return {
    stop: async () => {
      worker.shutdown();
      await ended;
    },
  };
}
