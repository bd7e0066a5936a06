import type { TransferCounters } from '../limits/transfer-counters';
import type { TransferJob, TransferRequest } from '../transfer-job';
import type { SourceFile } from './source-file';

/** Files of one tablet replica, to be uploaded. */
export interface UploadRequest extends TransferRequest {
  directory: string;
  /** No link below this folder, which is above `directory`, is followed. Default: `directory`. */
  within?: string | undefined;
  /** As returned by `listFiles`. */
  files: readonly SourceFile[];
  /** Keys are a function of the file alone, or of the pack and its content: a retried copy uses the same keys. */
  keys: { data(path: string): string; pack(n: number, sha16: string): string };
  /** Called after each object and part; must return quickly. */
  onProgress?: ((progress: UploadProgress) => void) | undefined;
  /**
   * Given (even if empty) when an earlier attempt may have run: what the store already has is looked up and not sent
   * again, and open multipart uploads are resumed.
   */
  resume?: ResumeCursor | undefined;
}

/** For a heartbeat: open multipart uploads by key. Small, since finished objects are found by their keys. */
export interface ResumeCursor {
  uploads: Record<string, string>;
}

export interface UploadProgress extends TransferCounters {
  cursor: ResumeCursor;
}

/** A file as it is stored. */
export interface UploadedFile extends SourceFile {
  sha256: string;
  /**
   * CRC32 as the store keeps it: base64; `<composite>-<parts>` for a multipart object; for a file in a pack, its own.
   */
  crc32: string;
  /** Key of the object that holds it. */
  object: string;
  etag: string;
  versionId?: string | undefined;
  /** Where it begins in its pack. */
  offset?: number | undefined;
}

/** What the units of one upload share. */
export interface UploadJob extends TransferJob<UploadRequest> {
  /** Open multipart uploads by key: the cursor. */
  readonly uploads: Map<string, string>;
  report(): void;
}
