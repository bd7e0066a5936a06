import { bareName, splitDatabase } from '../../contract';
import { listSnapshots, type ListedSchedule, type Yugabyte } from '../../yugabyte';

/**
 * Tables and indexes that came or went since a moment, by the schedule's newest snapshot at or before it (else its oldest). Columns that
 * were changed are not seen: snapshots are listed without their schema.
 */
export async function ddlSince(
  yugabyte: Yugabyte,
  { database, schedule, micros }: { database: string; schedule: ListedSchedule; micros: string },
  signal: AbortSignal,
): Promise<string[]> {
  const listed = new Map(
    (await yugabyte.run(listSnapshots, { details: true }, { signal })).map((one) => [one.id, one.objects ?? []]),
  );
  const snapshots = schedule.snapshots
    .filter(({ id, snapshotMicros }) => listed.has(id) && snapshotMicros !== undefined)
    .sort((a, b) => ((a.snapshotMicros ?? '') < (b.snapshotMicros ?? '') ? -1 : 1));
  const reference = snapshots.findLast(({ snapshotMicros = '' }) => snapshotMicros <= micros) ?? snapshots[0];
  if (!reference) return [];
  const then = new Map(
    (listed.get(reference.id) ?? []).filter(({ type }) => type === 'TABLE').map(({ id, name }) => [id, name]),
  );
  const entities = await yugabyte.http.dumpEntities(signal);
  const keyspace = entities.keyspaces.find(
    ({ name, api }) => name === bareName(database) && api === splitDatabase(database)?.api,
  );
  const now = new Map(
    entities.tables.filter(({ keyspaceId }) => keyspaceId === keyspace?.id).map(({ id, name }) => [id, name]),
  );
  const come = [...now].filter(([id]) => !then.has(id)).map(([, name]) => name);
  const gone = [...then].filter(([id]) => !now.has(id)).map(([, name]) => name);
  const rewritten = come.filter((name) => gone.includes(name));
  return [
    ...come.filter((name) => !rewritten.includes(name)).map((name) => `${name} was created`),
    ...gone.filter((name) => !rewritten.includes(name)).map((name) => `${name} was dropped or renamed`),
    ...rewritten.map((name) => `${name} was rewritten`),
  ].sort();
}
