import { readFileSync } from 'node:fs';
import { openRepository, trustOf, type ClusterStore } from '../../../src/repository';
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

/** The bucket as one role sees it, with that role's key for signing; close its store. */
export function repositoryAs(
  { s3, signing }: Pick<StackJson, 's3' | 'signing'>,
  role: 'control' | 'janitor',
  cluster = 'demo',
): ClusterStore {
  const { endpoint, region, bucket, prefix } = s3;
  const store = openStore({ endpoint, region, bucket, prefix, forcePathStyle: true, credentials: s3.roles[role] });
  const file = role === 'janitor' ? signing.janitorKeyFile : signing.privateKeyFile;
  const trust = trustOf({ publicKeys: signing.publicKeys, privateKey: readFileSync(file, 'utf8') });
  return openRepository({ store, cluster, trust });
}
