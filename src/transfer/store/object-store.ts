/**
 * What Kalpa needs of a store. Keys are relative to the repository's prefix. Every failure is a `StoreError`; nothing
 * is retried here (`retryingStore` does that). Buffers remain the caller's and must not be modified until the call has
 * ended.
 */
export interface ObjectStore {
  /** `s3://bucket/prefix`, for messages; carries no credentials. */
  readonly location: string;
  /** Whether its requests carry the SHA-256 of their body: one that is known saves a pass over the bytes. */
  readonly signsBodies?: boolean | undefined;

  /** Creates an object if its key is free; `exists` otherwise. */
  create(key: string, body: Buffer, options?: CreateOptions): Promise<ObjectVersion>;
  /**
   * All bytes of a small object. If they do not match the store's checksum they are requested once more, and the second
   * response is returned as it is.
   */
  read(key: string, options?: ReadOptions): Promise<Buffer>;
  /** Fills `into` with the bytes from `offset` on; fewer bytes than requested are an error. */
  readRange(key: string, offset: number, into: Buffer, options?: ReadOptions): Promise<void>;
  /** Size and checksum without the bytes. */
  head(key: string, options?: RequestOptions & { versionId?: string | undefined }): Promise<ObjectHead>;
  /** Every object below a prefix, in key order, page by page; `after` starts behind a key. */
  list(prefix: string, options?: RequestOptions & { after?: string | undefined }): AsyncIterable<ListedObject>;
  /** Folders directly below a prefix, in order, each with its slash; their contents are not listed. */
  folders(prefix: string, options?: RequestOptions): AsyncIterable<string>;
  /** On a versioned bucket: every version and every delete marker below a prefix, page by page. */
  listVersions(prefix: string, options?: RequestOptions): AsyncIterable<ListedVersion>;
  /**
   * Removes objects, or single versions of them; a missing one is not an error. Returns the keys that could not be
   * removed (locked ones, say), with the reason.
   */
  delete(keys: readonly (string | VersionName)[], options?: RequestOptions): Promise<DeleteProblem[]>;

  /** Until when an object, or one version of it, can't be deleted; undefined where it is not locked. */
  retention(
    key: string,
    options?: RequestOptions & { versionId?: string | undefined },
  ): Promise<ObjectLock | undefined>;
  /** Locks an existing object, or extends its lock. The store refuses to shorten a lock (`denied` or `invalid`). */
  setRetention(
    key: string,
    lock: ObjectLock,
    options?: RequestOptions & { versionId?: string | undefined },
  ): Promise<void>;

  /** Opens a multipart upload with a CRC32 for each part (composite checksum). */
  createMultipart(key: string, options?: RequestOptions & LockOptions): Promise<string>;
  uploadPart(part: PartRequest, body: Buffer, options?: UploadOptions): Promise<UploadedPart>;
  /** The uploaded parts, in order. */
  listParts(key: string, uploadId: string, options?: RequestOptions): Promise<UploadedPart[]>;
  /** Completes the object if its key is still free; otherwise fails with `exists`, and the upload stays open. */
  completeMultipart(
    key: string,
    uploadId: string,
    parts: readonly UploadedPart[],
    options?: RequestOptions,
  ): Promise<ObjectVersion>;
  /** Aborts an upload and drops its parts; a missing one is not an error. */
  abortMultipart(key: string, uploadId: string, options?: RequestOptions): Promise<void>;
  /** Open uploads below a prefix. */
  listMultipartUploads(prefix: string, options?: RequestOptions): Promise<OpenUpload[]>;

  /** How the bucket is configured; whatever a store does not implement counts as off. */
  traits(options?: RequestOptions): Promise<BucketTraits>;
  /** The store's own clock (its `Date` header); all times in a repository come from it. */
  serverTime(options?: RequestOptions): Promise<Date>;
  /** Closes every connection. */
  close(): void;
}

export interface RequestOptions {
  signal?: AbortSignal | undefined;
}

export interface UploadOptions extends RequestOptions {
  /** CRC32 of the body if the caller already has it; computed otherwise. */
  crc32?: number | undefined;
  /** SHA-256 (hex) of the body if the caller already has it: it doubles as the signature's payload hash. */
  sha256?: string | undefined;
}

/** How an object in a bucket with object lock is protected from deletion. */
export interface ObjectLock {
  /** `governance`: holders of `s3:BypassGovernanceRetention` may still delete it; `compliance`: no one can. */
  mode: 'governance' | 'compliance';
  /** RFC 3339. */
  until: string;
}

export interface LockOptions {
  /** Locks the object from the moment it is created. */
  lock?: ObjectLock | undefined;
}

export interface CreateOptions extends UploadOptions, LockOptions {
  contentType?: string | undefined;
}

export interface ReadOptions extends RequestOptions {
  /** Only this exact object; otherwise `changed`. */
  ifMatch?: string | undefined;
  versionId?: string | undefined;
  /** A larger object fails with `oversized`, and no more than this is read. */
  atMost?: number | undefined;
}

export interface ObjectVersion {
  etag: string;
  /** On a versioned bucket. */
  versionId?: string | undefined;
}

export interface ObjectHead extends ObjectVersion {
  size: number;
  /** CRC32 as the store reports it: base64, followed by `-<parts>` for a multipart object. */
  crc32?: string | undefined;
  lastModified?: Date | undefined;
}

export interface ListedObject {
  key: string;
  size: number;
  etag: string;
  lastModified?: Date | undefined;
}

/** One version of an object. */
export interface VersionName {
  key: string;
  versionId: string;
}

export interface ListedVersion extends VersionName {
  /** 0 for a delete marker. */
  size: number;
  /** A delete marker: the version below it was deleted. */
  marker: boolean;
}

export interface DeleteProblem {
  key: string;
  /** Set if a version was to be removed. */
  versionId?: string | undefined;
  reason: string;
}

export interface PartRequest {
  key: string;
  uploadId: string;
  /** 1 … 10,000. */
  number: number;
}

export interface UploadedPart {
  number: number;
  etag: string;
  size: number;
  /** Base64; absent if the store lists parts without it. */
  crc32?: string | undefined;
}

export interface OpenUpload {
  key: string;
  uploadId: string;
  startedAt?: Date | undefined;
}

export interface BucketTraits {
  versioned: boolean;
  objectLock: boolean;
  /** The credentials do not allow asking, so `objectLock` says nothing. */
  objectLockUnknown?: boolean | undefined;
  /** How the bucket locks objects that are created without a lock of their own. */
  defaultRetention?: { mode: ObjectLock['mode']; days: number } | undefined;
  /** Lifecycle rules that remove objects, as the store lists them; empty if it lists none. */
  expirations: ExpirationRule[];
}

export interface ExpirationRule {
  id: string;
  /** Prefix within the bucket (not the repository) that the rule is limited to; empty for the whole bucket. */
  prefix: string;
  /** Also limited by tags or sizes, so it may not apply to our objects. */
  filtered: boolean;
}
