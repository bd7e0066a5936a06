import { mapConcurrently } from '../../objects/map-concurrently';
import type { ClusterStore } from '../cluster-store';
import { isRepositoryError, RepositoryError } from '../repository-error';
import { NameTaken } from '../signing/name-taken';
import { readProved, writeProved, type RecordForm } from '../signing/proved-records';
import { addTo } from '../../objects/grouped';

/**
 * The state of something as a chain of records that are only ever created: `<id>.json` or `<id>.1.json`, then
 * `<id>.2.json`, … The last valid one is the state. Each change is one conditional create of the next number, so of two
 * concurrent changes (undelete and sweep) exactly one wins.
 */
export interface ChainForm<T extends Numbered> {
  form: RecordForm<T>;
  /** The prefix of all chains of this kind. */
  prefix: string;
  keyOf: (id: string, n: number) => string;
}

/**
 * What every link says about itself. A name can be ambiguous (`<id>.5.json` is also the first link of `<id>.5`), so
 * only the link's own fields count.
 */
interface Numbered {
  backupId: string;
  /** Absent: 1. */
  n?: number | undefined;
}

/** One listed link. */
interface Link {
  n: number;
  at: Date | undefined;
}

/** The last valid link of a chain. */
export interface LastLink<T> {
  id: string;
  n: number;
  record: T;
  /** By the store's clock. */
  at: Date;
}

/** The links of every chain, by id; objects with other names are ignored. */
export async function listChains<T extends Numbered>(
  { store }: ClusterStore,
  { prefix }: ChainForm<T>,
  start = '',
): Promise<Map<string, Link[]>> {
  const chains = new Map<string, Link[]>();
  for await (const { key, lastModified } of store.list(prefix + start)) {
    const match = /^([^/]+-[0-9a-f]{6})(?:\.([1-9]\d{0,5}))?\.json$/.exec(key.slice(prefix.length));
    if (!match) continue;
    const [, id = '', n = '1'] = match;
    addTo(chains, id, { n: Number(n), at: lastModified });
  }
  return chains;
}

/** The last valid link: signed by a known key where records are signed, and not damaged. */
export async function lastOf<T extends Numbered>(
  repository: ClusterStore,
  chain: ChainForm<T>,
  id: string,
  links: readonly Link[],
): Promise<LastLink<T> | undefined> {
  for (const { n, at } of [...links].sort((a, b) => b.n - a.n)) {
    const key = chain.keyOf(id, n);
    try {
      const record = await readProved(repository, chain.form, key);
      if (record?.backupId === id && (record.n ?? 1) === n)
        return { id, n, record, at: at ?? (await timeOf(repository, key)) };
    } catch (error) {
      if (!isRepositoryError(error, 'ManifestInvalid')) throw error;
    }
  }
  return undefined;
}

const timeOf = async ({ store }: ClusterStore, key: string): Promise<Date> =>
  (await store.head(key)).lastModified ?? (await store.serverTime());

/** The last valid links of many chains. */
export async function lastOfEach<T extends Numbered>(
  repository: ClusterStore,
  chain: ChainForm<T>,
  chains: ReadonlyMap<string, readonly Link[]>,
): Promise<Map<string, LastLink<T>>> {
  const last = new Map<string, LastLink<T>>();
  const read = await mapConcurrently([...chains], async ([id, links]) => await lastOf(repository, chain, id, links));
  for (const one of read) if (one) last.set(one.id, one);
  return last;
}

/** The last valid link of one chain. */
export async function lastLink<T extends Numbered>(
  repository: ClusterStore,
  chain: ChainForm<T>,
  id: string,
): Promise<LastLink<T> | undefined> {
  const links = (await listChains(repository, chain, id)).get(id);
  return links && (await lastOf(repository, chain, id, links));
}

/** How many concurrent changes of the same chain are tolerated. */
const MAX_ATTEMPTS = 20;
/** The largest number that a listing recognises. */
const LAST_NUMBER = 999_999;

/**
 * Adds a link. `next` makes it from the current state, returns undefined if there is nothing to do, or throws the error
 * for the caller. It is called again if another writer was faster. Returns the resulting state. The number is the next
 * free one after the last valid link: anyone who may create objects can take names, and must not be able to push the
 * number beyond what a listing recognises.
 */
export async function addLink<T extends Numbered>(
  repository: ClusterStore,
  chain: ChainForm<T>,
  id: string,
  next: (last: LastLink<T> | undefined, n: number) => T | undefined,
): Promise<LastLink<T> | undefined> {
  const taken = new Set<number>();
  for (let tries = 0; tries < MAX_ATTEMPTS; tries += 1) {
    const links = (await listChains(repository, chain, id)).get(id) ?? [];
    // A listing may be late: a link that was found by its name counts, listed or not.
    for (const n of taken) if (!links.some((link) => link.n === n)) links.push({ n, at: undefined });
    const last = await lastOf(repository, chain, id, links);
    const n = nextFree(last?.n ?? 0, links);
    const record = next(last, n);
    if (record === undefined) return last;
    const key = chain.keyOf(id, n);
    try {
      const { made, record: there } = await writeProved(repository, chain.form, key, record);
      if (made || JSON.stringify(there) === JSON.stringify(record))
        return { id, n, record: there, at: await timeOf(repository, key) };
    } catch (error) {
      if (!(error instanceof NameTaken)) throw error;
    }
    taken.add(n);
    if (n === LAST_NUMBER) break;
  }
  throw new RepositoryError(
    'AlreadyExists',
    `The change of ${id} could not be recorded in ${repository.store.location}: the next ${MAX_ATTEMPTS} names below ${chain.prefix} were taken. Check who writes there, and try again.`,
  );
}

function nextFree(after: number, links: readonly Link[]): number {
  const taken = new Set(links.map(({ n }) => n));
  let n = after + 1;
  while (taken.has(n) && n < LAST_NUMBER) n += 1;
  return n;
}
