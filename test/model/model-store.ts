import { crc32 } from 'node:zlib';
import { crc32Base64, StoreError, type ObjectStore, type StoreErrorKind } from '../../src/transfer';
import type { MemoryStore } from '../support/store/memory-store';
import type { Attempt, Clockwork } from './clockwork';
import type { Draws } from '../support/draws';
import type { Role, Witness } from './witness';

/** How often a request goes wrong; what FoundationDB's simulation gives its own. */
const RATES = { throttled: 0.2, away: 0.15, slow: 0.1, corrupted: 0.005 };
/** Of the requests that fail, those whose effect is there all the same. */
const LOST = 0.4;
const SLOW_MS = 20_000;
/** A listing may not show what was written so lately. */
const LATE_MS = 8_000;

export interface StoreTraits {
  faults: boolean;
  /** Listings are behind: a store that only `allowUnsafeStore` lets in. */
  late: boolean;
  /** Signatures tell what was damaged on the way of a record; without them nothing but TLS does. */
  signed: boolean;
}

type Doing = 'read' | 'create' | 'other';

/** The store as one attempt sees it: each request waits for its turn, and then goes as the seed says. */
export class ModelStore {
  /** Faults are over. */
  calm = false;
  readonly struck: Record<string, number> = {};

  constructor(
    readonly memory: MemoryStore,
    private readonly clockwork: Clockwork,
    private readonly witness: Witness,
    private readonly draws: Draws,
    private readonly traits: StoreTraits,
  ) {}

  open(attempt: Attempt, role: Role): ObjectStore {
    const raw = this.memory.open();
    const ask = async <T>(operation: string, key: string, doing: Doing, effect: () => T | Promise<T>): Promise<T> => {
      const done = async (): Promise<T> => {
        if (attempt.dead) return await new Promise<never>(() => undefined);
        this.memory.now = this.toSecond();
        const result = await effect();
        if (attempt.dieAfterRequest) {
          this.clockwork.kill(attempt);
          return await new Promise<never>(() => undefined);
        }
        return result;
      };
      await this.clockwork.turn(attempt, `${operation} ${key}`);
      return await this.faulty(attempt, { operation, key, doing }, done);
    };
    const store: Partial<ObjectStore> = {
      location: 's3://model',
      create: (key, body, options) =>
        ask('PutObject', key, 'create', async () => {
          const made = await raw.create(key, body, { lock: options?.lock });
          this.witness.created(key, body, role);
          return made;
        }),
      read: (key, options) => ask('GetObject', key, 'read', async () => this.spoilt(key, await raw.read(key, options))),
      readRange: (key, offset, into, options) =>
        ask('GetObject', key, 'read', async () => {
          await raw.readRange(key, offset, into, options);
          this.spoilt(key, into);
        }),
      head: (key, options) =>
        ask('HeadObject', key, 'other', async () => {
          if (/\/intents\//.test(key)) attempt.mustHurry = true;
          const head = await raw.head(key, options);
          return { ...head, crc32: crc32Base64(crc32(this.memory.bytesOf(key) ?? Buffer.alloc(0))) };
        }),
      list: (prefix, options) => {
        const late = this.traits.late && !this.calm;
        const { clockwork, memory } = this;
        return oneByOne(() =>
          ask('ListObjects', prefix, 'other', () => {
            const all = memory.listed(prefix, options?.after);
            return !late
              ? all
              : all.filter(
                  ({ key, lastModified }) =>
                    clockwork.now - (lastModified?.getTime() ?? 0) > (crc32(key) % 4 === 0 ? LATE_MS : 0),
                );
          }),
        );
      },
      folders: (prefix, options) =>
        oneByOne(() => ask('ListFolders', prefix, 'other', async () => await all(raw.folders(prefix, options)))),
      listVersions: (prefix, options) =>
        oneByOne(() => ask('ListVersions', prefix, 'other', async () => await all(raw.listVersions(prefix, options)))),
      delete: (names) => {
        const keys = names.map((one) => (typeof one === 'string' ? one : one.key));
        return ask('DeleteObjects', keys.join(' '), 'other', () => {
          if (role !== 'janitor') throw failed('denied', 'DeleteObjects', keys[0] ?? '');
          this.witness.removes(keys);
          return raw.delete(names);
        });
      },
      retention: (key, options) =>
        ask('GetObjectRetention', key, 'other', async () => await raw.retention(key, options)),
      setRetention: (key, lock, options) =>
        ask('PutObjectRetention', key, 'other', async () => {
          await raw.setRetention(key, lock, options);
        }),
      listMultipartUploads: () => Promise.resolve([]),
      traits: () => raw.traits(),
      serverTime: () => ask('the time', '', 'other', () => new Date(this.toSecond())),
      close: () => undefined,
    };
    return store as ObjectStore;
  }

  /** The store tells times in whole seconds. */
  private toSecond(): number {
    return Math.floor(this.clockwork.now / 1000) * 1000;
  }

  private async faulty<T>(
    attempt: Attempt,
    { operation, key, doing }: { operation: string; key: string; doing: Doing },
    done: () => Promise<T>,
  ): Promise<T> {
    if (!this.traits.faults || this.calm) return await done();
    const strike = (what: string): void => {
      this.struck[what] = (this.struck[what] ?? 0) + 1;
      this.clockwork.tell(attempt, `  ${what}`);
    };
    const draw = this.draws.next();
    const { throttled, away, slow, corrupted } = RATES;
    if (draw < throttled) {
      strike('throttled');
      throw failed('throttled', operation, key);
    }
    if (draw < throttled + away) {
      if (this.draws.chance(LOST)) {
        strike('done, and the answer lost');
        await done();
      } else strike('away');
      throw failed('unavailable', operation, key);
    }
    if (draw < throttled + away + slow) {
      const ms = this.draws.below(SLOW_MS);
      const first = this.draws.chance(0.5);
      strike(first ? 'slow' : 'answered late');
      if (first) await this.clockwork.sleep(attempt, ms);
      const result = await done();
      if (!first) await this.clockwork.sleep(attempt, ms);
      return result;
    }
    if (draw < throttled + away + slow + corrupted && doing === 'create') {
      strike('damaged on its way to the store');
      throw failed('checksum', operation, key);
    }
    return await done();
  }

  /** Bytes as they arrive. */
  private spoilt(key: string, bytes: Buffer): Buffer {
    if (!this.traits.faults || this.calm || bytes.length === 0) return bytes;
    if (!this.draws.chance(RATES.corrupted)) return bytes;
    const hashed = /\/(backups|work)\//.test(key);
    if (!hashed && !this.traits.signed) return bytes;
    this.struck['damaged on its way from the store'] = (this.struck['damaged on its way from the store'] ?? 0) + 1;
    const at = this.draws.below(bytes.length);
    this.clockwork.tell(undefined, `  ${key} damaged on its way from the store, byte ${at}`);
    bytes[at] = (bytes[at] ?? 0) ^ (1 << this.draws.below(7));
    return bytes;
  }
}

async function all<T>(pages: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const one of pages) found.push(one);
  return found;
}

/** As a generator would give them, at a fraction of its cost. */
function oneByOne<T>(request: () => Promise<T[]>): AsyncIterable<T> {
  let page: Iterator<T> | undefined;
  const next = async (): Promise<IteratorResult<T>> => (page ??= (await request()).values()).next();
  return { [Symbol.asyncIterator]: () => ({ next }) };
}

const failed = (kind: StoreErrorKind, operation: string, key: string): StoreError =>
  new StoreError(`${operation} of ${key} failed: ${kind}`, { kind, operation, key });
