import { makeTelemetryFilterString, Runtime } from '@temporalio/worker';
import type { KalpaConfig } from '../config';
import { temporalLogger, type WorkerLog } from './log';

/** Logger, metrics and shutdown signals of the process; once, before anything else of the SDK. */
export function installRuntime(config: KalpaConfig, log: WorkerLog): void {
  Runtime.install({
    logger: temporalLogger(log),
    telemetryOptions: {
      logging: { filter: makeTelemetryFilterString({ core: 'WARN', other: 'ERROR' }), forward: {} },
      ...(config.metrics === undefined ? {} : { metrics: { prometheus: { bindAddress: config.metrics } } }),
    },
  });
}
