import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { StackJson } from './stack-json';
import { recordedStack } from './supervisor';

/** What a stack that runs in this home says of itself; undefined when none is ready. */
export function runningStackJson(home: string): StackJson | undefined {
  const file = join(home, 'stack.json');
  if (!existsSync(file) || !recordedStack(home).running) return undefined;
  return JSON.parse(readFileSync(file, 'utf8')) as StackJson;
}
