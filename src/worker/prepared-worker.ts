import type { Worker } from '@temporalio/worker';
import type { WorkerLog } from './log';

/** Workers of one role that are connected and do not poll yet. */
export interface PreparedWorker {
  /** The log line once it polls. */
  ready: string;
  /** Polls until the process is stopped, or `shutdown` is called, and everything in progress has ended. */
  run(): Promise<void>;
  shutdown(): void;
}

/** `close` releases what the workers share, after the last one has stopped. */
export function preparedWorker(
  workers: Worker[],
  { ready, close }: { ready: string; close: () => Promise<void> },
): PreparedWorker {
  return {
    ready,
    run: async () => {
      try {
        await Promise.all(workers.map(async (worker) => await worker.run()));
      } finally {
        await close();
      }
    },
    shutdown: () => {
      for (const worker of workers) worker.shutdown();
    },
  };
}

const SIGNALS = ['SIGTERM', 'SIGINT', 'SIGQUIT'] as const;

/**
 * Prepares a worker; while it waits for what it needs, a signal ends the process: the SDK handles signals for running
 * workers only.
 */
export async function endedBySignals(log: WorkerLog, prepare: () => Promise<PreparedWorker>): Promise<PreparedWorker> {
  const end = (signal: NodeJS.Signals): void => {
    log.info(`stopped by ${signal} before it was ready`);
    process.exit(0);
  };
  for (const signal of SIGNALS) process.on(signal, end);
  try {
    return await prepare();
  } finally {
    for (const signal of SIGNALS) process.off(signal, end);
  }
}
