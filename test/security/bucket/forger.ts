import {
  layout,
  manifestBytes,
  newSigningKey,
  openRepository,
  trustOf,
  type ClusterStore,
  type ManifestHeader,
  type Trust,
} from '../../../src/repository';
import { envelopeBytes } from '../../../src/repository/signing/envelope';
import { signaturesOf, type SignedKind } from '../../../src/repository/signing/trust';
import { sha256Of, StoreError, type ObjectStore, type StoreErrorKind } from '../../../src/transfer';

/** A pair of keys: what its owner and its readers trust. */
export interface TestKey {
  keyId: string;
  publicKey: string;
  pem: string;
  /** Signs, and believes itself. */
  owner: Trust;
  reader: Trust;
}

export function testKey(): TestKey {
  const { pem, publicKey, keyId } = newSigningKey();
  const publicKeys = [publicKey];
  return { keyId, publicKey, pem, owner: trustOf({ publicKeys, privateKey: pem }), reader: trustOf({ publicKeys }) };
}

/** The trust of several keys, signing with the first where it is said. */
export const trusting = (keys: readonly TestKey[], signs?: TestKey): Trust =>
  trustOf({ publicKeys: keys.map(({ publicKey }) => publicKey), ...(signs ? { privateKey: signs.pem } : {}) });

const refused = (kind: StoreErrorKind, key: string, code = 'NoSuchKey'): StoreError =>
  new StoreError(`${key}: ${kind}`, { kind, operation: 'Test', key, code });

/** A bucket in memory that honours create-if-absent, and that the forger writes to as he likes. */
export class ForgedBucket {
  readonly objects = new Map<string, { bytes: Buffer; at: Date }>();
  /** The store's clock. */
  now = new Date('2026-11-22T12:00:00Z');
  /** Keys that were read, in order. */
  readonly reads: string[] = [];
  bytesRead = 0;

  /** As with plain rights to put: nothing is asked. */
  put(key: string, bytes: Buffer | string, at = this.now): void {
    this.objects.set(key, { bytes: Buffer.from(bytes as string), at });
  }

  readonly store = storeOf(this);

  repository(trust?: Trust, cluster = 'demo'): ClusterStore {
    return openRepository({ store: this.store, cluster, trust });
  }
}

/** Of the store's calls those that the repository's records need. */
function storeOf(bucket: ForgedBucket): ObjectStore {
  return {
    location: 's3://forged',
    create: async (key: string, bytes: Buffer) => {
      if (bucket.objects.has(key)) throw refused('exists', key);
      bucket.put(key, bytes);
      return await Promise.resolve({ etag: `"${sha256Of(bytes)}"` });
    },
    read: async (key: string, { atMost = Infinity }: { atMost?: number } = {}) => {
      bucket.reads.push(key);
      const object = bucket.objects.get(key);
      if (!object) throw refused('missing', key);
      if (object.bytes.length > atMost) throw refused('oversized', key, 'ObjectTooLarge');
      bucket.bytesRead += object.bytes.length;
      return await Promise.resolve(object.bytes);
    },
    readRange: async (key: string, offset: number, into: Buffer) => {
      bucket.objects.get(key)?.bytes.copy(into, 0, offset);
      bucket.bytesRead += into.length;
      await Promise.resolve();
    },
    head: async (key: string) => {
      const object = bucket.objects.get(key);
      if (!object) throw refused('missing', key);
      return await Promise.resolve({ etag: '"e"', size: object.bytes.length, lastModified: object.at });
    },
    async *list(prefix: string) {
      const found = [...bucket.objects].filter(([key]) => key.startsWith(prefix)).sort(([a], [b]) => (a < b ? -1 : 1));
      for (const [key, { bytes, at }] of found)
        yield await Promise.resolve({ key, size: bytes.length, etag: '"e"', lastModified: at });
    },
    serverTime: async () => await Promise.resolve(bucket.now),
  } as unknown as ObjectStore;
}

const TABLE = '00004000000030008000000000004001';
const SNAPSHOT = '0b5f2a0e-9c2c-4f0a-8d0e-2f6a1c3b4d5e';

/** An id as honest runs have it. */
export const idAt = (compactTime: string, database = 'ysql.orders'): string => `${database}-${compactTime}-3fa9c1`;

/** A header that passes every check of structure. */
export function forgedHeader(backupId: string, more: Partial<ManifestHeader> = {}): ManifestHeader {
  return {
    format: 1,
    backupId,
    cluster: 'demo',
    universeId: 'u',
    database: 'ysql.orders',
    startedAt: '2026-11-22T02:00:07.000Z',
    yugabyteVersion: '2025.1.1.0',
    dialect: '2025.1',
    kalpaVersion: '0.1.0',
    replicationFactor: 3,
    recoveryPoint: '2026-11-22T02:00:09.123456Z',
    hybridTime: '1795312809123456',
    snapshotId: SNAPSHOT,
    tables: [{ id: TABLE, name: 'orders', schema: 'public', partitions: 1, rows: 3 }],
    invalidIndexes: [],
    tablets: [{ id: 'a'.repeat(32), table: TABLE, peer: 'b'.repeat(32), partition: { start: '', end: '' } }],
    roles: [],
    tablespaces: [],
    extensions: [],
    segments: [
      {
        key: `clusters/demo/backups/${backupId}/${SNAPSHOT}/files/n1-0-0123456789abcdef.ndjson.gz`,
        sha256: 'c'.repeat(64),
        size: 1,
        files: 4,
        bytes: 20,
      },
    ],
    artefacts: [],
    totals: { tables: 1, tablets: 1, files: 4, bytes: 20, uploadedBytes: 20, reusedBytes: 0 },
    refersTo: [],
    store: { versioned: false, objectLock: false },
    ...more,
  };
}

/** The bytes of a record as someone with a key of their own, or without one, writes it. */
export function forgedRecord(kind: SignedKind, payload: Buffer, by?: TestKey): Buffer {
  return by ? envelopeBytes({ payload, signatures: signaturesOf(by.owner, kind, payload) }) : payload;
}

/** Puts a manifest there, whoever may not; gives its key and the hash of its payload. */
export function forgeManifest(
  bucket: ForgedBucket,
  header: ManifestHeader,
  { by, at }: { by?: TestKey; at?: Date } = {},
): { key: string; sha256: string } {
  const payload = manifestBytes(header.cluster, header);
  const key = layout.manifest(header.cluster, header.backupId);
  bucket.put(key, forgedRecord('manifest', payload, by), at);
  return { key, sha256: sha256Of(payload) };
}
