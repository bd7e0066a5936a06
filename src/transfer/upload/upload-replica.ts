import { comparePaths } from './list-files';
import { planUpload, type UploadUnit } from './plan-upload';
import { runAll } from '../run-all';
import { openJob, type TransferTools } from '../transfer-job';
import { uploadMultipart } from './upload-multipart';
import { uploadPack, uploadSingle } from './upload-object';
import type { UploadedFile, UploadJob, UploadRequest } from './upload-request';

/**
 * Uploads the files of one tablet replica and returns where each one is stored, sorted by path. Idempotent: keys and
 * bytes are a function of the files. Fails with `StoreError`, `SourceChanged` or `ChecksumMismatch`, or with the
 * signal's reason; by then every file and request is closed.
 */
export async function uploadReplica(request: UploadRequest, tools: TransferTools): Promise<UploadedFile[]> {
  const shared = openJob(request, tools);
  const uploads = new Map<string, string>();
  const job: UploadJob = {
    ...shared,
    uploads,
    report: () => request.onProgress?.({ ...shared.meter.read(), cursor: { uploads: Object.fromEntries(uploads) } }),
  };
  // As many files as there are slots; the limits, which may change, say how many requests are in flight.
  const uploaded = await runAll(planUpload(request.files), tools.slots.slots, job.failed, async (unit) => {
    const files = await uploadUnit(job, unit);
    job.meter.addFiles(files.length);
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
