/** Moves bytes between disk and an S3 store. Knows nothing of YugabyteDB or Temporal. */
export { abortUploads } from './upload/abort-uploads';
export { confirmObject, findObject, hashObject } from './upload/confirm-object';
export { checkFiles, type CheckRequest, type RecordedFile } from './download/check-files';
export { compositeCrc32, crc32Base64 } from './crc32';
export { hashFile, sha256Of } from './download/hash-file';
export { fsyncFolder, refuseTarget } from './download/place-file';
export { inFolder } from './disk/folder';
export { listFiles, refuseSource } from './upload/list-files';
export type * from './store/object-store';
export { resolveInside } from './download/resolve-inside';
export { type RetryPolicy } from './store/retry';
export { FifoSemaphore } from './limits/fifo-semaphore';
export { runAll, stoppable } from './run-all';
export { retryingStore } from './store/retrying-store';
export { readObjects } from './store/read-objects';
export type { S3Config, S3Timeouts } from './s3/s3-config';
export { openStore } from './s3/s3-object-store';
export { sourceFile, type SourceFile } from './upload/source-file';
export { isStoreError, StoreError, type StoreErrorKind } from './store/store-error';
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
export { TransferLimits } from './limits/transfer-limits';
export type { ResumeCursor, UploadedFile, UploadRequest } from './upload/upload-request';
