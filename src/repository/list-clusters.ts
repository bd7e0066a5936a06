import type { ObjectStore } from '../transfer';
import { decodeName } from './layout/encode-name';
import { layout } from './layout/layout';
import { repositoryRecord } from './records/record-schemas';
import { readRecord } from './records/records';
import { RepositoryError } from './repository-error';

/** Anyone who may create objects can invent any number of clusters. */
const MAX_CLUSTERS = 1_000;
const CLUSTERS = 'clusters/';

/**
 * The clusters of a repository, by name: one request each, however much they hold. `NotFound` if there is no
 * repository.
 */
export async function listClusters(store: ObjectStore): Promise<string[]> {
  if ((await readRecord(store, layout.repository, repositoryRecord)) === undefined)
    throw new RepositoryError(
      'NotFound',
      `There is no repository of Kalpa in ${store.location}: it has no ${layout.repository}. Give the bucket and the whole prefix, as repository.url of kalpa.yaml has them.`,
    );
  const names: string[] = [];
  let after = CLUSTERS;
  while (names.length < MAX_CLUSTERS) {
    const first = await firstKey(store, after);
    if (first === undefined) break;
    const [part = ''] = first.slice(CLUSTERS.length).split('/', 1);
    const behind = `${CLUSTERS}${part}0`; // "0" follows "/": sorts after every key of this cluster
    if (behind === after) break; // the store ignores where a listing is to start
    after = behind;
    const name = decodeName(part);
    if (name !== undefined && name !== '' && first.length > CLUSTERS.length + part.length) names.push(name);
  }
  return names;
}

async function firstKey(store: ObjectStore, after: string): Promise<string | undefined> {
  for await (const { key } of store.list(CLUSTERS, { after })) return key;
  return undefined;
}
