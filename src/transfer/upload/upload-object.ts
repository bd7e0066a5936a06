import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { confirmObject, findObject, type ExpectedObject } from './confirm-object';
import { crc32Base64 } from '../crc32';
import type { ObjectVersion } from '../store/object-store';
import type { PackEntry, UploadUnit } from './plan-upload';
import { readFilePart, withSource, withSources } from './read-file-part';
import { isStoreError } from '../store/store-error';
import type { UploadedFile, UploadJob } from './upload-request';
import { sha256InSlices } from '../download/hash-file';
import { given } from '../../objects/given';

/** Uploads a file of at most one slot with a single request. */
export async function uploadSingle(
  job: UploadJob,
  unit: Extract<UploadUnit, { kind: 'single' }>,
): Promise<UploadedFile[]> {
  const { file } = unit;
  const key = job.request.keys.data(file.path);
  const slot = await job.slots.take(file.size, job.signal);
  try {
    const hash = createHash('sha256');
    const checksum = await withSource(job.request, file, (handle) =>
      readFilePart(handle, file, 0, slot.buffer, hash, job.signal),
    );
    const sha256 = hash.digest('hex');
    const expected = { key, size: file.size, crc32: crc32Base64(checksum), sha256 };
    const made = await putOnce(job, expected, slot.buffer, checksum);
    return [{ ...file, sha256, crc32: expected.crc32, object: key, ...made }];
  } finally {
    slot.release();
  }
}

/** Uploads small files back to back as one object; each keeps its own hash. */
export async function uploadPack(job: UploadJob, unit: Extract<UploadUnit, { kind: 'pack' }>): Promise<UploadedFile[]> {
  const slot = await job.slots.take(unit.size, job.signal);
  try {
    const listed = unit.entries.map(({ file }) => file);
    const files = await withSources(job.request, listed, async (i, handle) => {
      const { file, offset } = unit.entries[i] as PackEntry;
      const hash = createHash('sha256');
      const into = slot.buffer.subarray(offset, offset + file.size);
      const checksum = await readFilePart(handle, file, 0, into, hash, job.signal);
      return { ...file, sha256: hash.digest('hex'), crc32: crc32Base64(checksum), offset };
    });
    const checksum = crc32(slot.buffer);
    const sha256 = await sha256InSlices(slot.buffer);
    const key = job.request.keys.pack(unit.n, sha256.slice(0, 16));
    const expected = { key, size: unit.size, crc32: crc32Base64(checksum), sha256 };
    const made = await putOnce(job, expected, slot.buffer, checksum);
    return files.map((file) => ({ ...file, object: key, ...made }));
  } finally {
    slot.release();
  }
}

/** Creates the object; one that is there already is ours if it is equal. */
async function putOnce(
  job: UploadJob,
  expected: ExpectedObject,
  body: Buffer,
  checksum: number,
): Promise<ObjectVersion> {
  const made = (await findEarlier(job, expected)) ?? (await create(job, expected, body, checksum));
  job.meter.addBytes(expected.size);
  return versionOf(made);
}

function findEarlier(job: UploadJob, expected: ExpectedObject): Promise<ObjectVersion | undefined> {
  return job.request.resume === undefined ? Promise.resolve(undefined) : findObject(job.store, expected);
}

async function create(
  job: UploadJob,
  expected: ExpectedObject,
  body: Buffer,
  checksum: number,
): Promise<ObjectVersion> {
  try {
    return await job.store.create(expected.key, body, { crc32: checksum, sha256: expected.sha256 });
  } catch (error) {
    if (!isStoreError(error, 'exists')) throw error;
    return confirmObject(job.store, expected);
  }
}

/** Only the fields that a manifest keeps. */
export function versionOf(made: ObjectVersion): ObjectVersion {
  return { etag: made.etag, ...given({ versionId: made.versionId }) };
}
