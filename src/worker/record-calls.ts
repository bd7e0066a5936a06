import { appendFileSync, statSync } from 'node:fs';
import { withoutOthers } from '../conformance/transcript/ours';
import { isRecordingRequested } from '../conformance/transcript/request';
import { onCall } from '../yugabyte';
import type { WorkerLog } from './log';

/** A worker left with this switched on must not fill the disk. */
const MAX_BYTES = 256 * 1024 * 1024;

/**
 * With `KALPA_TRANSCRIPT` in its environment, a worker writes each tool run and each page to that file, one line of
 * JSON each, for `kalpa conformance --with`; with `KALPA_TRANSCRIPT_ON_REQUEST` too, only while that command runs. Only
 * its owner can read the file: it still has the names of hosts and databases.
 */
export function recordCalls(env: NodeJS.ProcessEnv, log: WorkerLog): void {
  const file = env['KALPA_TRANSCRIPT'];
  if (file === undefined || file === '') return;
  const onRequest = (env['KALPA_TRANSCRIPT_ON_REQUEST'] ?? '') !== '';
  const when = onRequest ? ' while kalpa conformance asks for it' : '';
  log.info(`every tool run and page is recorded in ${file}${when} (KALPA_TRANSCRIPT)`);
  /** Returns whether there is room for more. */
  const append = (text: string): boolean => {
    try {
      appendFileSync(file, text, { mode: 0o600 });
      if (statSync(file).size < MAX_BYTES) return true;
      log.warn(`${file} has ${MAX_BYTES} bytes: nothing more is recorded. Remove it, and start this worker again.`);
    } catch (error) {
      log.warn(`nothing more is recorded in ${file}: ${error instanceof Error ? error.message : String(error)}`);
    }
    return false;
  };
  if (!append('')) return; // made at once: whoever is to read it finds it, however little this worker is asked
  const stop = onCall((call) => {
    if (onRequest && !isRecordingRequested(file)) return;
    if (!append(`${JSON.stringify(withoutOthers(call))}\n`)) stop();
  });
}
