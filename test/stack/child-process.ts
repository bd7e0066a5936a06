import { setTimeout as sleep } from 'node:timers/promises';
import type { ServiceSpec } from '../../stack/processes/supervisor';

/** A service that prints `serving`, and then does what the script says. */
export function nodeService(name: string, script: string, more: Partial<ServiceSpec> = {}): ServiceSpec {
  return {
    name,
    stage: 'server',
    command: process.execPath,
    args: ['-e', script],
    ready: (log) => log.includes('serving'),
    readyWithinMs: 10_000,
    ...more,
  };
}

/** Serves until it is told to stop. */
export const OBEDIENT = `console.log('serving'); setInterval(() => {}, 1000)`;
/** Serves, and takes no notice of being told to stop. */
export const STUBBORN = `process.on('SIGTERM', () => {}); console.log('serving'); setInterval(() => {}, 1000)`;

/** Waits until something holds. */
export async function until(what: () => boolean | Promise<boolean>, withinMs = 20_000): Promise<void> {
  for (const giveUpAt = Date.now() + withinMs; !(await what()); await sleep(20)) {
    if (Date.now() > giveUpAt) throw new Error(`It did not come true within ${withinMs} ms: ${what.toString()}`);
  }
}
