import { downloadLarge, downloadSpan } from './download-file';
import type { DownloadJob, DownloadRequest, DownloadResult, TargetFile } from './download-request';
import { planDownload } from './plan-download';
import { findExisting, fsyncFolder } from './place-file';
import { resolveInside } from './resolve-inside';
import { runAll } from '../run-all';
import { openJob, type TransferTools } from '../transfer-job';

/**
 * Places files from the store: each is written under a temporary name, its SHA-256 checked, synced and renamed, and its
 * folder synced. Idempotent: a file that already exists with the right bytes is kept. Fails with `StoreError`,
 * `ChecksumMismatch`, `TargetRefused` or `PathRefused` (before anything is fetched), or with the signal's reason; by
 * then every file and request is closed and no temporary file of this token is left.
 */
export async function downloadFiles(request: DownloadRequest, tools: TransferTools): Promise<DownloadResult> {
  const files = request.files.map((file) => ({ ...file, target: resolveInside(request.into, file.path) }));
  const shared = openJob(request, tools);
  const job: DownloadJob = {
    ...shared,
    folders: new Set(),
    report: () => request.onProgress?.(shared.meter.read()),
  };
  const { failed } = job;
  // As many files as there are slots; the limits, which may change, say how many requests are in flight.
  const width = tools.slots.slots;
  const missing = await withoutExisting(job, files, width);
  await runAll(planDownload(missing), width, failed, (unit) =>
    unit.kind === 'span' ? downloadSpan(job, unit) : downloadLarge(job, unit.file),
  );
  await runAll([...job.folders], width, failed, fsyncFolder);
  return {
    placed: missing.length,
    kept: request.files.length - missing.length,
    bytes: missing.reduce((sum, file) => sum + file.size, 0),
  };
}

async function withoutExisting(job: DownloadJob, files: readonly TargetFile[], width: number): Promise<TargetFile[]> {
  const standing = await findExisting(job, files, width);
  return files.filter((_, i) => standing[i] !== true);
}
