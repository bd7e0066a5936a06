import { randomInt } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { dirname } from 'node:path';

/** The ports of one stack, by use. */
export type Ports = Record<string, number>;

/** Whether no one listens on a port of the loopback address. */
export async function isFree(port: number): Promise<boolean> {
  return await new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => server.close(() => resolve(true)));
  });
}

/**
 * Below the range that systems use for outgoing connections (Linux from 32768, macOS from 49152), which come and go.
 */
const RANGE = { from: 15_000, to: 30_000 };

async function anyFree(taken: ReadonlySet<number>): Promise<number> {
  for (;;) {
    const port = randomInt(RANGE.from, RANGE.to);
    if (!taken.has(port) && (await isFree(port))) return port;
  }
}

/** Ports that are free now, all different. */
export async function freePorts(count: number): Promise<number[]> {
  const ports = new Set<number>();
  while (ports.size < count) ports.add(await anyFree(ports));
  return [...ports];
}

/**
 * Ports for every use: the one kept in `file` from an earlier start, else the preferred one if it is free, else any
 * free one; recorded for later starts, so that links stay the same. A recorded port that is taken now is replaced.
 */
export async function choosePorts(file: string, uses: Record<string, number | undefined>): Promise<Ports> {
  const kept = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Ports) : {};
  const ports: Ports = {};
  const taken = new Set<number>();
  for (const [use, preferred] of Object.entries(uses)) {
    const candidates = [kept[use], preferred].filter((port): port is number => port !== undefined && !taken.has(port));
    let chosen: number | undefined;
    for (const port of candidates) if (chosen === undefined && (await isFree(port))) chosen = port;
    chosen ??= await anyFree(taken);
    ports[use] = chosen;
    taken.add(chosen);
  }
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(`${file}.tmp`, JSON.stringify(ports, null, 2));
  renameSync(`${file}.tmp`, file);
  return ports;
}
