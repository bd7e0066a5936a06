import { encodeName, layout } from '../repository';
import type { DeleteProblem, ObjectStore } from '../transfer';
import { PREFIX } from './names';

/** Key prefixes that are followed by the id of a backup or dump. */
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

/** The most keys that the store accepts in one request. */
const KEYS_PER_REQUEST = 1_000;

/**
 * Removes the backups and dumps that one run of the command made, manifests first, so that nothing is offered whose
 * objects are being deleted. The audit records (`operations/`) stay, and so does whatever Kalpa's keys may not delete,
 * as docs/security.md recommends. Returns what stays, one line per folder.
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
