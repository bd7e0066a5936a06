import { hostname, userInfo } from 'node:os';

/**
 * The caller, as records and lists name it: the person and the machine. Behind `sudo`, the person who typed it. A
 * process id would identify nobody an hour later.
 */
export function callerIdentity(env: NodeJS.ProcessEnv = process.env): string {
  return `${env['SUDO_USER'] ?? userName(env)}@${hostname()}`;
}

function userName(env: NodeJS.ProcessEnv): string {
  try {
    return userInfo().username;
  } catch {
    // In a container the process may run as a user without an entry.
    return env['USER'] ?? `uid ${String(process.getuid?.() ?? 'unknown')}`;
  }
}
