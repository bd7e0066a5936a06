import { spawn } from 'node:child_process';

/**
 * Makes a process group end when this process dies, even from an uncatchable signal: a shell waits for the end of a
 * pipe that only we hold open, and then kills the group. Returns the function that stops the watch, to be called once
 * the group has ended by itself.
 */
export function killGroupOnExit(group: number): () => void {
  const watch = spawn('/bin/sh', ['-c', 'read -r _; kill -s KILL -- "-$1"', 'sh', String(group)], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  });
  // Without a shell, the tool keeps running like any other.
  watch.on('error', () => undefined);
  watch.stdin.on('error', () => undefined);
  watch.unref();
  return () => {
    watch.kill('SIGKILL');
  };
}
