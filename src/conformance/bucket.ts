import { encodeName, layout } from '../repository';
import type { DeleteProblem, ObjectStore } from '../transfer';
import { PREFIX } from './names';

/** Where the ids of backups and dumps stand at the beginning of a key. */
const BY_ID = [
  layout.intents,
  (cluster: string) => `${layout.cluster(cluster)}backups/`,
  layout.manifests,
  layout.closed,
  layout.verifications,
  layout.tombstones,
  (cluster: string) => `${layout.cluster(cluster)}leases/`,
  layout.dumpIntents,
  (cluster: string) => `${layout.cluster(cluster)}dumps/`,
  layout.dumpManifests,
  layout.dumpsClosed,
  (cluster: string) => `${layout.cluster(cluster)}point-in-time/`,
];

/** As many as the store takes in one request. */
const KEYS_PER_REQUEST = 1_000;

/**
 * Removes the backups and dumps of the databases of one run of the command, manifests first: nothing is offered whose
 * objects are going. What the audit keeps (`operations/`) stays, and so does everything where the keys of Kalpa may not
 * delete, as docs/security.md advises. Returns what stays, a line for each folder.
 */
export async function emptyBucketOf(store: ObjectStore, cluster: string, token: string): Promise<string[]> {
  const prefixes = BY_ID.flatMap((folder) =>
    ['ysql', 'ycql'].map((api) => `${folder(cluster)}${encodeName(`${api}.${PREFIX}${token}_`)}`),
  );
  const manifestsFirst = prefixes.sort((a, b) => Number(b.includes('manifests/')) - Number(a.includes('manifests/')));
  const stays: string[] = [];
  for (const prefix of manifestsFirst) {
    const [keys, problems]: [string[], DeleteProblem[]] = [[], []];
    for await (const { key } of store.list(prefix)) keys.push(key);
    for (let from = 0; from < keys.length; from += KEYS_PER_REQUEST) {
      problems.push(...(await store.delete(keys.slice(from, from + KEYS_PER_REQUEST))));
    }
    const [first] = problems;
    if (first) stays.push(`${problems.length} objects below ${prefix} (${first.reason})`);
    for (const { key, uploadId } of await store.listMultipartUploads(prefix)) await store.abortMultipart(key, uploadId);
  }
  return stays;
}
