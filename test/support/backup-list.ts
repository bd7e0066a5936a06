import { listBackups, openRepository, type BackupEntry } from '../../src/repository';
import { openStore } from '../../src/transfer';
import type { StackJson } from '../../stack/stack-json';

/** What the bucket lists of a cluster's backups, refused and broken ones included. */
export async function backupsOf({ s3 }: StackJson, cluster = 'demo', database?: string): Promise<BackupEntry[]> {
  const store = openStore({
    bucket: s3.bucket,
    prefix: s3.prefix,
    region: s3.region,
    endpoint: s3.endpoint,
    forcePathStyle: true,
    credentials: { accessKeyId: s3.accessKeyId, secretAccessKey: s3.secretAccessKey },
  });
  try {
    return await listBackups(openRepository({ store, cluster }), { database });
  } finally {
    store.close();
  }
}
