import { confirmObject, findObject, type ExpectedObject } from './confirm-object';
import { crc32Base64 } from '../crc32';
import type { ObjectVersion } from '../store/object-store';
import type { UploadUnit } from './plan-upload';
import { readFilePart, withSource } from './read-file-part';
import { isStoreError } from '../store/store-error';
import type { UploadedFile, UploadJob } from './upload-request';
import { readSmallFiles } from './read-small-files';
import { given } from '../../objects/given';

/** Uploads a file of at most one slot in a single request. */
export async function uploadSingle(
  job: UploadJob,
  unit: Extract<UploadUnit, { kind: 'single' }>,
): Promise<UploadedFile[]> {
  const { file } = unit;
  const key = job.request.keys.data(file.path);
  const slot = await job.slots.take(file.size, job.signal);
  try {
    await withSource(job.request, file, (handle) => readFilePart(handle, file, 0, slot.buffer, job.signal));
    const { checksum, sha256 } = await sumsOf(job, slot.buffer);
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
    const { files, whole } = await readSmallFiles(job, unit.entries, slot.buffer);
    const { crc32: checksum, sha256 } = whole;
    const key = job.request.keys.pack(unit.n, sha256.slice(0, 16));
    const expected = { key, size: unit.size, crc32: crc32Base64(checksum), sha256 };
    const made = await putOnce(job, expected, slot.buffer, checksum);
    return unit.entries.map(({ file, offset }, i) => {
      const { crc32 = 0, sha256 = '' } = files[i] ?? {};
      return { ...file, sha256, crc32: crc32Base64(crc32), offset, object: key, ...made };
    });
  } finally {
    slot.release();
  }
}

async function sumsOf({ work }: UploadJob, bytes: Buffer): Promise<{ checksum: number; sha256: string }> {
  const hash = work.hash();
  try {
    const { crc32: checksum = 0 } = await hash.add(bytes, { crc32: true });
    return { checksum, sha256: await hash.digest() };
  } finally {
    hash.drop();
  }
}

/** Creates the object; one that already exists is ours if it is equal. */
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
