/** Moves bytes between disk and an S3 store. Knows nothing of YugabyteDB or Temporal. */
export { abortUploads } from './upload/abort-uploads';
export { confirmObject, findObject, hashObject, type ExpectedObject } from './upload/confirm-object';
export { checkFiles, type CheckRequest, type RecordedFile } from './download/check-files';
export { compositeCrc32, crc32Base64 } from './crc32';
export type { DownloadFile, DownloadRequest, DownloadResult } from './download/download-request';
export { hashFile, hashHandle, sha256Of } from './download/hash-file';
export { fsyncFolder, refuseTarget } from './download/place-file';
export { inFolder } from './disk/folder';
export { listFiles, refuseSource } from './upload/list-files';
export type * from './store/object-store';
export { resolveInside } from './download/resolve-inside';
export { defaultRetryPolicy, withRetry, type RetryPolicy } from './store/retry';
export { runAll } from './run-all';
export { retryingStore, type RetryingOptions } from './store/retrying-store';
export { readObjects, type StoredObject } from './store/read-objects';
export { parseS3Url, type S3Config, type S3Timeouts } from './s3/s3-config';
export { openStore } from './s3/s3-object-store';
export { sourceFile, type SourceFile } from './upload/source-file';
export { isStoreError, StoreError, type StoreErrorKind } from './store/store-error';
export type { TransferCounters } from './limits/transfer-counters';
export { createTransferEngine, type TransferEngine } from './transfer-engine';
export type { StreamedObject, StreamUpload } from './upload/upload-stream';
export {
  ChecksumMismatch,
  PathRefused,
  SourceChanged,
  SourceRefused,
  TargetRefused,
  TransferCancelled,
  TransferError,
} from './transfer-error';
export { TransferLimits, type LimitValues } from './limits/transfer-limits';
export type { ResumeCursor, UploadedFile, UploadProgress, UploadRequest } from './upload/upload-request';
