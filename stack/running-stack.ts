import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { runningSupervisor } from './processes/process-record';
import type { StackJson } from './stack-json';

const POLL_MS = 100;

/**
 * The stack.json of a stack that runs in this home, waiting for one that is still starting. Undefined: none is running.
 */
export async function runningStackJson(
  home: string,
  onWait: () => void = () => undefined,
): Promise<StackJson | undefined> {
  for (let reported = false; runningSupervisor(home) !== undefined; await sleep(POLL_MS)) {
    const json = readStackJson(home);
    if (json) return json;
    if (!reported) onWait();
    reported = true;
  }
  return undefined;
}

function readStackJson(home: string): StackJson | undefined {
  try {
    return JSON.parse(readFileSync(join(home, 'stack.json'), 'utf8')) as StackJson;
  } catch {
    return undefined; // not ready yet, or stopping
  }
}
