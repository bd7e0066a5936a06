import type { ObjectStore } from '../store/object-store';
import { S3Bucket } from './s3-bucket';
import type { S3Config } from './s3-config';
import { locksOf } from './s3-locks';
import { multipartOf } from './s3-multipart';
import { objectsOf } from './s3-objects';

/** Opens the repository's bucket. Nothing is sent before the first call, and no request is retried. */
export function openStore(config: S3Config): ObjectStore {
  const bucket = new S3Bucket(config);
  return {
    location: bucket.location,
    // Over TLS the signature leaves the body out; CRC32 guards it.
    signsBodies: !bucket.s3.encrypted,
    ...objectsOf(bucket),
    ...multipartOf(bucket),
    ...locksOf(bucket),
    close: () => {
      bucket.s3.close();
    },
  };
}
