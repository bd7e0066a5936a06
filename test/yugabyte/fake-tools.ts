import { setTimeout as sleep } from 'node:timers/promises';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { YugabyteConfig } from '../../src/yugabyte';

/** Executables of one test, as shell scripts in a folder that goes away with it. */
export class FakeTools {
  readonly folder = mkdtempSync(join(tmpdir(), 'kalpa-tools-'));

  /** Writes an executable; `body` is shell. */
  write(tool: string, body: string): this {
    writeFileSync(join(this.folder, tool), `#!/bin/sh\n${body}\n`, { mode: 0o755 });
    return this;
  }

  path(name: string): string {
    return join(this.folder, name);
  }

  config(more: Partial<YugabyteConfig> = {}): YugabyteConfig {
    return {
      masters: ['127.0.0.1:7100', '127.0.0.2:7100'],
      tools: this.folder,
      ysql: { host: '127.0.0.1', port: 5433, user: 'yugabyte', database: 'yugabyte' },
      timeouts: { rpcMs: 60_000, commandMs: 10_000, httpMs: 1_000 },
      ...more,
    };
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** Waits for the end of a process that has been killed: its pipes close a little before it has gone. */
export async function gone(pid: number): Promise<void> {
  while (runs(pid)) await sleep(5);
}

/**
 * Whether a process is there; one that has ended and only waits to be reaped (by an init that may never do so) is not.
 */
export function runs(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  try {
    return !/^\d+ \(.*\) Z/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return process.platform !== 'linux';
  }
}
