import type { FileHandle } from 'node:fs/promises';
import type { TargetFile, DownloadJob } from './download-request';
import { rangesOf, type DownloadSpan } from './plan-download';
import { OrderedHash } from './ordered-hash';
import { placeFiles, placeSmallFiles } from './place-file';
import { isStoreError } from '../store/store-error';
import { throughSlots } from '../limits/through-slots';
import { ChecksumMismatch } from '../transfer-error';

/** Wrong bytes are fetched once more: they may have been damaged in transit. */
const MAX_ATTEMPTS = 2;

/** Fetches a range once, checks every file in it, and only then places them. */
export async function downloadSpan(job: DownloadJob, span: DownloadSpan): Promise<void> {
  const first = span.files[0];
  if (first === undefined) return;
  const slot = await job.slots.take(span.length, job.signal);
  const startOf = (file: TargetFile): number => (file.offset ?? 0) - span.start;
  const stretches = span.files.map((file) => ({ at: startOf(file), length: file.size }));
  try {
    for (let attempt = 1; ; attempt += 1) {
      await fetchRange(job, first, span.start, slot.buffer);
      const found = await job.work.sums(slot.buffer, stretches);
      const wrong = span.files.findIndex((file, i) => file.sha256 !== found[i]);
      if (wrong === -1) break;
      if (attempt === MAX_ATTEMPTS) throw mismatch(job, span.files[wrong] ?? first, found[wrong] ?? '');
    }
    if (await placeSmallFiles(job, span.files, slot.buffer, startOf)) return;
    await placeFiles(job, span.files, async (file, handle) => {
      await handle.writeFile(slot.buffer.subarray(startOf(file), startOf(file) + file.size));
      job.meter.addBytes(file.size);
    });
  } finally {
    slot.release();
  }
}

/** Fetches a large file in parallel ranges; they are hashed in order while later ones arrive. */
export async function downloadLarge(job: DownloadJob, file: TargetFile): Promise<void> {
  await placeFiles(job, [file], async (_, handle) => {
    for (let attempt = 1; ; attempt += 1) {
      await handle.truncate(file.size);
      const sha256 = await fetchLarge(job, file, handle);
      if (sha256 === file.sha256) return;
      job.meter.addBytes(-file.size);
      if (attempt === MAX_ATTEMPTS) throw mismatch(job, file, sha256);
    }
  });
}

/** Fetches a whole file into `handle`, and returns the SHA-256 of the fetched bytes. */
async function fetchLarge(job: DownloadJob, file: TargetFile, handle: FileHandle): Promise<string> {
  const hash = new OrderedHash(job.work.hash());
  const sizes = rangesOf(file.size);
  const positions = startsOf(sizes);
  try {
    await throughSlots({
      sizes,
      slots: job.slots,
      signal: job.signal,
      move: async (i, buffer) => {
        const position = positions[i] ?? 0;
        try {
          await fetchRange(job, file, (file.offset ?? 0) + position, buffer);
          await settleBoth(hash.add(i, buffer), writeAll(handle, buffer, position));
        } catch (error) {
          hash.giveUp(error);
          throw error;
        }
        job.meter.addBytes(buffer.length);
        job.report();
      },
    });
    return await hash.digest();
  } finally {
    hash.drop();
  }
}

function startsOf(sizes: readonly number[]): number[] {
  let at = 0;
  return sizes.map((size) => {
    at += size;
    return at - size;
  });
}

/** Waits for both even if one fails: until then the buffer is in use. */
async function settleBoth(one: Promise<void>, other: Promise<void>): Promise<void> {
  const failed = (await Promise.allSettled([one, other])).find((outcome) => outcome.status === 'rejected');
  if (failed) throw failed.reason;
}

async function writeAll(handle: FileHandle, buffer: Buffer, position: number): Promise<void> {
  for (let written = 0; written < buffer.length;) {
    const { bytesWritten } = await handle.write(buffer, written, buffer.length - written, position + written);
    written += bytesWritten;
  }
}

async function fetchRange(job: DownloadJob, file: TargetFile, start: number, into: Buffer): Promise<void> {
  try {
    await job.store.readRange(file.object, start, into, { ifMatch: file.etag, versionId: file.versionId });
  } catch (error) {
    if (!isStoreError(error, 'changed')) throw error;
    throw new ChecksumMismatch(
      `${job.store.location}/${file.object}`,
      `the object was replaced (expected ETag ${file.etag ?? 'none'})`,
      'Restore from another backup, and find out who wrote to the bucket.',
    );
  }
}

function mismatch(job: DownloadJob, file: TargetFile, found: string): ChecksumMismatch {
  const where = file.offset === undefined ? '' : ` at byte ${file.offset}`;
  return new ChecksumMismatch(
    `${job.store.location}/${file.object}${where} (for ${file.target})`,
    `expected SHA-256 ${file.sha256}, found ${found}, twice`,
    'Nothing was put in place; restore from another backup.',
  );
}
