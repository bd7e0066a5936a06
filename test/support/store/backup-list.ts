import {
  listBackups,
  listOperations,
  openRepository,
  type BackupEntry,
  type OperationRecord,
} from '../../../src/repository';
import type { StackJson } from '../../../stack/stack-json';
import { openStackStore } from './stack-store';

/** What the bucket lists of a cluster's backups, refused and broken ones included. */
export async function backupsOf(stack: StackJson, cluster = 'demo', database?: string): Promise<BackupEntry[]> {
  return await withRepository(stack, cluster, async (repository) => await listBackups(repository, { database }));
}

/** The audit records of a database, oldest first. */
export async function operationsOf(stack: StackJson, database: string, since: Date): Promise<OperationRecord[]> {
  const query = { since, database, newest: 100 };
  return await withRepository(stack, 'demo', async (store) => (await listOperations(store, query)).operations);
}

async function withRepository<T>(
  { s3 }: StackJson,
  cluster: string,
  work: (repository: ReturnType<typeof openRepository>) => Promise<T>,
): Promise<T> {
  const store = openStackStore({ s3 });
  try {
    return await work(openRepository({ store, cluster }));
  } finally {
    store.close();
  }
}
