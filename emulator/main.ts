import { readFileSync } from 'node:fs';
import { startEmulator } from '.';
import type { EmulatorOptions } from './options';

/** `node main.js <cluster.json>`: serves in the foreground until SIGTERM. */
async function main(): Promise<void> {
  const [file] = process.argv.slice(2);
  if (file === undefined) throw new Error('usage: main.js <path of cluster.json>');
  const emulator = await startEmulator(JSON.parse(readFileSync(file, 'utf8')) as EmulatorOptions);
  const stop = (): void => {
    void emulator.stop().then(() => process.exit(0));
  };
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
  process.stdout.write('emulator ready\n');
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  process.exit(1);
});
