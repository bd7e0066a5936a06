import { setTimeout as sleep } from 'node:timers/promises';
import { Client, Connection } from '@temporalio/client';
import { NativeConnection } from '@temporalio/worker';
import type { TemporalSettings } from '../config';

const FIRST_PAUSE_MS = 250;
const MAX_PAUSE_MS = 5_000;

export interface TemporalConnections {
  /** For the worker's polling. */
  native: NativeConnection;
  client: Client;
  close(): Promise<void>;
}

/** Connects; while Temporal is not up it waits and says so, because a worker may be started first. */
export async function connectToTemporal(
  settings: TemporalSettings,
  onLine: (line: string) => void,
): Promise<TemporalConnections> {
  for (let pauseMs = FIRST_PAUSE_MS, reported = false; ; pauseMs = Math.min(pauseMs * 2, MAX_PAUSE_MS)) {
    try {
      const native = await NativeConnection.connect(settings.connectionOptions);
      const connection = await Connection.connect(settings.connectionOptions);
      const client = new Client({ connection, namespace: settings.namespace });
      return {
        native,
        client,
        close: async () => {
          await connection.close();
          await native.close();
        },
      };
    } catch (error) {
      if (!reported)
        onLine(
          `waiting for Temporal at ${settings.address}: ${error instanceof Error ? error.message : String(error)}`,
        );
      reported = true;
      await sleep(pauseMs);
    }
  }
}
