import type { ObjectVersion, RequestOptions } from '../store/object-store';
import { bulkS3Client, type BulkS3Client } from './s3-client';
import type { S3Config } from './s3-config';
import { toStoreError } from './s3-errors';
import { given } from '../../objects/given';

/** The bucket and prefix of every request, and what all requests have in common. */
export class S3Bucket {
  /** `s3://bucket/prefix`. */
  readonly location: string;
  /** The prefix with a trailing slash, or empty. */
  readonly base: string;
  readonly s3: BulkS3Client;

  constructor(private readonly config: S3Config) {
    this.s3 = bulkS3Client(config);
    this.base = config.prefix === '' ? '' : `${config.prefix}/`;
    this.location = `s3://${config.bucket}${config.prefix === '' ? '' : `/${config.prefix}`}`;
  }

  get name(): string {
    return this.config.bucket;
  }

  address(key: string): { Bucket: string; Key: string } {
    return { Bucket: this.config.bucket, Key: this.base + key };
  }

  /** A key relative to the prefix, as callers use it. */
  relative(key: string): string {
    return key.slice(this.base.length);
  }

  /** The encryption that the configuration asks for on every object. */
  encryption(): {
    ServerSideEncryption?: 'AES256' | 'aws:kms';
    SSEKMSKeyId?: string;
    BucketKeyEnabled?: boolean;
  } {
    const { sse } = this.config;
    if (sse === undefined) return {};
    if (sse.algorithm === 'AES256') return { ServerSideEncryption: 'AES256' };
    // Without a bucket key each object costs one call to the key service, which throttles.
    return {
      ServerSideEncryption: 'aws:kms',
      BucketKeyEnabled: true,
      ...given({ SSEKMSKeyId: sse.keyId }),
    };
  }

  /** Sends a request; every failure is a `StoreError`. */
  async send<T>(
    operation: string,
    key: string,
    run: (options: { abortSignal?: AbortSignal }) => Promise<T>,
    options: RequestOptions,
  ): Promise<T> {
    try {
      return await run(options.signal === undefined ? {} : { abortSignal: options.signal });
    } catch (error) {
      throw toStoreError(error, operation, key, this.location);
    }
  }
}

/** Only the fields that identify an object. */
export function version(output: { ETag?: string | undefined; VersionId?: string | undefined }): ObjectVersion {
  return {
    etag: output.ETag ?? '',
    ...(output.VersionId === undefined || output.VersionId === 'null' ? {} : { versionId: output.VersionId }),
  };
}
