import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { acceptsConnections } from '../doctor/reach-address';
import type { TemporalSettings } from '../../config';
import { CommandError } from './command-error';
import { EXIT } from './exit-codes';
import { modules } from './modules';

/** A script of the embedded stack, which is in a clone alone: looked up when it is needed, never imported. */
export const stackScript = (name: string): string =>
  join(modules.packageRoot().packageRoot(), 'dist', 'stack', `${name}.js`);

/** A Temporal that runs as long as this command. */
export interface StartedTemporal {
  address: string;
  /** Its Web UI. */
  ui: string;
  stop(): Promise<void>;
}

/**
 * Starts the clone's own Temporal for this command. Undefined if one is at hand: something answers at the address, or
 * the address is one that someone configured (`standard`: the default, another one in tests). Throws `CommandError`.
 */
export async function startTemporal(
  { address, namespace, connectionOptions: { tls, apiKey } }: TemporalSettings,
  env: NodeJS.ProcessEnv,
  standard: string = modules.config().DEFAULT_TEMPORAL_ADDRESS,
): Promise<StartedTemporal | undefined> {
  const configured = address !== standard || namespace !== 'default' || Boolean(tls) || apiKey !== undefined;
  if (configured || (await acceptsConnections(address))) return undefined;
  const script = stackScript('temporal-alone');
  if (!existsSync(script))
    throw unreachable(
      `Temporal does not answer at ${address}: start it (\`temporal server start-dev\`), or set its address (TEMPORAL_ADDRESS, temporal.toml). An installed package has no Temporal of its own; in a clone, this command starts one.`,
    );
  // Its own process group: Ctrl-C reaches this command alone, which still needs it to clean up. The end of its standard
  // input tells it that this process has ended, in whatever way.
  const child = spawn(process.execPath, [script, address.split(':').at(-1) ?? ''], {
    env,
    stdio: ['pipe', 'pipe', 'pipe'],
    detached: true,
  });
  child.stdin.on('error', () => undefined);
  const exited = once(child, 'close');
  let [printed, said] = ['', ''];
  child.stderr.on('data', (chunk) => (said += String(chunk)));
  const ready = await Promise.race([
    exited.then(() => undefined),
    new Promise<{ address: string; ui: string }>((resolve) => {
      child.stdout.on('data', (chunk) => {
        printed += String(chunk);
        if (printed.includes('\n')) resolve(JSON.parse(printed) as { address: string; ui: string });
      });
    }),
  ]);
  if (!ready)
    throw unreachable(
      `Temporal does not answer at ${address}, and the embedded one could not be started: ${said.trim()}`,
    );
  return {
    ...ready,
    stop: async () => {
      child.stdin.end();
      await exited;
    },
  };
}

const unreachable = (message: string): CommandError =>
  new CommandError('TemporalUnreachable', message, EXIT.unreachable);
