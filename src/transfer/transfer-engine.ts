import { downloadFiles } from './download/download-files';
import type { DownloadRequest, DownloadResult } from './download/download-request';
import { SLOTS, SlotPool } from './limits/slot-pool';
import { byteWork, type ByteWork } from './thread/byte-work';
import { uploadReplica } from './upload/upload-replica';
import type { UploadedFile, UploadRequest } from './upload/upload-request';
import { uploadStream, type StreamedObject, type StreamUpload } from './upload/upload-stream';

/** Moves bytes between disk and store. One per process: its slots bound the memory of all transfers together. */
export interface TransferEngine {
  uploadReplica(request: UploadRequest): Promise<UploadedFile[]>;
  downloadFiles(request: DownloadRequest): Promise<DownloadResult>;
  /** Bytes of unknown length, such as a program's output. */
  uploadStream(request: StreamUpload): Promise<StreamedObject[]>;
}

/**
 * The engine on the AWS SDK, with `slots` × 16 MiB of memory, and a thread of its own where there are two processors.
 */
export function createTransferEngine(options: { slots?: number; work?: ByteWork } = {}): TransferEngine {
  const shared = { slots: new SlotPool(options.slots ?? SLOTS), work: options.work ?? byteWork() };
  return {
    uploadReplica: (request) => uploadReplica(request, shared),
    downloadFiles: (request) => downloadFiles(request, shared),
    uploadStream: (request) => uploadStream(request, shared),
  };
}
