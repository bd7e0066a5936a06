import { createHash } from 'node:crypto';

/**
 * Randomness decided by a seed: the same seed gives the same answer, no matter who asks and how often. The seed of a
 * run is its own id, which Temporal made.
 */
const seededNumber = (seed: string, purpose: string): bigint =>
  createHash('sha256').update(`${seed}\n${purpose}`).digest().readBigUInt64BE();

/** In random order. Adding or removing items does not change the order of the others. */
export function shuffled<T>(items: readonly T[], seed: string, nameOf: (item: T) => string): T[] {
  return items
    .map((item) => ({ item, rank: seededNumber(seed, nameOf(item)), name: nameOf(item) }))
    .sort((a, b) => (a.rank < b.rank ? -1 : a.rank > b.rank ? 1 : a.name < b.name ? -1 : 1))
    .map(({ item }) => item);
}

/** A moment from `from` to `to`, both included, in microseconds. */
export function randomMoment({ from, to }: { from: bigint; to: bigint }, seed: string): bigint {
  const span = to - from + 1n;
  return span <= 1n ? from : from + (seededNumber(seed, 'moment') % span);
}
