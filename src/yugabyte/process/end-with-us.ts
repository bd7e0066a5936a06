import { spawn } from 'node:child_process';

/**
 * Has a process group end when this process is no more, also by a signal that nobody can catch: a shell waits for the
 * end of a pipe that we alone hold open, and then kills the group. Returns what ends the watch, once the group has
 * ended by itself.
 */
export function endWithUs(group: number): () => void {
  const watch = spawn('/bin/sh', ['-c', 'read -r _; kill -s KILL -- "-$1"', 'sh', String(group)], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  });
  // Without a shell the tool goes on as any other one does.
  watch.on('error', () => undefined);
  watch.stdin.on('error', () => undefined);
  watch.unref();
  return () => {
    watch.kill('SIGKILL');
  };
}
