import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import type { S3Config } from '../../src/transfer';

/** Makes a bucket with object lock on a server; where it is, under a prefix. */
export async function makeLockedBucket(
  server: { config(prefix: string): S3Config },
  prefix: string,
  bucket = 'kalpa-locked',
): Promise<S3Config> {
  const config = { ...server.config(prefix), bucket };
  const { region, endpoint = '', credentials } = config;
  const client = new S3Client({ region, endpoint, forcePathStyle: true, ...(credentials ? { credentials } : {}) });
  try {
    await client.send(new CreateBucketCommand({ Bucket: bucket, ObjectLockEnabledForBucket: true }));
  } finally {
    client.destroy();
  }
  return config;
}
