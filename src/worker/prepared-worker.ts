import type { Worker } from '@temporalio/worker';

/** Workers of one role that are connected and do not poll yet. */
export interface PreparedWorker {
  /** What to say once it polls. */
  ready: string;
  /** Polls until the process is told to stop, or `shutdown` is called, and everything in hand has ended. */
  run(): Promise<void>;
  shutdown(): void;
}

/** `close` ends what the workers share, after the last one has stopped. */
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
