import { createHash } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import { compositeCrc32, crc32Base64 } from '../crc32';
import { updateInSlices } from '../download/hash-file';
import { confirmObject, type ExpectedObject } from './confirm-object';
import type { ObjectVersion, UploadedPart } from '../store/object-store';
import type { UploadUnit } from './plan-upload';
import { readFilePart, withSource } from './read-file-part';
import { isStoreError } from '../store/store-error';
import { cancelledByRun } from '../transfer-error';
import type { UploadedFile, UploadJob } from './upload-request';
import { pieceSizes, throughSlots } from '../limits/through-slots';
import { versionOf } from './upload-object';

type Multipart = Extract<UploadUnit, { kind: 'multipart' }>;

/**
 * Uploads a large file in parts, read once in order (which feeds its hash) and sent in parallel. An upload that an
 * earlier attempt left open is resumed: its parts are kept where size and CRC32 match the file on disk. The upload is
 * aborted only if the run was cancelled; otherwise it is left for the next attempt.
 */
export async function uploadMultipart(job: UploadJob, unit: Multipart): Promise<UploadedFile[]> {
  const { file } = unit;
  const key = job.request.keys.data(file.path);
  const there = await existsAlready(job, key);
  if (there) return confirmStanding(job, unit, key);
  const open = await openUpload(job, key);
  try {
    const sent = await withSource(job.request, file, (handle) => sendParts(job, unit, key, open, handle));
    const expected = { key, size: file.size, crc32: compositeCrc32(sent.checksums), sha256: sent.sha256 };
    const made = await complete(job, expected, open.uploadId, sent.parts);
    job.uploads.delete(key);
    return [{ ...file, sha256: sent.sha256, crc32: expected.crc32, object: key, ...versionOf(made) }];
  } catch (error) {
    if (cancelledByRun(job.signal)) await abortQuietly(job, key, open.uploadId);
    throw error;
  }
}

/** Whether an earlier attempt got as far as completing the object. */
async function existsAlready(job: UploadJob, key: string): Promise<boolean> {
  if (job.request.resume === undefined) return false;
  try {
    await job.store.head(key);
    return true;
  } catch (error) {
    if (isStoreError(error, 'missing')) return false;
    throw error;
  }
}

/** Reads the file for its hashes and compares, without uploading anything. */
async function confirmStanding(job: UploadJob, unit: Multipart, key: string): Promise<UploadedFile[]> {
  const { file } = unit;
  const read = await withSource(job.request, file, (handle) => sendParts(job, unit, key, undefined, handle));
  const expected = { key, size: file.size, crc32: compositeCrc32(read.checksums), sha256: read.sha256 };
  const made = await confirmObject(job.store, expected);
  job.meter.addBytes(file.size);
  return [{ ...file, sha256: read.sha256, crc32: expected.crc32, object: key, ...versionOf(made) }];
}

interface Open {
  uploadId: string;
  /** Parts of an earlier attempt, by number. */
  parts: Map<number, UploadedPart>;
}

/** The upload to write to: the one an earlier attempt left, found by cursor or by listing, or a new one. */
async function openUpload(job: UploadJob, key: string): Promise<Open> {
  const { resume } = job.request;
  if (resume !== undefined) {
    const noted = resume.uploads[key];
    const candidates = noted === undefined ? await openUploadsOf(job, key) : [noted];
    for (const uploadId of candidates) {
      const parts = await partsOf(job, key, uploadId);
      if (parts === undefined) continue;
      job.uploads.set(key, uploadId);
      return { uploadId, parts };
    }
  }
  const uploadId = await job.store.createMultipart(key);
  job.uploads.set(key, uploadId);
  job.report();
  return { uploadId, parts: new Map() };
}

/** Uploads under this exact key, newest first. Without the right to list them, a new one is started. */
async function openUploadsOf(job: UploadJob, key: string): Promise<string[]> {
  try {
    const uploads = await job.store.listMultipartUploads(key);
    return uploads
      .filter((upload) => upload.key === key)
      .sort((a, b) => (b.startedAt?.getTime() ?? 0) - (a.startedAt?.getTime() ?? 0))
      .map((upload) => upload.uploadId);
  } catch (error) {
    if (isStoreError(error, 'denied', 'invalid')) return [];
    throw error;
  }
}

async function partsOf(job: UploadJob, key: string, uploadId: string): Promise<Map<number, UploadedPart> | undefined> {
  try {
    const parts = await job.store.listParts(key, uploadId);
    return new Map(parts.map((part) => [part.number, part]));
  } catch (error) {
    if (isStoreError(error, 'missing')) return undefined;
    throw error;
  }
}

/** Reads the file once, in order, and sends the parts that the upload lacks; without an upload it only reads. */
async function sendParts(
  job: UploadJob,
  unit: Multipart,
  key: string,
  open: Open | undefined,
  handle: FileHandle,
): Promise<{ parts: UploadedPart[]; checksums: string[]; sha256: string }> {
  const hash = job.work.hash();
  const sizes = pieceSizes(unit.size, unit.partBytes);
  const parts = new Array<UploadedPart>(sizes.length);
  const checksums: number[] = [];
  const wanted = { crc32: true, sha256: job.store.signsBodies === true && open !== undefined };
  try {
    await throughSlots({
      sizes,
      slots: job.slots,
      signal: job.signal,
      fill: (i, buffer) => readFilePart(handle, unit.file, i * unit.partBytes, buffer, job.signal),
      // Hashed while the next part is read: parts begin here in their order.
      move: async (i, buffer) => {
        const { crc32 = 0, sha256 } = await hash.add(buffer, wanted);
        checksums[i] = crc32;
        if (open === undefined) return;
        const kept = open.parts.get(i + 1);
        if (kept !== undefined && (await samePart(kept, buffer, crc32Base64(crc32)))) {
          parts[i] = { ...kept, crc32: crc32Base64(crc32) };
          job.meter.addBytes(kept.size);
          return;
        }
        const part = { key, uploadId: open.uploadId, number: i + 1 };
        parts[i] = await job.store.uploadPart(part, buffer, { crc32, sha256 });
        job.meter.addBytes(buffer.length);
        job.report();
      },
    });
    return { parts, checksums: checksums.map(crc32Base64), sha256: await hash.digest() };
  } finally {
    hash.drop();
  }
}

/** Whether the store holds this part: by its CRC32, or by its MD5 where a store lists no checksums (SeaweedFS 4.48). */
async function samePart(kept: UploadedPart, body: Buffer, checksum: string): Promise<boolean> {
  if (kept.size !== body.length) return false;
  if (kept.crc32 !== undefined) return kept.crc32 === checksum;
  const md5 = createHash('md5');
  await updateInSlices(md5, body);
  return kept.etag.replaceAll('"', '') === md5.digest('hex');
}

/** Completes the upload. A taken key or a missing upload may be our own earlier attempt: compare. */
async function complete(
  job: UploadJob,
  expected: ExpectedObject,
  uploadId: string,
  parts: UploadedPart[],
): Promise<ObjectVersion> {
  try {
    return await job.store.completeMultipart(expected.key, uploadId, parts);
  } catch (error) {
    if (isStoreError(error, 'exists')) {
      const there = await confirmObject(job.store, expected);
      await abortQuietly(job, expected.key, uploadId);
      return there;
    }
    if (isStoreError(error, 'missing') && error.code === 'NoSuchUpload') {
      return confirmCompleted(job, expected, error);
    }
    throw error;
  }
}

async function confirmCompleted(job: UploadJob, expected: ExpectedObject, lost: Error): Promise<ObjectVersion> {
  try {
    return await confirmObject(job.store, expected);
  } catch (error) {
    // The upload is gone and made no object: report the first failure.
    throw isStoreError(error, 'missing') ? lost : error;
  }
}

/** Aborts without the request's signal, whose abort is the reason for being here. A failure is left to the clean-up. */
async function abortQuietly(job: UploadJob, key: string, uploadId: string): Promise<void> {
  try {
    await job.request.store.abortMultipart(key, uploadId, { signal: AbortSignal.timeout(10_000) });
    job.uploads.delete(key);
  } catch (error) {
    if (!isStoreError(error)) throw error;
  }
}
