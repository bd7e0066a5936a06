import { setMaxListeners } from 'node:events';
import { downloadLarge, downloadSpan } from './download-file';
import type { DownloadJob, DownloadRequest, DownloadResult, TargetFile } from './download-request';
import { planDownload } from './plan-download';
import { findExisting, fsyncFolder } from './place-file';
import { resolveInside } from './resolve-inside';
import { retryingStore } from '../store/retrying-store';
import { runAll } from '../run-all';
import type { SlotPool } from '../limits/slot-pool';
import type { ByteWork } from '../thread/byte-work';
import { TransferMeter } from '../limits/transfer-counters';

/**
 * Places files from the store: each is written under a temporary name, its SHA-256 checked, synced and renamed, and its
 * folder synced. Idempotent: a file that already exists with the right bytes is kept. Fails with `StoreError`,
 * `ChecksumMismatch`, `TargetRefused` or `PathRefused` (before anything is fetched), or with the signal's reason; by
 * then every file and request is closed and no temporary file of this token is left.
 */
export async function downloadFiles(
  request: DownloadRequest,
  { slots, work }: { slots: SlotPool; work: ByteWork },
): Promise<DownloadResult> {
  const files = request.files.map((file) => ({ ...file, target: resolveInside(request.into, file.path) }));
  const bytesTotal = request.files.reduce((sum, file) => sum + file.size, 0);
  const meter = new TransferMeter(request.files.length, bytesTotal);
  const failed = new AbortController();
  const signal = request.signal === undefined ? failed.signal : AbortSignal.any([request.signal, failed.signal]);
  setMaxListeners(0, signal); // one listener for each waiting request and file
  const job: DownloadJob = {
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
    signal,
    folders: new Set(),
    report: () => request.onProgress?.(meter.read()),
  };
  // As many files as there are slots; the limits, which may change, say how many requests are in flight.
  const width = slots.slots;
  const missing = await withoutExisting(job, files, { width, failed });
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

async function withoutExisting(
  job: DownloadJob,
  files: readonly TargetFile[],
  options: { width: number; failed: AbortController },
): Promise<TargetFile[]> {
  const standing = await findExisting(job, files, options);
  return files.filter((_, i) => standing[i] !== true);
}
