import type { TransferCounters } from '../limits/transfer-counters';
import type { TransferJob, TransferRequest } from '../transfer-job';

/** A file to be placed. */
export interface DownloadFile {
  /** Key of the object that holds it. */
  object: string;
  /** Where it begins in a pack; absent: the file is the whole object. */
  offset?: number | undefined;
  size: number;
  /** Hex. Bytes with another hash are never put in place. */
  sha256: string;
  etag?: string | undefined;
  versionId?: string | undefined;
  /** Relative, below the request's `into`; folders are made. A path that leads out of it is refused. */
  path: string;
}

/** A file whose absolute path was found to lie inside its target folder. */
export interface TargetFile extends DownloadFile {
  target: string;
}

export interface DownloadRequest extends TransferRequest {
  files: readonly DownloadFile[];
  /** Absolute path of the folder that everything is placed in. Links below it are not followed. */
  into: string;
  /** A folder above `into`: no link below it is followed. Default: `into`. */
  within?: string | undefined;
  /**
   * Names this attempt in temporary files, `<name>.<token>.tmp`, so that clean-up finds them and two attempts never
   * write to the same one. Omitted where the target folder belongs to this attempt alone.
   */
  token?: string | undefined;
  /** Called after each range and file; must return quickly. */
  onProgress?: ((counters: TransferCounters) => void) | undefined;
}

export interface DownloadResult {
  /** Files fetched and put in place. */
  placed: number;
  /** Files that already existed with the right size and hash. */
  kept: number;
  /** Bytes of the placed files. */
  bytes: number;
}

/** What the units of one download share. */
export interface DownloadJob extends TransferJob<DownloadRequest> {
  /** Folders whose entries changed; synced at the end. */
  readonly folders: Set<string>;
  report(): void;
}
