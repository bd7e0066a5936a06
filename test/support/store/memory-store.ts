import {
  StoreError,
  type ListedObject,
  type ListedVersion,
  type ObjectStore,
  type StoreErrorKind,
} from '../../../src/transfer';

interface Kept {
  bytes: Buffer;
  at: Date;
  version: string;
  marker?: boolean;
}

/**
 * A store in this process, with a clock of its own: creates only what is not there, lists in order, and, versioned,
 * keeps what was deleted below a marker.
 * `before` is told of each request and may throw: the store is away, or the process was killed there.
 */
export class MemoryStore {
  now = Date.parse('2026-11-01T00:00:00Z');
  /** Keys of locked objects. */
  readonly locked = new Set<string>();
  before: (operation: string, key: string) => void = () => undefined;
  private readonly objects = new Map<string, Kept[]>();
  private versions = 0;

  constructor(private readonly traits: { versioned?: boolean } = {}) {}

  /** Objects that a plain list shows, in order. */
  keys(prefix = ''): string[] {
    return [...this.objects.keys()].filter((key) => key.startsWith(prefix) && this.top(key)).sort();
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
    const asked = async (operation: string, key: string): Promise<void> => {
      await Promise.resolve();
      this.before(operation, key);
      before(operation, key);
    };
    const store: Partial<ObjectStore> = {
      location: 's3://memory',
      create: async (key, body) => {
        await asked('create', key);
        if (this.top(key)) throw refusal('exists', 'PutObject', key);
        return this.put(key, body);
      },
      read: async (key, { atMost = Infinity } = {}) => {
        await asked('read', key);
        const { bytes } = this.there(key);
        if (bytes.length > atMost) throw refusal('oversized', 'GetObject', key);
        return Buffer.from(bytes);
      },
      readRange: async (key, offset, into, { ifMatch } = {}) => {
        await asked('read', key);
        const { bytes, version } = this.there(key);
        if ((ifMatch !== undefined && ifMatch !== version) || bytes.length < offset + into.length)
          throw refusal('changed', 'GetObject', key);
        bytes.copy(into, 0, offset);
      },
      head: async (key) => {
        await asked('head', key);
        const { bytes, at, version } = this.there(key);
        return { size: bytes.length, etag: version, lastModified: at };
      },
      list: (prefix, { after = '' } = {}) => this.list(prefix, after, asked),
      listVersions: (prefix) => this.listVersions(prefix, asked),
      delete: async (names) => {
        await asked('delete', names.length === 0 ? '' : JSON.stringify(names[0]));
        return names.flatMap((name) => {
          const key = typeof name === 'string' ? name : name.key;
          if (this.locked.has(key) && (typeof name !== 'string' || this.traits.versioned !== true))
            return [{ key, reason: 'AccessDenied' }];
          this.remove(key, typeof name === 'string' ? undefined : name.versionId);
          return [];
        });
      },
      listMultipartUploads: async () => await Promise.resolve([]),
      traits: async () =>
        await Promise.resolve({ versioned: this.traits.versioned === true, objectLock: false, expirations: [] }),
      serverTime: async () => await Promise.resolve(new Date(this.now)),
      close: () => undefined,
    };
    return store as ObjectStore;
  }

  put(key: string, body: Buffer | string): { etag: string; versionId?: string } {
    const version = `v${(this.versions += 1)}`;
    const kept = { bytes: Buffer.from(body), at: new Date(this.now), version };
    const below = this.traits.versioned === true ? (this.objects.get(key) ?? []) : [];
    this.objects.set(key, [...below, kept]);
    return { etag: version, ...(this.traits.versioned === true ? { versionId: version } : {}) };
  }

  /** Damages the first byte of an object; nothing else tells of it. */
  rots(key: string): void {
    const bytes = this.there(key).bytes;
    bytes[0] = (bytes[0] ?? 0) ^ 1;
  }

  /** Somebody has deleted it. */
  loses(key: string): void {
    this.objects.delete(key);
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
    if (left.length === 0) this.objects.delete(key);
    else this.objects.set(key, left);
  }

  private async *list(prefix: string, after: string, asked: Asked): AsyncGenerator<ListedObject> {
    await asked('list', prefix);
    for (const key of this.keys(prefix)) {
      const kept = this.top(key);
      if (key > after && kept) yield { key, size: kept.bytes.length, etag: kept.version, lastModified: kept.at };
    }
  }

  private async *listVersions(prefix: string, asked: Asked): AsyncGenerator<ListedVersion> {
    await asked('listVersions', prefix);
    for (const [key, all] of [...this.objects].sort(([a], [b]) => (a < b ? -1 : 1)))
      if (key.startsWith(prefix))
        for (const { version, bytes, marker } of [...all])
          yield { key, versionId: version, size: bytes.length, marker: marker === true };
  }
}

type Asked = (operation: string, key: string) => Promise<void>;

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
