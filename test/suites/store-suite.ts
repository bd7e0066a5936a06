import { randomBytes } from 'node:crypto';
import { crc32 } from 'node:zlib';
import {
  compositeCrc32,
  crc32Base64,
  isStoreError,
  type ListedObject,
  type ObjectStore,
  type StoreErrorKind,
} from '../../src/transfer';
import { probeStore } from '../../src/repository';

/** A store under test, and how to end it. */
export interface OpenedStore {
  store: ObjectStore;
  close(): Promise<void>;
}

const MIB = 1024 * 1024;

/** Where a store is known to fall short. The suite fails when it does so anywhere else, or no longer does. */
export interface KnownLacks {
  /** Promises of this suite, by their titles, that the store breaks. */
  breaks: readonly string[];
  /** What the probe says about it, worst first; each is found within one finding. */
  findings: readonly string[];
}

/** What Kalpa needs of a store. Every store runs all of it; without `lacks`, it keeps every promise. */
export function describeStore(name: string, open: () => Promise<OpenedStore>, lacks?: KnownLacks): void {
  describe(`${name} store`, () => {
    const unheard = new Set(lacks?.breaks);
    const promise = (title: string, keep: () => Promise<void>): void => {
      if (unheard.delete(title)) it.failing(`does not keep this: ${title}`, keep);
      else it(title, keep);
    };
    let opened: OpenedStore;
    let store: ObjectStore;
    beforeAll(async () => {
      opened = await open();
      store = opened.store;
    });
    afterAll(async () => opened.close());

    it(
      lacks ? 'is refused by the probe, for these reasons' : 'is found safe by the probe, which leaves nothing',
      async () => {
        const { safe, findings } = await probeStore(store);
        expect(findings).toEqual((lacks?.findings ?? []).map((finding) => expect.stringContaining(finding) as string));
        expect(safe).toBe(lacks === undefined);
        expect(await listAll(store, '')).toEqual([]);
      },
    );

    for (const size of [0, 1, MIB, 5 * MIB + 1])
      promise(`gives back the ${size} bytes it was given`, async () => {
        const key = newKey();
        const body = randomBytes(size);
        const made = await store.create(key, body);
        expect(made.etag).not.toBe('');
        expect((await store.read(key)).equals(body)).toBe(true);
        expect(await store.head(key)).toMatchObject({ size, etag: made.etag });
      });

    promise('keeps the first bytes when the same key is created twice', async () => {
      const key = newKey();
      await store.create(key, Buffer.from('first'));
      expect(await kindOf(store.create(key, Buffer.from('second')))).toBe('exists');
      expect(String(await store.read(key))).toBe('first');
    });

    promise('lets one of twenty create the same key', async () => {
      const key = newKey();
      const kinds = await Promise.all(
        Array.from({ length: 20 }, (_, i) => kindOf(store.create(key, Buffer.from(`${i}`)))),
      );
      expect(kinds.filter((kind) => kind === 'fine')).toHaveLength(1);
      expect(kinds.every((kind) => ['fine', 'exists', 'unavailable'].includes(kind))).toBe(true);
    });

    promise('refuses bytes that do not have the checksum sent with them', async () => {
      const body = Buffer.from('these bytes');
      const key = newKey();
      expect(['checksum', 'invalid']).toContain(await kindOf(store.create(key, body, { crc32: crc32(body) ^ 1 })));
      expect(await kindOf(store.head(key))).toBe('missing');
    });

    promise('reports the checksum of an object', async () => {
      const key = newKey();
      const body = randomBytes(1000);
      await store.create(key, body);
      expect((await store.head(key)).crc32).toBe(crc32Base64(crc32(body)));
    });

    promise('reads a range', async () => {
      const key = newKey();
      const body = randomBytes(MIB);
      const { etag } = await store.create(key, body);
      const into = Buffer.alloc(1000);
      await store.readRange(key, 500_000, into, { ifMatch: etag });
      expect(into.equals(body.subarray(500_000, 501_000))).toBe(true);
    });

    promise('refuses a range of another object than the one asked for', async () => {
      const key = newKey();
      await store.create(key, randomBytes(1000));
      const other = { ifMatch: '"0123456789abcdef0123456789abcdef"' };
      expect(await kindOf(store.readRange(key, 0, Buffer.alloc(10), other))).toBe('changed');
    });

    promise('says that an object is missing', async () => {
      const key = newKey();
      expect(await kindOf(store.read(key))).toBe('missing');
      expect(await kindOf(store.head(key))).toBe('missing');
      expect(await kindOf(store.readRange(key, 0, Buffer.alloc(1)))).toBe('missing');
    });

    promise('lists folders without what is in them', async () => {
      const prefix = `${newKey()}/`;
      for (const name of ['one.json', 'a/1', 'a/2/3', 'b-1/x', 'c/d/e/f'])
        await store.create(prefix + name, Buffer.of(1));
      const folders = async (below: string): Promise<string[]> => {
        const found: string[] = [];
        for await (const folder of store.folders(below)) found.push(folder.slice(prefix.length));
        return found;
      };
      expect(await folders(prefix)).toEqual(['a/', 'b-1/', 'c/']);
      expect(await folders(`${prefix}a/`)).toEqual(['a/2/']);
      expect(await folders(`${prefix}nothing/`)).toEqual([]);
    });

    promise('lists what was written at once, in key order, across pages', async () => {
      const prefix = `${newKey()}/`;
      const keys = Array.from({ length: 1_100 }, (_, i) => `${prefix}${String(i).padStart(4, '0')}`);
      // Alone: a store over a folder (rclone) fails some of the first writes of a prefix when they race to make it.
      await store.create(keys[0] ?? '', Buffer.from('x'));
      for (let i = 1; i < keys.length; i += 50) {
        await Promise.all(keys.slice(i, i + 50).map((key) => store.create(key, Buffer.from('x'))));
      }
      const listed = await listAll(store, prefix);
      expect(listed.map((object) => object.key)).toEqual(keys);
      expect(listed[0]).toMatchObject({ size: 1 });
      const after = await listAll(store, prefix, keys[1_097]);
      expect(after.map((object) => object.key)).toEqual(keys.slice(1_098));
      expect(await store.delete(keys)).toEqual([]);
      expect(await listAll(store, prefix)).toEqual([]);
    });

    promise('deletes what is not there without complaint', async () => {
      expect(await store.delete([newKey()])).toEqual([]);
    });

    for (const odd of ["it's", 'a b', 'ü/ä', 'a%2Fb', 'a+b', '~tilde', '日本'])
      promise(`keeps apart and finds again the key ${odd}`, async () => {
        const key = `${newKey()}/${odd}`;
        await store.create(key, Buffer.from(odd));
        expect(String(await store.read(key))).toBe(odd);
        expect((await listAll(store, key)).map((object) => object.key)).toEqual([key]);
      });

    const uploadParts = async (key: string, bodies: Buffer[]) => {
      const uploadId = await store.createMultipart(key);
      const sent = [];
      for (const [i, body] of bodies.entries())
        sent.push(await store.uploadPart({ key, uploadId, number: i + 1 }, body));
      return { uploadId, sent };
    };

    promise('assembles the parts of an upload, and lists both until then', async () => {
      const key = newKey();
      const parts = [randomBytes(5 * MIB), randomBytes(5 * MIB), randomBytes(7)];
      const { uploadId, sent } = await uploadParts(key, parts);
      const listed = await store.listParts(key, uploadId);
      expect(listed.map(({ number, size, etag }) => ({ number, size, etag }))).toEqual(
        sent.map(({ number, size, etag }) => ({ number, size, etag })),
      );
      // Some stores list parts without their checksum; one that lists it must list the right one.
      for (const [i, part] of listed.entries()) expect([undefined, sent[i]?.crc32]).toContain(part.crc32);
      expect((await store.listMultipartUploads(key)).map((upload) => upload.uploadId)).toEqual([uploadId]);
      await store.completeMultipart(key, uploadId, sent);
      expect((await store.read(key)).equals(Buffer.concat(parts))).toBe(true);
      expect(await store.listMultipartUploads(key)).toEqual([]);
    });

    promise('reports the checksum of assembled parts', async () => {
      const key = newKey();
      const parts = [randomBytes(5 * MIB), randomBytes(7)];
      const { uploadId, sent } = await uploadParts(key, parts);
      await store.completeMultipart(key, uploadId, sent);
      expect((await store.head(key)).crc32).toBe(compositeCrc32(parts.map((part) => crc32Base64(crc32(part)))));
    });

    promise('keeps the first bytes when an upload is completed over them', async () => {
      const key = newKey();
      await store.create(key, Buffer.from('first'));
      const { uploadId, sent } = await uploadParts(key, [Buffer.from('second')]);
      expect(await kindOf(store.completeMultipart(key, uploadId, sent))).toBe('exists');
      await store.abortMultipart(key, uploadId);
      expect(String(await store.read(key))).toBe('first');
    });

    promise('refuses a part with a wrong checksum', async () => {
      const key = newKey();
      const uploadId = await store.createMultipart(key);
      const body = randomBytes(1000);
      const sent = store.uploadPart({ key, uploadId, number: 1 }, body, { crc32: crc32(body) ^ 1 });
      expect(['checksum', 'invalid']).toContain(await kindOf(sent));
      await store.abortMultipart(key, uploadId);
    });

    promise('drops an aborted upload, also twice', async () => {
      const key = newKey();
      const uploadId = await store.createMultipart(key);
      await store.uploadPart({ key, uploadId, number: 1 }, Buffer.from('part'));
      await store.abortMultipart(key, uploadId);
      await store.abortMultipart(key, uploadId);
      expect(await store.listMultipartUploads(key)).toEqual([]);
      expect(await kindOf(store.head(key))).toBe('missing');
    });

    promise('has a clock, and says what the bucket does', async () => {
      expect(Math.abs((await store.serverTime()).getTime() - Date.now())).toBeLessThan(60_000);
      const traits = await store.traits();
      expect(typeof traits.versioned).toBe('boolean');
      expect(typeof traits.objectLock).toBe('boolean');
      expect(Array.isArray(traits.expirations)).toBe(true);
    });

    promise('stops a request when asked to', async () => {
      const stopped = new AbortController();
      stopped.abort();
      expect(await kindOf(store.create(newKey(), Buffer.from('x'), { signal: stopped.signal }))).toBe('aborted');
    });

    if (unheard.size > 0) throw new Error(`The store suite has no promise "${[...unheard].join('", "')}".`);
  });
}

let keys = 0;
const newKey = (): string => `suite/${process.pid}-${Date.now()}-${(keys += 1)}`;

/** What came of a request: `fine`, or the kind of its failure. */
export async function kindOf(request: Promise<unknown>): Promise<StoreErrorKind | 'fine'> {
  try {
    await request;
    return 'fine';
  } catch (error) {
    if (!isStoreError(error)) throw error;
    return error.kind;
  }
}

async function listAll(store: ObjectStore, prefix: string, after?: string): Promise<ListedObject[]> {
  const all: ListedObject[] = [];
  for await (const object of store.list(prefix, { after })) all.push(object);
  return all;
}
