import { makeTelemetryFilterString, Runtime } from '@temporalio/worker';
import type { KalpaConfig } from '../config';
import { temporalLogger, type WorkerLog } from './log';

/**
 * Logger, metrics and shutdown signals of the process; once, before anything else of the SDK. Without `signals` the
 * process itself decides when its workers stop.
 */
export function installRuntime(
  config: Pick<KalpaConfig, 'metrics'>,
  log: WorkerLog,
  { signals = true }: { signals?: boolean } = {},
): void {
  Runtime.install({
    ...(signals ? {} : { shutdownSignals: [] }),
    logger: temporalLogger(log),
    telemetryOptions: {
      logging: { filter: makeTelemetryFilterString({ core: 'WARN', other: 'ERROR' }), forward: {} },
      ...(config.metrics === undefined ? {} : { metrics: { prometheus: { bindAddress: config.metrics } } }),
    },
  });
}
