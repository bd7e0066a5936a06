import { openStore } from '../../../src/transfer';
import type { StackJson } from '../../../stack/stack-json';

/** The stack's store with the key that may do everything; close it. */
export const openStackStore = ({ s3 }: Pick<StackJson, 's3'>): ReturnType<typeof openStore> =>
  openStore({
    bucket: s3.bucket,
    prefix: s3.prefix,
    region: s3.region,
    endpoint: s3.endpoint,
    forcePathStyle: true,
    credentials: { accessKeyId: s3.accessKeyId, secretAccessKey: s3.secretAccessKey },
  });
