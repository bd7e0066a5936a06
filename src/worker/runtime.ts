import { DefaultLogger, Runtime, makeTelemetryFilterString } from '@temporalio/worker';
import type { KalpaConfig } from '../config';

/** Logger, metrics and shutdown signals of the process; once, before anything else of the SDK. */
export function installRuntime(config: KalpaConfig): void {
  Runtime.install({
    logger: new DefaultLogger('WARN'),
    telemetryOptions: {
      logging: { filter: makeTelemetryFilterString({ core: 'WARN', other: 'ERROR' }), forward: {} },
      ...(config.metrics === undefined ? {} : { metrics: { prometheus: { bindAddress: config.metrics } } }),
    },
  });
}
