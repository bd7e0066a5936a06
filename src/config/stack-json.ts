import { readFileSync, realpathSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import { packageRoot } from './package-root';

const s3Key = { accessKeyId: z.string(), secretAccessKey: z.string() };

/**
 * What the embedded stack reports about itself while it is ready. Only the fields that this package uses are checked.
 */
const stackJsonSchema = z.looseObject({
  temporal: z.looseObject({
    address: z.string(),
    ui: z.string().optional(),
    namespace: z.string(),
    cli: z.string().optional(),
  }),
  s3: z.looseObject({ ...s3Key, roles: z.record(z.string(), z.object(s3Key)).optional() }),
  config: z.string(),
  processes: z.array(z.looseObject({ name: z.string(), pid: z.int() })),
});

export type StackJson = z.output<typeof stackJsonSchema>;

/** Home of the embedded stack: `KALPA_HOME`, else `.kalpa` of this package. */
export function stackHome(env: NodeJS.ProcessEnv, cwd: string): string {
  return env['KALPA_HOME'] ? resolve(cwd, env['KALPA_HOME']) : join(packageRoot(), '.kalpa');
}

/** Whether a process with this id is running, ours or someone else's. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/**
 * The running embedded stack, or undefined. The file of a killed stack stays behind: it counts only while a process
 * that it names is alive.
 */
export function runningStack(home: string): StackJson | undefined {
  let text: string;
  try {
    text = readFileSync(join(home, 'stack.json'), 'utf8');
  } catch {
    return undefined; // no stack is ready
  }
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return undefined; // half a file is no running stack: the file is replaced atomically while one runs
  }
  const parsed = stackJsonSchema.safeParse(json);
  if (!parsed.success) return undefined;
  return parsed.data.processes.some(({ pid }) => isAlive(pid)) ? parsed.data : undefined;
}

/** Whether two paths are the same file. */
export function sameFile(a: string, b: string): boolean {
  try {
    return realpathSync(a) === realpathSync(b);
  } catch {
    return resolve(a) === resolve(b);
  }
}
