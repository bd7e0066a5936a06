import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { CommandError } from './command-error';
import { EXIT } from './exit-codes';
import { modules } from './modules';

/** Kept: the tools are the same for every run and slow to install; ports, once chosen, should not change. */
const KEPT = new Set(['tools', 'ports.json']);
/** What the stack leaves in its home: a folder without any of these is not one. */
const MARKS = ['stack.json', 'processes.json', 'ports.json', 'logs'];

/** The names to remove from the home of an embedded stack, which must not be running. */
export function namesToEmpty(home: string): string[] {
  if (!existsSync(home)) return [];
  const names = readdirSync(home);
  if (names.length > 0 && basename(home) !== '.kalpa' && !MARKS.some((mark) => names.includes(mark))) {
    throw new CommandError(
      'NotAHome',
      `Nothing was removed: ${home} does not look like the home of an embedded stack (none of ${MARKS.join(', ')} is there). Correct KALPA_HOME.`,
      EXIT.usage,
    );
  }
  const { isAlive, runningStack } = modules.config();
  if (runningStack(home) || [home, join(home, 'conformance')].flatMap(recordedPids).some(isAlive)) {
    throw new CommandError(
      'StackRunning',
      `Nothing was removed: processes of the embedded stack of ${home} are running. Stop it (Ctrl-C where it runs), then reset.`,
      EXIT.refused,
    );
  }
  return names.filter((name) => !KEPT.has(name));
}

/** Empties the home of an embedded stack that is not running. Returns the names that were removed. */
export function emptyStackHome(home: string): string[] {
  const removed = namesToEmpty(home);
  for (const name of removed) rmSync(join(home, name), { recursive: true, force: true });
  return removed;
}

/** Every pid in the stack's list of processes, whatever the list's format. */
function recordedPids(home: string): number[] {
  try {
    return [...readFileSync(join(home, 'processes.json'), 'utf8').matchAll(/"(?:pid|supervisor)"\s*:\s*(\d+)/g)].map(
      ([, pid]) => Number(pid),
    );
  } catch {
    return []; // no list: none was started
  }
}
