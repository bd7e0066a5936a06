/** Bytes between disk and an S3 store. Knows nothing of YugabyteDB or Temporal. */
export { abortUploads } from './abort-uploads';
export { confirmObject, findObject, hashObject, type ExpectedObject } from './confirm-object';
export { compositeCrc32, crc32Base64 } from './crc32';
export type { DownloadFile, DownloadRequest, DownloadResult } from './download-request';
export { hashFile, sha256Of } from './hash-file';
export { fsyncFolder, refuseTarget } from './place-file';
export { inFolder } from './disk/folder';
export { listFiles } from './list-files';
export type * from './object-store';
export { resolveInside } from './resolve-inside';
export { defaultRetryPolicy, withRetry, type RetryPolicy } from './retry';
export { runAll } from './run-all';
export { retryingStore, type RetryingOptions } from './retrying-store';
export { readObjects, type StoredObject } from './read-objects';
export { parseS3Url, type S3Config, type S3Timeouts } from './s3-config';
export { openStore } from './s3-object-store';
export type { SourceFile } from './source-file';
export { isStoreError, StoreError, type StoreErrorKind } from './store-error';
export type { TransferCounters } from './transfer-counters';
export { createTransferEngine, type TransferEngine } from './transfer-engine';
export type { StreamedObject, StreamUpload } from './upload-stream';
export {
  ChecksumMismatch,
  PathRefused,
  SourceChanged,
  SourceRefused,
  TargetRefused,
  TransferCancelled,
  TransferError,
} from './transfer-error';
export { TransferLimits, type LimitValues } from './transfer-limits';
export type { ResumeCursor, UploadedFile, UploadProgress, UploadRequest } from './upload-request';
