import type { ClusterStore } from '../../src/repository';
import { StoreError, type ObjectStore } from '../../src/transfer';

/** Objects in memory that are listed and read, with a count of what was asked. */
export class CountedStore {
  private readonly objects = new Map<string, { bytes: Buffer; at: Date }>();
  readonly asked = { lists: 0, reads: 0, atOnce: 0, bytes: 0 };
  /** Bytes that reads in flight hold at the same time, at most. */
  bytesAtOnce = 0;
  private held = 0;
  private inFlight = 0;

  put(key: string, record: object, at = '2026-11-22T03:00:00.000Z'): void {
    this.putBytes(key, Buffer.from(JSON.stringify(record)), at);
  }

  putBytes(key: string, bytes: Buffer, at = '2026-11-22T03:00:00.000Z'): void {
    this.objects.set(key, { bytes, at: new Date(at) });
  }

  of(cluster = 'demo'): ClusterStore {
    const store = {
      location: 's3://here',
      serverTime: async () => await Promise.resolve(new Date('2026-11-23T00:00:00Z')),
      list: (prefix: string, { after = '' }: { after?: string } = {}) => this.list(prefix, after),
      read: async (key: string) => await this.read(key),
      readRange: async (key: string, offset: number, into: Buffer) => {
        (await this.read(key, { offset, length: into.length })).copy(into);
      },
    };
    return { store: store as unknown as ObjectStore, cluster };
  }

  private async *list(prefix: string, after: string) {
    this.asked.lists += 1;
    const keys = [...this.objects.keys()].filter((key) => key.startsWith(prefix) && key > after).sort();
    for (const key of keys)
      yield await Promise.resolve({
        key,
        size: this.objects.get(key)?.bytes.length ?? 0,
        etag: '',
        lastModified: this.objects.get(key)?.at,
      });
  }

  private async read(key: string, range?: { offset: number; length: number }): Promise<Buffer> {
    const found = this.objects.get(key)?.bytes;
    const bytes = found && range ? found.subarray(range.offset, range.offset + range.length) : found;
    if (range && bytes && bytes.length < range.length) throw new Error(`${key} is shorter than that`);
    this.asked.reads += 1;
    this.asked.bytes += bytes?.length ?? 0;
    this.inFlight += 1;
    this.held += bytes?.length ?? 0;
    this.asked.atOnce = Math.max(this.asked.atOnce, this.inFlight);
    this.bytesAtOnce = Math.max(this.bytesAtOnce, this.held);
    await new Promise((resolve) => setImmediate(resolve));
    this.inFlight -= 1;
    this.held -= bytes?.length ?? 0;
    if (bytes) return bytes;
    throw new StoreError(`${key} is not there`, { kind: 'missing', operation: 'GetObject', key, code: 'NoSuchKey' });
  }
}
