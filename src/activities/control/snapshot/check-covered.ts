import { languageOf } from '../../../contract';
import { listSnapshots, liveTables } from '../../../yugabyte';
import type { FoundSnapshot } from '../lookup/find-snapshot';
import type { Checks } from '../preflight/checks';
import { namespaceIdOf } from '../run/same-database';

export interface OfDatabase {
  snapshotId: string;
  database: string;
}

/**
 * A dropped database takes the files of its snapshots along, whatever the release, and they stay listed. Restored, such
 * a snapshot ends FAILED, or the masters ask the tservers for its tablets for ever (#17307).
 */
export async function isOfDropped(
  checks: Checks,
  {
    snapshotId,
    found: { database, namespaceId },
  }: { snapshotId: string; found: Pick<FoundSnapshot, 'database' | 'namespaceId'> },
): Promise<boolean> {
  if (namespaceId === undefined) return false;
  const now = await checks.look(
    `Which database is ${database}`,
    async ({ yugabyte }, { signal }) => (await namespaceIdOf(yugabyte(), database, signal)) ?? 'none',
  );
  if (now === undefined || now === namespaceId) return false;
  checks.add(
    'NotFound',
    `Snapshot ${snapshotId} is of a ${languageOf(database).noun} ${database} that was dropped${now === 'none' ? '' : ', and another one has its name now'}. Its files were deleted with it, so nothing can be restored from it. Restore a backup instead (to list them: kalpa recoverable ${database}), and delete the snapshot: yb-admin delete_snapshot ${snapshotId}.`,
    { snapshotId, database },
  );
  return true;
}

/**
 * The masters ask for the tablets of a dropped table for ever (#17307), and a new table would keep its rows. The
 * exported file does not tell: some releases leave out of it what was dropped since, 2.6 can't even write it (#13361).
 */
export async function checkTablesUnchanged(checks: Checks, { snapshotId, database }: OfDatabase): Promise<boolean> {
  const there = await checks.look(`The tables of snapshot ${snapshotId}`, async ({ yugabyte }, { signal }) => {
    const details = { details: true, tablesOf: [snapshotId] };
    const listed = await yugabyte().run(listSnapshots, details, { signal });
    return {
      covered: listed.find(({ id }) => id === snapshotId)?.tables ?? [],
      tables: await liveTables(yugabyte(), await yugabyte().http.dumpEntities(signal), database, signal),
    };
  });
  if (!there) return false;
  const now = new Map(there.tables.map(({ id, name }) => [id, name]));
  const then = new Map(there.covered.map(({ id, name }) => [id, name]));
  const dropped = [...then].filter(([id]) => !now.has(id)).map(([, name]) => name);
  // A snapshot of chosen tables does not cover the others; a table created later shows in the schema.
  const come = languageOf(database).choosesTables
    ? []
    : [...now].filter(([id]) => !then.has(id)).map(([, name]) => name);
  if (dropped.length + come.length === 0) return true;
  checks.add(
    'PreflightFailed',
    `The tables of ${database} are not those of the snapshot (${[
      ...dropped.map((name) => `${name} was dropped or rewritten`),
      ...come.map((name) => `${name} was created later`),
    ]
      .slice(0, 6)
      .join(
        '; ',
      )}), and a restore in place reverts data only. Restore a backup under another name, or recover to a point in time.`,
    { gone: dropped, come },
  );
  return false;
}
