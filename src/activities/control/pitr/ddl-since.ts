import { listSnapshots, liveTables, type ListedSchedule, type Yugabyte } from '../../../yugabyte';

/**
 * Tables and indexes created or dropped since a moment, by the schedule's newest snapshot at or before it (else its
 * oldest). Changed columns are not seen: snapshots are listed without their schema.
 */
export async function ddlSince(
  yugabyte: Yugabyte,
  { database, schedule, micros }: { database: string; schedule: ListedSchedule; micros: string },
  signal: AbortSignal,
): Promise<string[]> {
  const dated = schedule.snapshots
    .filter(({ snapshotMicros }) => snapshotMicros !== undefined)
    .sort((a, b) => ((a.snapshotMicros ?? '') < (b.snapshotMicros ?? '') ? -1 : 1));
  const before = dated.filter(({ snapshotMicros = '' }) => snapshotMicros <= micros).reverse();
  const after = dated.slice(before.length);
  const snapshots = [...before, ...after].map(({ id }) => id);
  const listed = await yugabyte.run(listSnapshots, { details: true, tablesOf: snapshots }, { signal });
  const reference = listed.find(({ tables }) => tables !== undefined);
  if (!reference) return [];
  const then = new Map((reference.tables ?? []).map(({ id, name }) => [id, name]));
  const entities = await yugabyte.http.dumpEntities(signal);
  const now = new Map((await liveTables(yugabyte, entities, database, signal)).map(({ id, name }) => [id, name]));
  const created = [...now].filter(([id]) => !then.has(id)).map(([, name]) => name);
  const dropped = [...then].filter(([id]) => !now.has(id)).map(([, name]) => name);
  const rewritten = created.filter((name) => dropped.includes(name));
  return [
    ...created.filter((name) => !rewritten.includes(name)).map((name) => `${name} was created`),
    ...dropped.filter((name) => !rewritten.includes(name)).map((name) => `${name} was dropped or renamed`),
    ...rewritten.map((name) => `${name} was rewritten`),
  ].sort();
}
