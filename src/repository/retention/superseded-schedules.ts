import type { ClusterStore } from '../cluster-store';
import { layout } from '../layout/layout';
import { listSchedules } from '../records/schedule-records';
import { removeUnder, reasonOf, type Removing } from './removal';

export interface CompactOptions {
  /** How long a change stays after the one that replaced it. */
  graceMs: number;
  signal?: AbortSignal | undefined;
  onBatch?: Removing['onBatch'];
}

/** What a compaction removed; `left`: why some of it is still there. */
export interface Compacted {
  objects: number;
  bytes: number;
  left?: string;
}

/**
 * Removes the changes of Temporal schedules that a later change of the same schedule has replaced for as long as a
 * deletion's grace: only the newest counts, and each reader reads all that are there. The newest of each schedule
 * stays, `removed` ones too, since an earlier one would count again. What no known key has signed replaces nothing and
 * stays, as does what this version can't read.
 */
export async function compactSchedules(repository: ClusterStore, options: CompactOptions): Promise<Compacted> {
  const { store, cluster } = repository;
  const { graceMs, signal, onBatch } = options;
  const removed = { objects: 0, bytes: 0 };
  const replaced = await replacedBefore(repository, (await store.serverTime()).getTime() - graceMs);
  if (replaced.size === 0) return removed;
  const { versioned } = await store.traits();
  // Nothing makes a change that was replaced count again, so what was found stays right.
  const until = new Date(8.64e15);
  const kept = { has: (key: string) => !replaced.has(key) };
  const [left] = await removeUnder(repository, layout.schedules(cluster), kept, {
    ...{ versioned, until, removed, signal, onBatch },
  });
  return { ...removed, ...(left ? { left: await reasonOf(store, left) } : {}) };
}

/** Keys of changes whose next change the store has had since `before`, by its own clock. */
async function replacedBefore(repository: ClusterStore, before: number): Promise<Set<string>> {
  const replaced = new Set<string>();
  const last = new Map<string, string>();
  for (const { key, record, storedAt } of await listSchedules(repository)) {
    const earlier = last.get(record.scheduleId);
    if (earlier !== undefined && storedAt !== undefined && storedAt.getTime() <= before) replaced.add(earlier);
    last.set(record.scheduleId, key);
  }
  return replaced;
}
