import type { ObjectStore } from '../store/object-store';
import type { RetryPolicy } from '../store/retry';
import type { SlotPool } from '../limits/slot-pool';
import type { ByteWork } from '../thread/byte-work';
import type { SourceFile } from './source-file';
import type { StoreError } from '../store/store-error';
import type { TransferCounters, TransferMeter } from '../limits/transfer-counters';
import type { TransferLimits } from '../limits/transfer-limits';

/** Files of one tablet replica, to be uploaded. */
export interface UploadRequest {
  store: ObjectStore;
  directory: string;
  /** A folder above `directory`: no link below it is followed. Default: `directory`. */
  within?: string | undefined;
  /** As `listFiles` gave them. */
  files: readonly SourceFile[];
  /** Keys are a function of the file, or of the pack and its content, alone: a retried copy lands on the same key. */
  keys: { data(path: string): string; pack(n: number, sha16: string): string };
  limits: TransferLimits;
  signal?: AbortSignal | undefined;
  retry?: Partial<RetryPolicy> | undefined;
  onRetry?: ((failure: StoreError, pauseMs: number) => void) | undefined;
  /** Called after each object and part; must be quick. */
  onProgress?: ((progress: UploadProgress) => void) | undefined;
  /**
   * Given (even empty) when an earlier attempt may have been here: what the store has already is looked up and not
   * sent again, and open multipart uploads go on where they stopped.
   */
  resume?: ResumeCursor | undefined;
}

/** For a heartbeat: open multipart uploads by key. Small, since finished objects find themselves. */
export interface ResumeCursor {
  uploads: Record<string, string>;
}

export interface UploadProgress extends TransferCounters {
  cursor: ResumeCursor;
}

/** A file as it stands in the store. */
export interface UploadedFile extends SourceFile {
  sha256: string;
  /** CRC32 as the store keeps it: base64; `<composite>-<parts>` of a multipart object; of a file in a pack, its own. */
  crc32: string;
  /** Key of the object that holds it. */
  object: string;
  etag: string;
  versionId?: string | undefined;
  /** Where it begins in its pack. */
  offset?: number | undefined;
}

/** What the parts of one upload share. */
export interface UploadJob {
  readonly request: UploadRequest;
  /** The request's store with retries and limits. */
  readonly store: ObjectStore;
  readonly slots: SlotPool;
  readonly work: ByteWork;
  readonly meter: TransferMeter;
  /** Open multipart uploads by key; the cursor. */
  readonly uploads: Map<string, string>;
  readonly signal: AbortSignal | undefined;
  report(): void;
}
