import type { ObjectStore } from '../transfer';
import { decodeName } from './layout/encode-name';
import { layout } from './layout/layout';
import { repositoryRecord } from './records/record-schemas';
import { readRecord } from './records/records';
import { RepositoryError } from './repository-error';

/** Whoever may create objects can invent as many as they like. */
const MOST_CLUSTERS = 1_000;
const CLUSTERS = 'clusters/';

/**
 * The clusters that have a place in a repository, by name: one request each, however much they hold. `NotFound` where
 * there is no repository.
 */
export async function listClusters(store: ObjectStore): Promise<string[]> {
  if ((await readRecord(store, layout.repository, repositoryRecord)) === undefined)
    throw new RepositoryError(
      'NotFound',
      `There is no repository of Kalpa in ${store.location}: it has no ${layout.repository}. Give the bucket and the whole prefix, as repository.url of kalpa.yaml has them.`,
    );
  const names: string[] = [];
  let after = CLUSTERS;
  while (names.length < MOST_CLUSTERS) {
    const first = await firstKey(store, after);
    if (first === undefined) break;
    const [part = ''] = first.slice(CLUSTERS.length).split('/', 1);
    const behind = `${CLUSTERS}${part}0`; // the character behind the slash: behind everything of this one
    if (behind === after) break; // a store that begins where it likes
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
