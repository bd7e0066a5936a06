import { setMaxListeners } from 'node:events';
import { ChunkReader } from '../chunk-reader';
import { confirmObject, type ExpectedObject } from './confirm-object';
import { compositeCrc32, crc32Base64 } from '../crc32';
import type { ObjectStore, ObjectVersion, UploadedPart } from '../store/object-store';
import type { RetryPolicy } from '../store/retry';
import { retryingStore } from '../store/retrying-store';
import type { SlotPool } from '../limits/slot-pool';
import type { ByteWork, WholeHash } from '../thread/byte-work';
import { isStoreError } from '../store/store-error';
import { given } from '../../objects/given';

/** Bytes whose length is not known before their end. */
export interface StreamUpload {
  store: ObjectStore;
  source: AsyncIterable<Buffer>;
  /** Key of the n-th object, from 1; must be free. A long stream is cut into several objects. */
  keyOf: (n: number) => string;
  signal?: AbortSignal | undefined;
  retry?: Partial<RetryPolicy> | undefined;
  /** Parts per object; default 8,000 (S3 allows 10,000), which are 125 GiB. */
  partsPerObject?: number;
  /** Bytes that the store has accepted. */
  onProgress?: ((bytes: number) => void) | undefined;
}

export interface StreamedObject extends ObjectVersion {
  key: string;
  size: number;
  sha256: string;
  crc32: string;
}

const PARTS_PER_OBJECT = 8_000;
/** How long to keep trying to abort an upload that was given up. */
const ABORT_FOR_MS = 10_000;

/**
 * Uploads a stream, in parts that are sent while the next ones are read; the source is read no faster than the store
 * takes the bytes. Nothing touches the disk. A stream can't be read twice, so on any failure the open upload is
 * aborted. Throws the source's error, `StoreError`, or the signal's reason.
 */
export async function uploadStream(
  request: StreamUpload,
  { slots, work }: { slots: SlotPool; work: ByteWork },
): Promise<StreamedObject[]> {
  if (request.signal) setMaxListeners(0, request.signal); // one listener for each part in transit
  const reader = new ChunkReader(request.source, request.signal);
  const store = retryingStore(request.store, { policy: request.retry, signal: request.signal });
  const made: StreamedObject[] = [];
  let sent = 0;
  const onBytes = (bytes: number): void => {
    sent += bytes;
    request.onProgress?.(sent);
  };
  try {
    do {
      const upload = new StreamedUpload(request, store, request.keyOf(made.length + 1), slots, work.hash(), onBytes);
      made.push(await upload.run(reader));
    } while (!(await reader.atEnd()));
    return made;
  } finally {
    reader.close();
  }
}

/** One object of the stream. */
class StreamedUpload {
  private readonly checksums: string[] = [];
  private readonly parts: UploadedPart[] = [];
  private readonly running = new Set<Promise<void>>();
  private failure: { error: unknown } | undefined;
  private size = 0;

  constructor(
    private readonly request: StreamUpload,
    /** Retries, and ends with the caller's signal. */
    private readonly store: ObjectStore,
    private readonly key: string,
    private readonly slots: SlotPool,
    private readonly hash: WholeHash,
    private readonly onBytes: (bytes: number) => void,
  ) {}

  async run(reader: ChunkReader): Promise<StreamedObject> {
    try {
      return await this.made(reader);
    } finally {
      this.hash.drop();
    }
  }

  private async made(reader: ChunkReader): Promise<StreamedObject> {
    const { signal } = this.request;
    const first = await this.slots.take(this.slots.slotBytes, signal);
    let uploadId: string | undefined;
    try {
      const body = first.buffer.subarray(0, await reader.fill(first.buffer));
      if (body.length < first.buffer.length || (await reader.atEnd())) return await this.whole(body);
      uploadId = await this.store.createMultipart(this.key);
      await this.part(uploadId, 1, body);
    } catch (error) {
      await this.abort(uploadId);
      throw error;
    } finally {
      first.release();
    }
    try {
      await this.rest(reader, uploadId);
      return await this.complete(uploadId);
    } catch (error) {
      await Promise.all(this.running);
      await this.abort(uploadId);
      throw error;
    }
  }

  /** A stream that fits into one request. */
  private async whole(body: Buffer): Promise<StreamedObject> {
    const { crc32: checksum = 0 } = await this.hash.add(body, { crc32: true });
    const sha256 = await this.hash.digest();
    const expected = { key: this.key, size: body.length, crc32: crc32Base64(checksum), sha256 };
    const made = await this.once(expected, () => this.store.create(this.key, body, { crc32: checksum, sha256 }));
    this.onBytes(body.length);
    return { ...expected, ...made };
  }

  /** Parts after the first one: read one after another, sent in parallel. */
  private async rest(reader: ChunkReader, uploadId: string): Promise<void> {
    const last = this.request.partsPerObject ?? PARTS_PER_OBJECT;
    for (let number = 2; number <= last && this.failure === undefined && !(await reader.atEnd()); number += 1) {
      const slot = await this.slots.take(this.slots.slotBytes, this.request.signal);
      let body: Buffer;
      try {
        body = slot.buffer.subarray(0, await reader.fill(slot.buffer));
      } catch (error) {
        slot.release();
        throw error;
      }
      const sending = this.part(uploadId, number, body)
        .catch((error: unknown) => {
          this.failure ??= { error };
        })
        .finally(() => {
          slot.release();
          this.running.delete(sending);
        });
      this.running.add(sending);
    }
    await Promise.all(this.running);
    if (this.failure !== undefined) throw this.failure.error;
  }

  private async part(uploadId: string, number: number, body: Buffer): Promise<void> {
    this.size += body.length;
    const { crc32 = 0, sha256 } = await this.hash.add(body, { crc32: true, sha256: this.store.signsBodies === true });
    this.checksums[number - 1] = crc32Base64(crc32);
    this.parts[number - 1] = await this.store.uploadPart({ key: this.key, uploadId, number }, body, { crc32, sha256 });
    this.onBytes(body.length);
  }

  private async complete(uploadId: string): Promise<StreamedObject> {
    const expected = {
      key: this.key,
      size: this.size,
      crc32: compositeCrc32(this.checksums),
      sha256: await this.hash.digest(),
    };
    const made = await this.once(expected, () => this.store.completeMultipart(this.key, uploadId, this.parts));
    return { ...expected, ...made };
  }

  /** The key belongs to this attempt alone: an existing object is its own earlier request whose response was lost. */
  private async once(expected: ExpectedObject, make: () => Promise<ObjectVersion>): Promise<ObjectVersion> {
    const { etag, versionId } = await make().catch(async (error: unknown) => {
      const lost = isStoreError(error, 'exists') || (isStoreError(error, 'missing') && error.code === 'NoSuchUpload');
      if (!lost) throw error;
      return await confirmObject(this.store, expected);
    });
    return { etag, ...given({ versionId }) };
  }

  /** Without the caller's signal, whose abort may be the reason for being here. */
  private async abort(uploadId: string | undefined): Promise<void> {
    if (uploadId === undefined) return;
    const store = retryingStore(this.request.store, {
      policy: { retryForMs: ABORT_FOR_MS },
      signal: AbortSignal.timeout(2 * ABORT_FOR_MS),
    });
    // One that can't be aborted now is found by its prefix later; the first error is the one to report.
    await store.abortMultipart(this.key, uploadId).catch(() => undefined);
  }
}
