import { apiOf, bareName, formatMicros } from '../../../contract';
import { listBackups, readTrusted, type ManifestHeader } from '../../../repository';
import { carriedHistory } from '../history/carried-history';
import { checkCluster } from '../preflight/check-cluster';
import { checkDatabase, checkNewName } from '../preflight/check-database';
import { checkStore } from '../preflight/check-store';
import type { ControlDependencies } from '../dependencies';
import { exportedSnapshot } from '../history/exported-snapshot';
import { momentsOf } from '../lookup/find-backup';
import type { Checks } from '../preflight/checks';
import { definePreflight } from '../preflight/define-preflight';
import { keyspaceHistory } from '../history/keyspace-history';
import { recoveryWindow } from '../history/recovery-window';

export interface PreflightCopyInput {
  database: string;
  toMicros: string;
  as: string;
}

/**
 * Can a copy of that moment be made although the cluster can't clone? From a backup that has the moment; or from one
 * made now, if the cluster still keeps the rows of that moment and the schema is proved to be unchanged since.
 */
export const makePreflightCopy = definePreflight<PreflightCopyInput, { backupId?: string }>({
  subject: ({ database, toMicros }) => `The copy of ${database} at ${formatMicros(toMicros)}`,
  ask: async (checks, input) => {
    const { database, as } = input;
    const [cluster] = await Promise.all([checkCluster(checks, database), checkStore(checks)]);
    await checkDatabase(checks, { database, cluster });
    await checkNewName(checks, { database, as, cluster });
    if (checks.stopped) return undefined;
    const holding = await checks.look(
      `The backups of ${database}`,
      async (clients, { arriving }) => (await backupHolding(clients, input, arriving)) ?? 'none',
    );
    if (holding === undefined) return undefined;
    if (holding !== 'none') return { backupId: holding };
    await checkHistory(checks, input);
    return {};
  },
});

async function backupHolding(
  { repository }: Pick<ControlDependencies, 'repository'>,
  { database, toMicros }: PreflightCopyInput,
  arriving: () => void,
): Promise<string | undefined> {
  const moment = formatMicros(toMicros);
  for (const { backupId, state } of await listBackups(repository, { database })) {
    if (state !== 'committed') continue;
    const manifest = await readTrusted(repository, backupId);
    if (typeof manifest === 'string') continue;
    const { from, to } = momentsOf(manifest.header);
    if (from <= moment && moment <= to) return backupId;
    arriving();
  }
  return undefined;
}

async function checkHistory(checks: Checks, { database, toMicros }: PreflightCopyInput): Promise<void> {
  const found = await checks.look(`The history of ${database}`, async (clients, { signal }) => ({
    history:
      apiOf(database) === 'ycql'
        ? await historyOfKeyspace(clients, database, signal)
        : await historyOfDatabase(clients, database, signal),
    release: await clients.yugabyte().capabilities(signal),
  }));
  if (!found) return;
  const { history } = found;
  const { since } = found.release;
  const moment = formatMicros(toMicros);
  if (history && moment >= history.from && moment <= history.to) return;
  const now = history
    ? `a backup made now would hold ${history.from} to now (${history.because})`
    : 'a backup made now would hold only its own moment (the keyspace has no snapshot schedule with a complete snapshot, or its tables were changed since its newest one)';
  checks.add(
    'OutsideRecoveryWindow',
    `${moment} can't be copied: YugabyteDB ${since} can't clone, no backup holds that moment, and ${now}. Back the database up regularly: each backup proves that the schema is unchanged since the one before. A rewind in place is possible: leave out "as".`,
    history ? { from: history.from, to: history.to } : {},
  );
}

type History = ManifestHeader['history'];
const nowMicros = (): string => String(BigInt(Date.now()) * 1000n);

/** By the newest snapshot of its schedule; the backup finds out what has changed since. */
async function historyOfKeyspace(
  dependencies: ControlDependencies,
  database: string,
  signal: AbortSignal,
): Promise<History> {
  const yugabyte = dependencies.yugabyte();
  const newest = (await recoveryWindow(yugabyte, database, signal))?.snapshots.at(-1);
  if (!newest) return undefined;
  const { exported } = await exportedSnapshot(yugabyte, newest.id, signal);
  const tables = exported.tables.filter(({ hidden }) => !hidden);
  const present = (await yugabyte.api(database).tables(bareName(database), { signal })) ?? [];
  if (present.length !== tables.length || !present.every(({ id }) => tables.some((table) => table.id === id)))
    return undefined;
  return await keyspaceHistory(dependencies, { database, snapshotMicros: nowMicros(), tables, chosen: false }, signal);
}

async function historyOfDatabase(
  dependencies: ControlDependencies,
  database: string,
  signal: AbortSignal,
): Promise<History> {
  const yugabyte = dependencies.yugabyte();
  const api = yugabyte.api(database);
  const relations = (await api.tables(bareName(database), { signal })) ?? [];
  return await carriedHistory(
    dependencies,
    {
      database,
      snapshotMicros: nowMicros(),
      catalogVersion: await api.catalogVersion(bareName(database), { signal }),
      tables: relations
        .filter(({ kind, primaryKey }) => !kind.startsWith('partitioned') && !primaryKey)
        .map(({ schema, name }) => ({ schema, name, hidden: false })),
    },
    signal,
  );
}
