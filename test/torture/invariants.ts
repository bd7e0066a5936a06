import type { BackUpDatabaseResult, VerifyBackupResult } from '../../src/contract';
import { layout, listBackups, listDumps, sweep, type ClusterStore } from '../../src/repository';
import type { FaultCluster } from '../support/cluster/fault-cluster';
import { guardianEnd } from '../support/cluster/watch-run';
import { repositoryAs } from '../support/store/stack-store';
import { until } from '../support/stack';
import { ended } from './ending';
import { restore } from './operations';
import { COPY, type Kept, type Scene } from './scene';
import type { Story } from './story';

/**
 * What a backup of an unchanged database may upload of a tablet: each snapshot has a MANIFEST and a CURRENT of its own.
 */
const NEW_BYTES_OF_A_TABLET = 2_000;

/** The bucket as the janitor sees it. */
async function asJanitor<T>({ json, name }: FaultCluster, work: (store: ClusterStore) => Promise<T>): Promise<T> {
  const repository = repositoryAs(json, 'janitor', name);
  try {
    return await work(repository);
  } finally {
    repository.store.close();
  }
}

/** Everything serves again, no guardian holds a database, and nothing is left behind in the cluster. */
export async function quiet({ cluster, stories }: Scene): Promise<void> {
  let problems: string[] = [];
  const found = async (): Promise<string[]> => {
    const ending = await ended<{ problems: string[] }>(cluster, 'inspectCluster', {});
    return ending.ok ? ending.value.problems : [ending.message];
  };
  await until('everything serves again', async () => (problems = await found()).length === 0, 120_000).catch(() => {
    throw new Error(`The cluster is not as it was: ${problems.join('; ')}`);
  });
  for (const { database } of stories) await guardianEnd(cluster.client, database, cluster.name);
  await cluster.untilClean();
  await until('nothing is left of restored copies', async () => (await copies(cluster)).length === 0).catch(
    async () => {
      throw new Error(`Left behind in the cluster: ${(await copies(cluster)).join(', ')}`);
    },
  );
}

/** Databases and keyspaces that runs made and that belong to nobody. */
async function copies(cluster: FaultCluster): Promise<string[]> {
  const names = (await cluster.ybAdmin('list_namespaces')).split('\n').map((line) => line.split(' ')[0] ?? '');
  return names.filter((name) => name.startsWith(COPY) || name.startsWith('kalpa_'));
}

/**
 * The bucket lists what runs that ended well have made and nobody deleted, nothing else, and of each database at least
 * one backup.
 */
export async function listed(scene: Scene): Promise<void> {
  const { cluster, kept, stories } = scene;
  const found = await asJanitor(cluster, async (repository) => [
    ...(await listBackups(repository)).map(({ backupId, state }) => ({ id: backupId, state: state })),
    ...(await listDumps(repository)).map(({ dumpId, state }) => ({ id: dumpId, state: state })),
  ]);
  const committed = new Set(found.filter(({ state }) => state === 'committed').map(({ id }) => id));
  for (const one of kept) {
    if (one.deleted === 'maybe') one.deleted = !committed.has(one.id);
    if (one.deleted === committed.has(one.id))
      throw new Error(`${one.id} should ${one.deleted ? 'be deleted' : 'be committed'}, and is not so in the bucket.`);
  }
  const unknown = [...committed].filter((id) => !kept.some((one) => one.id === id));
  if (unknown.length > 0) throw new Error(`Of runs that did not end well the bucket lists ${unknown.join(', ')}.`);
  for (const { database } of stories) {
    const of = kept.filter(({ kind, story }) => kind === 'backup' && story.database === database);
    if (of.length > 0 && of.every(({ deleted }) => deleted === true))
      throw new Error(`No backup of ${database} is left: the newest one was deleted.`);
  }
}

/** It restores to exactly what it recorded, in peace at once. */
export async function restores(scene: Scene, kept: Kept, round: number): Promise<void> {
  const ending = await restore(scene, kept, round);
  if (!ending.ok) throw new Error(`${kept.id} does not restore: ${ending.type}: ${ending.message}`);
}

/** Every byte of it is in the bucket as it was written. */
export async function whole({ cluster }: Scene, { id }: Kept): Promise<void> {
  const input = { backup: id, level: 'full', provedWithin: '0s' };
  const ending = await ended<VerifyBackupResult>(cluster, 'verifyBackup', input);
  if (!ending.ok) throw new Error(`${id} can't be verified: ${ending.type}: ${ending.message}`);
  if (ending.value.problems.length > 0) throw new Error(`${id} is damaged: ${ending.value.problems.join('; ')}`);
}

/** While nobody writes and nothing fails. */
export async function backUpInPeace(scene: Scene, story: Story): Promise<BackUpDatabaseResult> {
  const { database, last } = story;
  const ending = await ended<BackUpDatabaseResult>(scene.cluster, 'backUpDatabase', { database, fingerprint: 'full' });
  if (!ending.ok) throw new Error(`A backup of ${database} in peace failed: ${ending.type}: ${ending.message}`);
  const { backupId: id } = ending.value;
  scene.kept.push({ id, kind: 'backup', story, from: last, to: last, underFire: false, deleted: false, restoredIn: 0 });
  return ending.value;
}

/** A second backup of a database that has not changed uploads no file. */
export async function nothingNew(scene: Scene, round: number): Promise<void> {
  const story = scene.stories[round % scene.stories.length];
  if (!story) return;
  await backUpInPeace(scene, story);
  const { uploadedBytes, tablets } = await backUpInPeace(scene, story);
  if (uploadedBytes > tablets * NEW_BYTES_OF_A_TABLET)
    throw new Error(`Nothing had changed, and ${uploadedBytes} bytes of ${tablets} tablets were uploaded.`);
}

/**
 * The janitor removes what nobody needs any more, as if every grace were over, and nothing is left in the bucket but
 * what is committed, what it lacks, and what it waits for.
 */
export async function swept(scene: Scene): Promise<void> {
  const { cluster, kept } = scene;
  await asJanitor(cluster, async (repository) => {
    const result = await sweep(repository, { graceMs: 0, maxRunTimeMs: 0, lastsAtMostMs: 120_000 });
    const needed = new Set([
      ...kept.filter(({ deleted }) => deleted !== true).map(({ id }) => id),
      ...result.waiting.map(({ id }) => id),
    ]);
    const left = new Set<string>();
    for await (const { key } of repository.store.list(layout.cluster(cluster.name))) {
      const id = /\/(?:backups|dumps)\/([^/]+)\//.exec(key)?.[1];
      if (id !== undefined && !needed.has(id)) left.add(id);
    }
    if (left.size > 0) throw new Error(`In the bucket is left what nobody needs: ${[...left].join(', ')}`);
  });
}
