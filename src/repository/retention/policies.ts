import { canonicalJson } from '../canonical-json';
import type { ClusterStore } from '../cluster-store';
import { layout } from '../layout/layout';
import { FORMAT, policiesRecord, type PoliciesRecord } from '../records/record-schemas';
import { RepositoryError } from '../repository-error';
import { NameTaken } from '../signing/name-taken';
import { readEach, writeProved, type RecordForm } from '../signing/proved-records';

const policies: RecordForm<PoliciesRecord> = {
  kind: 'policies',
  schema: policiesRecord,
  keysOf: (cluster, one) => (one.cluster === cluster ? [layout.policy(cluster, new Date(one.at))] : []),
};

/** The newest valid record. */
export async function newestPolicies(repository: ClusterStore): Promise<PoliciesRecord | undefined> {
  const { store, cluster } = repository;
  const keys: string[] = [];
  for await (const { key } of store.list(layout.policies(cluster))) keys.push(key);
  for (let until = keys.length; until > 0; until -= BATCH_SIZE) {
    const some = keys.slice(Math.max(0, until - BATCH_SIZE), until);
    const newest = (await readEach(repository, policies, some)).records.at(-1);
    if (newest) return newest.record;
  }
  return undefined;
}

const BATCH_SIZE = 4;
/** Milliseconds to try, of which others may have taken the names. */
const MAX_ATTEMPTS = 50;

/** Records the policies, later than every existing record; unchanged policies are not written again. */
export async function writePolicies(
  repository: ClusterStore,
  given: Pick<PoliciesRecord, 'policies' | 'by' | 'kalpaVersion'>,
): Promise<PoliciesRecord> {
  const { store, cluster } = repository;
  const newest = await newestPolicies(repository);
  if (newest && canonicalJson(newest.policies).equals(canonicalJson(given.policies))) return newest;
  const now = (await store.serverTime()).getTime();
  const from = newest === undefined ? now : Math.max(now, Date.parse(newest.at) + 1);
  for (let at = from; at < from + MAX_ATTEMPTS; at += 1) {
    const record: PoliciesRecord = { ...given, cluster, format: FORMAT, at: new Date(at).toISOString() };
    try {
      if ((await writeProved(repository, policies, layout.policy(cluster, new Date(at)), record)).made) return record;
    } catch (error) {
      if (!(error instanceof NameTaken)) throw error;
    }
  }
  throw new RepositoryError(
    'AlreadyExists',
    `The policies could not be recorded in ${store.location}: ${MAX_ATTEMPTS} names below ${layout.policies(cluster)} are taken. Check who writes there, and try again.`,
  );
}
