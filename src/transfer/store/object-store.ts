/**
 * What Kalpa needs of a store. Keys are relative to the repository's prefix. Every failure is a `StoreError`; no call
 * retries by itself (`retryingStore` does). Every Buffer stays the caller's and must not be written to until the call
 * has ended.
 */
export interface ObjectStore {
  /** `s3://bucket/prefix`, for messages; carries no credentials. */
  readonly location: string;
  /** Whether its requests carry the SHA-256 of their body: one that is known saves a pass over the bytes. */
  readonly signsBodies?: boolean | undefined;

  /** Creates an object if its key is free; `exists` otherwise. */
  create(key: string, body: Buffer, options?: CreateOptions): Promise<ObjectVersion>;
  /**
   * All bytes of a small object. Where they are not what the store's checksum says they are asked for once more; what
   * arrives then is what stands there.
   */
  read(key: string, options?: ReadOptions): Promise<Buffer>;
  /** Fills `into` with the bytes from `offset` on; fewer bytes than asked for are an error. */
  readRange(key: string, offset: number, into: Buffer, options?: ReadOptions): Promise<void>;
  /** Size and checksum without the bytes. */
  head(key: string, options?: RequestOptions & { versionId?: string | undefined }): Promise<ObjectHead>;
  /** Every object below a prefix, in key order, page by page; `after` starts behind a key. */
  list(prefix: string, options?: RequestOptions & { after?: string | undefined }): AsyncIterable<ListedObject>;
  /** Folders that stand right below a prefix, in order, each with its slash; nothing of what is in them is listed. */
  folders(prefix: string, options?: RequestOptions): AsyncIterable<string>;
  /** On a versioned bucket: every version below a prefix, and every marker of a deletion, page by page. */
  listVersions(prefix: string, options?: RequestOptions): AsyncIterable<ListedVersion>;
  /**
   * Removes objects, or single versions of them; a missing one is no error. Returns the keys that could not be removed
   * (a locked one), with the reason.
   */
  delete(keys: readonly (string | VersionName)[], options?: RequestOptions): Promise<DeleteProblem[]>;

  /** Until when an object, or one version of it, can't be deleted; undefined where it is not locked. */
  retention(
    key: string,
    options?: RequestOptions & { versionId?: string | undefined },
  ): Promise<ObjectLock | undefined>;
  /**
   * Locks an object that stands there, or locks it for longer. What would shorten a lock the store refuses (`denied` or
   * `invalid`).
   */
  setRetention(
    key: string,
    lock: ObjectLock,
    options?: RequestOptions & { versionId?: string | undefined },
  ): Promise<void>;

  /** Opens a multipart upload with CRC32 of each part (composite checksum). */
  createMultipart(key: string, options?: RequestOptions & LockOptions): Promise<string>;
  uploadPart(part: PartRequest, body: Buffer, options?: UploadOptions): Promise<UploadedPart>;
  /** Parts that the store holds, in order. */
  listParts(key: string, uploadId: string, options?: RequestOptions): Promise<UploadedPart[]>;
  /** Makes the object if its key is still free; `exists` otherwise, and the upload stays open. */
  completeMultipart(
    key: string,
    uploadId: string,
    parts: readonly UploadedPart[],
    options?: RequestOptions,
  ): Promise<ObjectVersion>;
  /** Drops an upload and its parts; a missing one is no error. */
  abortMultipart(key: string, uploadId: string, options?: RequestOptions): Promise<void>;
  /** Open uploads below a prefix. */
  listMultipartUploads(prefix: string, options?: RequestOptions): Promise<OpenUpload[]>;

  /** What the bucket is set up to do; what a store does not implement is read as "not". */
  traits(options?: RequestOptions): Promise<BucketTraits>;
  /** The store's own clock (its `Date` header), which all times of a repository are. */
  serverTime(options?: RequestOptions): Promise<Date>;
  /** Closes every connection. */
  close(): void;
}

export interface RequestOptions {
  signal?: AbortSignal | undefined;
}

export interface UploadOptions extends RequestOptions {
  /** CRC32 of the body when the caller has it already; computed otherwise. */
  crc32?: number | undefined;
  /** SHA-256 of the body (hex) when the caller has it already: it doubles as the signature's payload hash. */
  sha256?: string | undefined;
}

/** How an object of a bucket with object lock is kept from being deleted. */
export interface ObjectLock {
  /** `governance`: whoever holds `s3:BypassGovernanceRetention` may delete it still; `compliance`: nobody. */
  mode: 'governance' | 'compliance';
  /** RFC 3339. */
  until: string;
}

export interface LockOptions {
  /** Locks the object from its first moment on. */
  lock?: ObjectLock | undefined;
}

export interface CreateOptions extends UploadOptions, LockOptions {
  contentType?: string | undefined;
}

export interface ReadOptions extends RequestOptions {
  /** Only this very object; `changed` otherwise. */
  ifMatch?: string | undefined;
  versionId?: string | undefined;
  /** A larger object is `oversized`, and is not read further than that. */
  atMost?: number | undefined;
}

export interface ObjectVersion {
  etag: string;
  /** On a versioned bucket. */
  versionId?: string | undefined;
}

export interface ObjectHead extends ObjectVersion {
  size: number;
  /** CRC32 as the store reports it: base64, with `-<parts>` behind it for a multipart object. */
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
  /** 0 of a marker. */
  size: number;
  /** No object: it says that the one below it was deleted. */
  marker: boolean;
}

export interface DeleteProblem {
  key: string;
  /** Where a version was to be removed. */
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
  /** Base64; absent where a store lists parts without it. */
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
  /** This identity may not ask for it, so `objectLock` says nothing. */
  objectLockUnknown?: boolean | undefined;
  /** How the bucket locks what is created without a lock of its own. */
  defaultRetention?: { mode: ObjectLock['mode']; days: number } | undefined;
  /** Rules that remove objects, as the store lists them; empty when it knows none. */
  expirations: ExpirationRule[];
}

export interface ExpirationRule {
  id: string;
  /** Bucket-absolute prefix that the rule is limited to; empty for the whole bucket. */
  prefix: string;
  /** Limited by tags or sizes too, so it may not concern our objects. */
  filtered: boolean;
}
