import type { ClusterStore } from '../../src/repository';
import { StoreError, type ObjectStore } from '../../src/transfer';

/** Objects in memory that are listed and read, with a count of what was asked. */
export class CountedStore {
  private readonly objects = new Map<string, { bytes: Buffer; at: Date }>();
  readonly asked = { lists: 0, reads: 0, atOnce: 0 };
  private inFlight = 0;

  put(key: string, record: object, at = '2026-11-22T03:00:00.000Z'): void {
    this.objects.set(key, { bytes: Buffer.from(JSON.stringify(record)), at: new Date(at) });
  }

  of(cluster = 'demo'): ClusterStore {
    const store = {
      location: 's3://here',
      list: (prefix: string, { after = '' }: { after?: string } = {}) => this.list(prefix, after),
      read: async (key: string) => await this.read(key),
    };
    return { store: store as unknown as ObjectStore, cluster };
  }

  private async *list(prefix: string, after: string) {
    this.asked.lists += 1;
    const keys = [...this.objects.keys()].filter((key) => key.startsWith(prefix) && key > after).sort();
    for (const key of keys)
      yield await Promise.resolve({ key, size: 1, etag: '', lastModified: this.objects.get(key)?.at });
  }

  private async read(key: string): Promise<Buffer> {
    this.asked.reads += 1;
    this.inFlight += 1;
    this.asked.atOnce = Math.max(this.asked.atOnce, this.inFlight);
    await new Promise((resolve) => setImmediate(resolve));
    this.inFlight -= 1;
    const found = this.objects.get(key);
    if (found) return found.bytes;
    throw new StoreError(`${key} is not there`, { kind: 'missing', operation: 'GetObject', key, code: 'NoSuchKey' });
  }
}
