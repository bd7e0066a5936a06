import { createPublicKey, hash, type KeyObject } from 'node:crypto';
import type { z } from 'zod';
import type * as ReadJson from '../../src/untrusted/read-json';
import { RepositoryError } from '../../src/repository/repository-error';
import type { Attempt } from './clockwork';
import { TABLE } from './model-cluster';
import { running } from './running';

/** A module, seen from this folder, and what stands in for it. */
export type StandIns = Record<string, (actual: <M extends object>() => M) => object>;

const attempt = (): Attempt | undefined => running.world?.clockwork.current;

/** With these, Temporal, disks, threads and pauses are those of the world that runs. */
export const STAND_INS: StandIns = {
  '@temporalio/activity': (actual) => ({
    ...actual(),
    cancellationSignal: () => {
      const asks = attempt();
      if (asks === undefined) return new AbortController().signal;
      return (asks.stop ??= new AbortController()).signal;
    },
    activityInfo: () => ({
      workflowExecution: { workflowId: attempt()?.workflowId, runId: attempt()?.firstRunId },
      taskQueue: 'kalpa/demo',
      attempt: attempt()?.number ?? 1,
      heartbeatDetails: undefined,
    }),
    heartbeat: () => undefined,
    log: { info: () => undefined, warn: () => undefined },
  }),
  '../../src/activities/heartbeat-interceptor': (actual) => ({ ...actual(), showProgress: () => undefined }),
  // The disks of the nodes, and what reads them.
  '../../src/activities/node/snapshot-files': () => ({
    snapshotPlace: (home: { dataDir: string }, tablet: string, snapshotId: string) => ({
      directory: `${home.dataDir} ${tablet} ${snapshotId}`,
      within: home.dataDir,
    }),
    snapshotFiles: async ({ directory }: { directory: string }) => {
      const [node = '', tablet = '', snapshotId = ''] = directory.split(' ');
      const files = running.world?.cluster.filesOf(snapshotId, node, tablet).values() ?? [];
      return await Promise.resolve({ files: [...files].map(({ content: _content, ...file }) => file) });
    },
  }),
  '../../src/yugabyte': (actual) => ({
    ...actual(),
    findTablets: async ([dataDir]: string[]) => {
      const tablets = running.world?.cluster.tablets ?? [];
      return await Promise.resolve(new Map(tablets.map((id) => [id, { dataDir, tableId: TABLE }])));
    },
    decodeSnapshotFile: (bytes: Buffer) => JSON.parse(String(bytes)) as unknown,
  }),
  // Without threads, in which nothing has an order; and what packing saves is of no interest here.
  '../../src/repository/gzip': () => ({
    compress: async (content: Buffer) => await Promise.resolve(packed(content)),
    decompress: async (bytes: Buffer, atMost: number, where: string) => {
      const content = unpacked(bytes);
      if (content !== undefined && content.length <= atMost) return await Promise.resolve(content);
      throw new RepositoryError('ManifestInvalid', `${where} is no whole gzip.`);
    },
  }),
  // As hard to forge for whoever does not have the key, and a hundred times as fast.
  'node:crypto': (actual) => ({
    ...actual(),
    sign: (_: null, bytes: Buffer, key: KeyObject) => signatureOf(bytes, key),
    verify: (_: null, bytes: Buffer, key: KeyObject, sig: Buffer) => signatureOf(bytes, key).equals(sig),
  }),
  '../../src/redaction': (actual) => ({ ...actual(), redact: (text: string) => text }),
  // The same text of a record is read again and again; whoever changed what all of them share would fail.
  '../../src/untrusted/read-json': (actual) => {
    const { readJson } = actual<typeof ReadJson>();
    return {
      readJson: (schema: z.ZodType, text: string) => {
        const read = running.world?.read;
        if (read === undefined) return readJson(schema, text);
        let ofSchema = read.get(schema);
        if (ofSchema === undefined) read.set(schema, (ofSchema = new Map()));
        let known = ofSchema.get(text);
        if (known === undefined) ofSchema.set(text, (known = frozen(readJson(schema, text))));
        return known;
      },
    };
  },
  'node:timers/promises': () => ({
    setTimeout: async (ms: number, _value: unknown, { signal }: { signal?: AbortSignal } = {}) => {
      await running.world?.clockwork.sleep(attempt(), ms, signal);
    },
  }),
};

const PACKED = Buffer.from('packed\n');
const packed = (content: Buffer): Buffer => Buffer.concat([PACKED, content]);
/** What was packed; undefined where it is damaged. */
export const unpacked = (bytes: Buffer): Buffer | undefined =>
  bytes.subarray(0, PACKED.length).equals(PACKED) ? bytes.subarray(PACKED.length) : undefined;

function frozen<T>(value: T): T {
  if (typeof value === 'object' && value !== null) for (const one of Object.values(Object.freeze(value))) frozen(one);
  return value;
}

const names = new WeakMap<KeyObject, Buffer>();
function signatureOf(bytes: Buffer, key: KeyObject): Buffer {
  let name = names.get(key);
  if (name === undefined) {
    name = (key.type === 'private' ? createPublicKey(key) : key).export({ format: 'der', type: 'spki' });
    names.set(key, name);
  }
  return hash('sha512', Buffer.concat([name, bytes]), 'buffer');
}

/** From here on clocks and chance are those of the world that runs. The answer undoes it. */
export function standInForClocks(): () => void {
  const real = { now: Date.now, since: performance.now, random: Math.random, every: globalThis.setInterval };
  Date.now = () => {
    const { world } = running;
    return world ? world.clockwork.now + (attempt()?.skewMs ?? 0) : real.now();
  };
  performance.now = () => running.world?.clockwork.now ?? real.since.call(performance);
  Math.random = () => running.world?.draws.next() ?? real.random();
  // Signs of life of those that are killed would never end.
  globalThis.setInterval = (() => 0) as never;
  return () => {
    Date.now = real.now;
    performance.now = real.since;
    Math.random = real.random;
    globalThis.setInterval = real.every;
  };
}
