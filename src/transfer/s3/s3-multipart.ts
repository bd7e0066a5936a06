import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  ListMultipartUploadsCommand,
  ListPartsCommand,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { crc32 } from 'node:zlib';
import { crc32Base64 } from '../crc32';
import { version, type S3Bucket } from './s3-bucket';
import { lockHeaders } from './s3-locks';
import { toStoreError } from './s3-errors';
import { withPayloadHash } from './s3-middleware';
import type {
  LockOptions,
  ObjectStore,
  ObjectVersion,
  OpenUpload,
  PartRequest,
  RequestOptions,
  UploadedPart,
  UploadOptions,
} from '../store/object-store';
import { given } from '../../objects/given';

/** Multipart uploads. */
export function multipartOf(
  bucket: S3Bucket,
): Pick<
  ObjectStore,
  'createMultipart' | 'uploadPart' | 'listParts' | 'completeMultipart' | 'abortMultipart' | 'listMultipartUploads'
> {
  return {
    async createMultipart(key: string, options: RequestOptions & LockOptions = {}): Promise<string> {
      // COMPOSITE is the only CRC32 checksum type that AWS, R2, MinIO and SeaweedFS all keep.
      const command = new CreateMultipartUploadCommand({
        ...bucket.address(key),
        ChecksumAlgorithm: 'CRC32',
        ChecksumType: 'COMPOSITE',
        ...bucket.encryption(),
        ...lockHeaders(options.lock),
      });
      const output = await bucket.send(
        'CreateMultipartUpload',
        key,
        (signal) => bucket.s3.client.send(command, signal),
        options,
      );
      return output.UploadId ?? '';
    },

    async uploadPart(part: PartRequest, body: Buffer, options: UploadOptions = {}): Promise<UploadedPart> {
      const checksum = crc32Base64(options.crc32 ?? crc32(body));
      const command = new UploadPartCommand({
        ...bucket.address(part.key),
        UploadId: part.uploadId,
        PartNumber: part.number,
        Body: body,
        ChecksumCRC32: checksum,
      });
      withPayloadHash(command, bucket.s3.encrypted, options.sha256);
      const output = await bucket.send(
        'UploadPart',
        part.key,
        (signal) => bucket.s3.client.send(command, signal),
        options,
      );
      return { number: part.number, etag: output.ETag ?? '', size: body.length, crc32: checksum };
    },

    async listParts(key: string, uploadId: string, options: RequestOptions = {}): Promise<UploadedPart[]> {
      const parts: UploadedPart[] = [];
      let marker: string | undefined;
      do {
        const command = new ListPartsCommand({
          ...bucket.address(key),
          UploadId: uploadId,
          ...given({ PartNumberMarker: marker }),
        });
        const page = await bucket.send('ListParts', key, (signal) => bucket.s3.client.send(command, signal), options);
        for (const part of page.Parts ?? []) {
          parts.push({
            number: part.PartNumber ?? 0,
            etag: part.ETag ?? '',
            size: part.Size ?? 0,
            crc32: part.ChecksumCRC32,
          });
        }
        marker = page.IsTruncated === true ? page.NextPartNumberMarker : undefined;
      } while (marker !== undefined);
      return parts;
    },

    async completeMultipart(
      key: string,
      uploadId: string,
      parts: readonly UploadedPart[],
      options: RequestOptions = {},
    ): Promise<ObjectVersion> {
      const command = new CompleteMultipartUploadCommand({
        ...bucket.address(key),
        UploadId: uploadId,
        IfNoneMatch: '*',
        MultipartUpload: {
          Parts: parts.map((part) => ({
            PartNumber: part.number,
            ETag: part.etag,
            ...given({ ChecksumCRC32: part.crc32 }),
          })),
        },
      });
      const output = await bucket.send(
        'CompleteMultipartUpload',
        key,
        (signal) => bucket.s3.client.send(command, signal),
        options,
      );
      return version(output);
    },

    async abortMultipart(key: string, uploadId: string, options: RequestOptions = {}): Promise<void> {
      const command = new AbortMultipartUploadCommand({ ...bucket.address(key), UploadId: uploadId });
      try {
        await bucket.send('AbortMultipartUpload', key, (signal) => bucket.s3.client.send(command, signal), options);
      } catch (error) {
        const failure = toStoreError(error, 'AbortMultipartUpload', key, bucket.location);
        if (failure.kind !== 'missing') throw failure;
      }
    },

    async listMultipartUploads(prefix: string, options: RequestOptions = {}): Promise<OpenUpload[]> {
      const uploads: OpenUpload[] = [];
      let from: { key?: string | undefined; id?: string | undefined } | undefined;
      do {
        const command = new ListMultipartUploadsCommand({
          Bucket: bucket.name,
          Prefix: bucket.base + prefix,
          ...given({ KeyMarker: from?.key }),
          ...given({ UploadIdMarker: from?.id }),
        });
        const page = await bucket.send(
          'ListMultipartUploads',
          prefix,
          (signal) => bucket.s3.client.send(command, signal),
          options,
        );
        for (const upload of page.Uploads ?? []) {
          if (upload.Key === undefined || upload.UploadId === undefined) continue;
          uploads.push({
            key: bucket.relative(upload.Key),
            uploadId: upload.UploadId,
            startedAt: upload.Initiated,
          });
        }
        from = page.IsTruncated === true ? { key: page.NextKeyMarker, id: page.NextUploadIdMarker } : undefined;
      } while (from !== undefined);
      return uploads;
    },
  };
}
