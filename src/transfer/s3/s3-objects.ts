import {
  DeleteObjectsCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectVersionsCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  type ListObjectsV2CommandOutput,
} from '@aws-sdk/client-s3';
import { crc32 } from 'node:zlib';
import { crc32Base64 } from '../crc32';
import { readBody } from '../store/read-body';
import { version, type S3Bucket } from './s3-bucket';
import { readBucketTraits } from './s3-bucket-traits';
import { lockHeaders } from './s3-locks';
import type { Receive } from './s3-receiver';
import { serverDate, withPayloadHash, withStoredChecksum } from './s3-middleware';
import { isStoreError } from '../store/store-error';
import type {
  BucketTraits,
  CreateOptions,
  DeleteProblem,
  ListedObject,
  ListedVersion,
  ObjectHead,
  ObjectStore,
  ObjectVersion,
  ReadOptions,
  RequestOptions,
  VersionName,
} from '../store/object-store';
import { given } from '../../objects/given';

/** Whole objects, and the bucket's own properties. */
export function objectsOf(
  bucket: S3Bucket,
): Pick<
  ObjectStore,
  'create' | 'read' | 'readRange' | 'head' | 'list' | 'folders' | 'listVersions' | 'delete' | 'traits' | 'serverTime'
> {
  return {
    async create(key: string, body: Buffer, options: CreateOptions = {}): Promise<ObjectVersion> {
      const command = new PutObjectCommand({
        ...bucket.address(key),
        Body: body,
        IfNoneMatch: '*',
        ChecksumCRC32: crc32Base64(options.crc32 ?? crc32(body)),
        ...given({ ContentType: options.contentType }),
        ...bucket.encryption(),
        ...lockHeaders(options.lock),
      });
      withPayloadHash(command, bucket.s3.encrypted, options.sha256);
      const output = await bucket.send('PutObject', key, (signal) => bucket.s3.client.send(command, signal), options);
      return version(output);
    },

    async read(key: string, options: ReadOptions = {}): Promise<Buffer> {
      const once = async (): Promise<{ bytes: Buffer; stored: string | undefined }> =>
        await bucket.send(
          'GetObject',
          key,
          async (signal) => {
            const command = new GetObjectCommand({ ...bucket.address(key), ...condition(options) });
            withStoredChecksum(command);
            const output = await bucket.s3.client.send(command, signal);
            const bytes = await readBody(output.Body, output.ContentLength, options);
            return { bytes, stored: output.ChecksumCRC32 };
          },
          options,
        );
      const { bytes, stored } = await once();
      // The checksum of a multipart object does not cover the bytes themselves.
      if (stored === undefined || stored.includes('-') || stored === crc32Base64(crc32(bytes))) return bytes;
      // Damaged in transit or in the store: the second response decides. If the store holds damaged bytes, the caller
      // finds out by its own hash.
      return (await once()).bytes;
    },

    async readRange(key: string, offset: number, into: Buffer, options: ReadOptions = {}): Promise<void> {
      if (into.length === 0) return;
      await bucket.send(
        'GetObject',
        key,
        async (signal) => {
          const command = new GetObjectCommand({
            ...bucket.address(key),
            ...condition(options),
            Range: `bytes=${offset}-${offset + into.length - 1}`,
          });
          const receive: { receive: Receive } = { receive: { into, first: offset } };
          await bucket.s3.client.send(command, { ...signal, ...receive });
        },
        options,
      );
    },

    async head(key: string, options: RequestOptions & { versionId?: string | undefined } = {}): Promise<ObjectHead> {
      const command = new HeadObjectCommand({ ...bucket.address(key), ...condition(options), ChecksumMode: 'ENABLED' });
      const output = await bucket.send('HeadObject', key, (signal) => bucket.s3.client.send(command, signal), options);
      return {
        ...version(output),
        size: output.ContentLength ?? 0,
        crc32: output.ChecksumCRC32,
        lastModified: output.LastModified,
      };
    },

    async *list(
      prefix: string,
      options: RequestOptions & { after?: string | undefined } = {},
    ): AsyncGenerator<ListedObject> {
      for await (const { Contents } of pagesOf(bucket, prefix, options))
        for (const { Key, Size, ETag, LastModified } of Contents ?? [])
          if (Key !== undefined)
            yield { key: bucket.relative(Key), size: Size ?? 0, etag: ETag ?? '', lastModified: LastModified };
    },

    async *folders(prefix: string, options: RequestOptions = {}): AsyncGenerator<string> {
      for await (const { CommonPrefixes } of pagesOf(bucket, prefix, { ...options, delimiter: '/' }))
        for (const { Prefix } of CommonPrefixes ?? []) if (Prefix !== undefined) yield bucket.relative(Prefix);
    },

    async *listVersions(prefix: string, options: RequestOptions = {}): AsyncGenerator<ListedVersion> {
      let from: { key?: string | undefined; versionId?: string | undefined } | undefined;
      do {
        const command = new ListObjectVersionsCommand({
          Bucket: bucket.name,
          Prefix: bucket.base + prefix,
          ...(from?.key === undefined ? {} : { KeyMarker: from.key }),
          ...(from?.versionId === undefined ? {} : { VersionIdMarker: from.versionId }),
        });
        const page = await bucket.send(
          'ListObjectVersions',
          prefix,
          (signal) => bucket.s3.client.send(command, signal),
          options,
        );
        for (const { Key, VersionId, Size } of page.Versions ?? [])
          if (Key !== undefined && VersionId !== undefined)
            yield { key: bucket.relative(Key), versionId: VersionId, size: Size ?? 0, marker: false };
        for (const { Key, VersionId } of page.DeleteMarkers ?? [])
          if (Key !== undefined && VersionId !== undefined)
            yield { key: bucket.relative(Key), versionId: VersionId, size: 0, marker: true };
        from = page.IsTruncated === true ? { key: page.NextKeyMarker, versionId: page.NextVersionIdMarker } : undefined;
      } while (from !== undefined);
    },

    async delete(keys: readonly (string | VersionName)[], options: RequestOptions = {}): Promise<DeleteProblem[]> {
      const problems: DeleteProblem[] = [];
      for (let first = 0; first < keys.length; first += 1000) {
        const batch = keys.slice(first, first + 1000);
        const command = new DeleteObjectsCommand({
          Bucket: bucket.name,
          Delete: {
            Objects: batch.map((one) =>
              typeof one === 'string'
                ? { Key: bucket.base + one }
                : { Key: bucket.base + one.key, VersionId: one.versionId },
            ),
            Quiet: true,
          },
        });
        const output = await bucket.send(
          'DeleteObjects',
          nameOf(batch[0]),
          (signal) => bucket.s3.client.send(command, signal),
          options,
        );
        for (const error of output.Errors ?? []) {
          if (error.Code === 'NoSuchKey') continue;
          problems.push({
            key: bucket.relative(error.Key ?? ''),
            ...given({ versionId: error.VersionId }),
            reason: error.Code ?? error.Message ?? 'unknown',
          });
        }
      }
      return problems;
    },

    async traits(options: RequestOptions = {}): Promise<BucketTraits> {
      return bucket.send(
        'GetBucketTraits',
        '',
        (signal) => readBucketTraits(bucket.s3.client, bucket.name, signal),
        options,
      );
    },

    async serverTime(options: RequestOptions = {}): Promise<Date> {
      const command = new ListObjectsV2Command({ Bucket: bucket.name, Prefix: bucket.base, MaxKeys: 1 });
      const date = serverDate(command);
      try {
        await bucket.send('ListObjectsV2', '', (signal) => bucket.s3.client.send(command, signal), options);
      } catch (error) {
        // A store that refuses the request because of our clock sends its own time with the refusal.
        const storeTime = date();
        if (isStoreError(error, 'denied') && storeTime) return storeTime;
        throw error;
      }
      return date() ?? new Date(); // the store sends no `Date`: our clock is the only one there is
    },
  };
}

const nameOf = (one: string | VersionName | undefined): string => (typeof one === 'string' ? one : (one?.key ?? ''));

function condition(options: { ifMatch?: string | undefined; versionId?: string | undefined }): {
  IfMatch?: string;
  VersionId?: string;
} {
  return {
    ...given({ IfMatch: options.ifMatch, VersionId: options.versionId }),
  };
}

/** A listing, page by page; with a delimiter what lies behind it is one name. */
async function* pagesOf(
  bucket: S3Bucket,
  prefix: string,
  { after, delimiter, ...options }: RequestOptions & { after?: string | undefined; delimiter?: string },
): AsyncGenerator<ListObjectsV2CommandOutput> {
  let token: string | undefined;
  do {
    const command = new ListObjectsV2Command({
      Bucket: bucket.name,
      Prefix: bucket.base + prefix,
      ...given({ ContinuationToken: token, Delimiter: delimiter }),
      ...(after === undefined || token !== undefined ? {} : { StartAfter: bucket.base + after }),
    });
    const page = await bucket.send(
      'ListObjectsV2',
      prefix,
      (signal) => bucket.s3.client.send(command, signal),
      options,
    );
    yield page;
    token = page.IsTruncated === true ? page.NextContinuationToken : undefined;
  } while (token !== undefined);
}
