import { setMaxListeners } from 'node:events';
import { comparePaths } from './list-files';
import { planUpload, type UploadUnit } from './plan-upload';
import { retryingStore } from '../store/retrying-store';
import type { SlotPool } from '../limits/slot-pool';
import type { ByteWork } from '../thread/byte-work';
import { TransferMeter } from '../limits/transfer-counters';
import { runAll } from '../run-all';
import { uploadMultipart } from './upload-multipart';
import { uploadPack, uploadSingle } from './upload-object';
import type { UploadedFile, UploadJob, UploadRequest } from './upload-request';

/**
 * Uploads the files of one tablet replica and returns where each one is stored, sorted by path. Idempotent: keys and
 * bytes are a function of the files. Fails with `StoreError`, `SourceChanged` or `ChecksumMismatch`, or with the
 * signal's reason; by then every file and request is closed.
 */
export async function uploadReplica(
  request: UploadRequest,
  { slots, work }: { slots: SlotPool; work: ByteWork },
): Promise<UploadedFile[]> {
  const units = planUpload(request.files);
  const meter = new TransferMeter(
    request.files.length,
    request.files.reduce((sum, file) => sum + file.size, 0),
  );
  const uploads = new Map<string, string>();
  // The first failure stops the other files: nothing more is sent for a replica that can't be finished.
  const failed = new AbortController();
  const signal = request.signal === undefined ? failed.signal : AbortSignal.any([request.signal, failed.signal]);
  setMaxListeners(0, signal); // one listener for each waiting request and file
  const job: UploadJob = {
    request,
    store: retryingStore(request.store, {
      policy: request.retry,
      signal,
      gate: request.limits,
      onRetry: request.onRetry,
    }),
    slots,
    work,
    meter,
    uploads,
    signal,
    report: () => request.onProgress?.({ ...meter.read(), cursor: { uploads: Object.fromEntries(uploads) } }),
  };
  // As many files as there are slots; the limits, which may change, say how many requests are in flight.
  const uploaded = await runAll(units, slots.slots, failed, async (unit) => {
    const files = await uploadUnit(job, unit);
    meter.addFiles(files.length);
    job.report();
    return files;
  });
  return uploaded.flat().sort((a, b) => comparePaths(a.path, b.path));
}

function uploadUnit(job: UploadJob, unit: UploadUnit): Promise<UploadedFile[]> {
  switch (unit.kind) {
    case 'pack':
      return uploadPack(job, unit);
    case 'single':
      return uploadSingle(job, unit);
    case 'multipart':
      return uploadMultipart(job, unit);
  }
}
