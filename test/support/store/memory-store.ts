import {
  StoreError,
  type ListedObject,
  type ListedVersion,
  type ObjectLock,
  type ObjectStore,
  type StoreErrorKind,
} from '../../../src/transfer';

interface Kept {
  bytes: Buffer;
  at: Date;
  version: string;
  marker?: boolean;
  lock?: ObjectLock | undefined;
}

/**
 * A store in this process, with a clock of its own: creates only what is not there, lists in order, and, versioned,
 * keeps what was deleted below a marker.
 * `before` is told of each request and may throw: the store is unavailable, or the process was killed there.
 */
export class MemoryStore {
  now = Date.parse('2026-11-01T00:00:00Z');
  /** Keys of locked objects. */
  readonly locked = new Set<string>();
  before: (operation: string, key: string) => void = () => undefined;
  private readonly objects = new Map<string, Kept[]>();
  /** Every key of `objects`, in order. */
  private readonly sorted: string[] = [];
  private versions = 0;

  /** `objectLock`: locks are kept for as long as they say, by this clock. */
  constructor(private readonly traits: { versioned?: boolean; objectLock?: boolean } = {}) {}

  /** Objects that a plain list shows, in order. */
  keys(prefix = ''): string[] {
    return this.listed(prefix).map(({ key }) => key);
  }

  /** The same, as a list request tells of them. */
  listed(prefix: string, after = ''): ListedObject[] {
    const found: ListedObject[] = [];
    for (let at = this.indexOf(prefix); this.sorted[at]?.startsWith(prefix) === true; at += 1) {
      const key = this.sorted[at] ?? '';
      const kept = this.top(key);
      if (kept && key > after) found.push({ key, size: kept.bytes.length, etag: kept.version, lastModified: kept.at });
    }
    return found;
  }

  /** Of the first key that is not before this one. */
  private indexOf(key: string): number {
    let [from, to] = [0, this.sorted.length];
    while (from < to) {
      const middle = (from + to) >> 1;
      if ((this.sorted[middle] ?? '') < key) from = middle + 1;
      else to = middle;
    }
    return from;
  }

  private drop(key: string): void {
    if (this.objects.delete(key)) this.sorted.splice(this.indexOf(key), 1);
  }

  /** Every version and marker below a prefix. */
  everything(prefix = ''): string[] {
    return [...this.objects].filter(([key]) => key.startsWith(prefix)).flatMap(([key, all]) => all.map(() => key));
  }

  passes(ms: number): void {
    this.now += ms;
  }

  /** What a client sees of it. */
  open(before: (operation: string, key: string) => void = () => undefined): ObjectStore {
    const beforeRequest = async (operation: string, key: string): Promise<void> => {
      await Promise.resolve();
      this.before(operation, key);
      before(operation, key);
    };
    const store: Partial<ObjectStore> = {
      location: 's3://memory',
      create: async (key, body, { lock } = {}) => {
        await beforeRequest('create', key);
        if (this.top(key)) throw refusal('exists', 'PutObject', key);
        if (lock && (this.traits.objectLock !== true || Date.parse(lock.until) <= this.now))
          throw refusal('invalid', 'PutObject', key);
        return this.put(key, body, lock);
      },
      retention: async (key, { versionId } = {}) => {
        await beforeRequest('retention', key);
        return this.version(key, versionId).lock;
      },
      setRetention: async (key, lock, { versionId } = {}) => {
        await beforeRequest('setRetention', key);
        const kept = this.version(key, versionId);
        if (this.traits.objectLock !== true) throw refusal('invalid', 'PutObjectRetention', key);
        const weaker = kept.lock?.mode === 'compliance' && lock.mode === 'governance';
        if (this.isLocked(kept) && (weaker || Date.parse(lock.until) < Date.parse(kept.lock?.until ?? '')))
          throw refusal('denied', 'PutObjectRetention', key);
        kept.lock = lock;
      },
      read: async (key, { atMost = Infinity } = {}) => {
        await beforeRequest('read', key);
        const { bytes } = this.there(key);
        if (bytes.length > atMost) throw refusal('oversized', 'GetObject', key);
        return Buffer.from(bytes);
      },
      readRange: async (key, offset, into, { ifMatch } = {}) => {
        await beforeRequest('read', key);
        const { bytes, version } = this.there(key);
        if ((ifMatch !== undefined && ifMatch !== version) || bytes.length < offset + into.length)
          throw refusal('changed', 'GetObject', key);
        bytes.copy(into, 0, offset);
      },
      head: async (key) => {
        await beforeRequest('head', key);
        const { bytes, at, version } = this.there(key);
        return { size: bytes.length, etag: version, lastModified: at };
      },
      list: (prefix, { after = '' } = {}) => this.list(prefix, after, beforeRequest),
      folders: (prefix) => this.folders(prefix, beforeRequest),
      listVersions: (prefix) => this.listVersions(prefix, beforeRequest),
      delete: async (names) => {
        await beforeRequest('delete', names.length === 0 ? '' : JSON.stringify(names[0]));
        return names.flatMap((name) => {
          const key = typeof name === 'string' ? name : name.key;
          const one = (this.objects.get(key) ?? []).find(
            (kept) => typeof name === 'string' || kept.version === name.versionId,
          );
          const isKept = this.locked.has(key) || (one !== undefined && this.isLocked(one));
          if (isKept && (typeof name !== 'string' || this.traits.versioned !== true))
            return [
              { key, reason: 'AccessDenied', ...(typeof name === 'string' ? {} : { versionId: name.versionId }) },
            ];
          this.remove(key, typeof name === 'string' ? undefined : name.versionId);
          return [];
        });
      },
      listMultipartUploads: async () => await Promise.resolve([]),
      traits: async () =>
        await Promise.resolve({
          versioned: this.traits.versioned === true,
          objectLock: this.traits.objectLock === true,
          expirations: [],
        }),
      serverTime: async () => await Promise.resolve(new Date(this.now)),
      close: () => undefined,
    };
    return store as ObjectStore;
  }

  put(key: string, body: Buffer | string, lock?: ObjectLock): { etag: string; versionId?: string } {
    const version = `v${(this.versions += 1)}`;
    const kept: Kept = { bytes: Buffer.from(body), at: new Date(this.now), version, lock };
    const below = this.traits.versioned === true ? (this.objects.get(key) ?? []) : [];
    if (!this.objects.has(key)) this.sorted.splice(this.indexOf(key), 0, key);
    this.objects.set(key, [...below, kept]);
    return { etag: version, ...(this.traits.versioned === true ? { versionId: version } : {}) };
  }

  /** What stands under a key. */
  bytesOf(key: string): Buffer | undefined {
    return this.top(key)?.bytes;
  }

  /** Until when nobody can delete what stands under a key. */
  lockOf(key: string): ObjectLock | undefined {
    return this.top(key)?.lock;
  }

  /** Damages the first byte of an object; nothing else tells of it. */
  rots(key: string): void {
    const bytes = this.there(key).bytes;
    bytes[0] = (bytes[0] ?? 0) ^ 1;
  }

  /** Someone has deleted it. */
  loses(key: string): void {
    this.drop(key);
  }

  private top(key: string): Kept | undefined {
    const last = this.objects.get(key)?.at(-1);
    return last?.marker === true ? undefined : last;
  }

  private there(key: string): Kept {
    const found = this.top(key);
    if (!found) throw refusal('missing', 'GetObject', key);
    return found;
  }

  private version(key: string, versionId: string | undefined): Kept {
    const one = (this.objects.get(key) ?? []).find(({ version }) => version === versionId);
    return versionId === undefined ? this.there(key) : (one ?? this.there(`${key}?${versionId}`));
  }

  private isLocked({ lock }: Kept): boolean {
    return lock !== undefined && Date.parse(lock.until) > this.now;
  }

  private remove(key: string, versionId: string | undefined): void {
    const all = this.objects.get(key);
    if (!all) return;
    const left =
      versionId !== undefined
        ? all.filter(({ version }) => version !== versionId)
        : this.traits.versioned === true
          ? [
              ...all,
              { bytes: Buffer.alloc(0), at: new Date(this.now), version: `v${(this.versions += 1)}`, marker: true },
            ]
          : [];
    if (left.length === 0) this.drop(key);
    else this.objects.set(key, left);
  }

  private async *list(prefix: string, after: string, beforeRequest: BeforeRequest): AsyncGenerator<ListedObject> {
    await beforeRequest('list', prefix);
    yield* this.listed(prefix, after);
  }

  private async *folders(prefix: string, beforeRequest: BeforeRequest): AsyncGenerator<string> {
    await beforeRequest('folders', prefix);
    const found = this.keys(prefix).flatMap((key) => {
      const slash = key.indexOf('/', prefix.length);
      return slash === -1 ? [] : [key.slice(0, slash + 1)];
    });
    yield* new Set(found);
  }

  private async *listVersions(prefix: string, beforeRequest: BeforeRequest): AsyncGenerator<ListedVersion> {
    await beforeRequest('listVersions', prefix);
    for (const [key, all] of [...this.objects].sort(([a], [b]) => (a < b ? -1 : 1)))
      if (key.startsWith(prefix))
        for (const { version, bytes, marker } of [...all])
          yield { key, versionId: version, size: bytes.length, marker: marker === true };
  }
}

type BeforeRequest = (operation: string, key: string) => Promise<void>;

const refusal = (kind: StoreErrorKind, operation: string, key: string): StoreError =>
  new StoreError(`${operation} of ${key} failed`, {
    kind,
    operation,
    key,
    code: kind === 'missing' ? 'NoSuchKey' : kind,
    status: undefined,
    retryAfterMs: undefined,
    cause: undefined,
  });
