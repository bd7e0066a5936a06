import { apiOf, bareName, formatMicros, instantMicros, languageOf, type RewindPreview } from '../../../contract';
import { listBackups } from '../../../repository';
import {
  getUniverseConfig,
  listClones,
  listSnapshotRestorations,
  namespaceOf,
  readScheduleEvidence,
  schedulesOf,
  tablesOf,
  type ListedSchedule,
  type Yugabyte,
} from '../../../yugabyte';
import { changeStreams } from './change-streams';
import { checkTablesTogether } from './check-tables-together';
import { checkCluster } from '../preflight/check-cluster';
import { checkDatabase, checkNewName } from '../preflight/check-database';
import { ddlSince } from './ddl-since';
import type { Checks } from '../preflight/checks';
import { definePreflight } from '../preflight/define-preflight';
import { recoveryWindow, type RecoveryWindow } from '../history/recovery-window';
import { given } from '../../../objects/given';

export interface PreflightRecoveryInput {
  database: string;
  /** 16 digits. */
  toMicros: string;
  /** Bare name of the copy; absent: the database is rewound in place. */
  as?: string;
  confirmDataLoss?: string;
  acknowledgeStreams?: boolean;
}

export interface Recovery {
  preview: RewindPreview;
  /** Restorations listed before; none of them is ours. */
  listedBefore: string[];
  /** Namespace id of the database. */
  namespaceId: string;
  /** Numbers of earlier clones of it; none of them is ours. */
  clonesBefore?: string[];
  warnings: string[];
  storeAnswers: boolean;
}

/**
 * Can the database be recovered to that moment? Says what a rewind loses before it is confirmed, and refuses with the
 * actual window, everything in one message. The store is not needed: without it the newest backup is unknown. Faults
 * 63, 64, 67, 69.
 */
export const makePreflightRecovery = definePreflight<PreflightRecoveryInput, Recovery>({
  subject: ({ database, toMicros }) => `The recovery of ${database} to ${formatMicros(toMicros)}`,
  ask: async (checks, input) => {
    const { database, as } = input;
    const cluster = await checkCluster(checks, database);
    await checkDatabase(checks, { database, mayBeEmpty: true, cluster });
    if (as !== undefined) await checkNewName(checks, { database, as, cluster });
    if (checks.stopped) return undefined;
    const there = await checks.look('The recovery window', async ({ yugabyte }, { signal }) => ({
      ...(await windowOf(yugabyte(), database, signal)),
      restorations: await yugabyte().run(listSnapshotRestorations, {}, { signal }),
    }));
    if (!there) return undefined;
    const { window, ofDropped, restorations } = there;
    checkWindow(checks, { window, ofDropped }, input);
    for (const { id } of restorations.filter(({ state }) => state === 'RESTORING'))
      checks.add(
        'PreflightFailed',
        `Restoration ${id} is running, and two at once have left databases inconsistent (#9167). Wait until it has ended: yb-admin list_snapshot_restorations.`,
      );
    if (!window) return undefined;
    const covered = await coveredBy(checks, window, input);
    if (!covered) return undefined;
    if (as === undefined) checkRewind(checks, input, covered);
    return {
      preview: covered.preview,
      listedBefore: restorations.map(({ id }) => id),
      namespaceId: covered.namespaceId,
      ...given({ clonesBefore: covered.clonesBefore }),
      warnings: checks.findings.warnings,
      storeAnswers: covered.backupsKnown,
    };
  },
});

interface Covered {
  preview: RewindPreview;
  namespaceId: string;
  clonesBefore?: string[];
  /** Whether the store could list the backups. */
  backupsKnown: boolean;
}

/** What a rewind affects, and what identifies a clone. */
async function coveredBy(
  checks: Checks,
  window: RecoveryWindow,
  { database, toMicros, as }: PreflightRecoveryInput,
): Promise<Covered | undefined> {
  const backups = await checks.lookIfThere(`The newest backup of ${database} is not known`, async ({ repository }) =>
    (await listBackups(repository, { database })).filter(({ state }) => state === 'committed'),
  );
  const newest = backups?.at(-1)?.backupId;
  const found = await checks.look(`What ${database} holds`, async ({ yugabyte }, { signal }) => {
    const cluster = yugabyte();
    const entities = await cluster.http.dumpEntities(signal);
    const namespaceId = namespaceOf(entities, database)?.id ?? '';
    const ownTables = new Map(tablesOf(entities, database).map(({ id, name }) => [id, name]));
    const streams =
      as === undefined
        ? await changeStreams(cluster, { namespaceId, tableIds: new Set(ownTables.keys()) }, signal)
        : [];
    const replicatedTables = as === undefined ? await replicatedInto(cluster, ownTables, signal) : [];
    const clones = as === undefined ? undefined : await cluster.run(listClones, { namespaceId }, { signal });
    return {
      entities,
      release: await cluster.capabilities(signal),
      namespaceId,
      ...(clones ? { clonesBefore: clones.map(({ sequence }) => sequence) } : {}),
      preview: {
        ...(await previewOf(cluster, window, { database, toMicros }, signal)),
        ...(streams.length === 0 ? {} : { streams }),
        ...(replicatedTables.length === 0 ? {} : { replicatedTables }),
      },
    };
  });
  if (!found) return undefined;
  const { entities, release, ...known } = found;
  checkTablesTogether(checks, database, { entities, release });
  const preview = { ...known.preview, ...given({ newestBackup: newest }) };
  return { ...known, preview, backupsKnown: backups !== undefined };
}

/** Tables of a database that xCluster replication writes to. Fault 69. */
async function replicatedInto(
  yugabyte: Yugabyte,
  ownTables: ReadonlyMap<string, string>,
  signal: AbortSignal,
): Promise<string[]> {
  const { replicatedTables } = await yugabyte.run(getUniverseConfig, {}, { signal });
  return replicatedTables.flatMap((id) => ownTables.get(id) ?? []).sort();
}

/** What can be recovered, and the schedules of a dropped database that had the name. */
interface Recoverable {
  window: RecoveryWindow | undefined;
  ofDropped: ListedSchedule[];
}

async function windowOf(yugabyte: Yugabyte, database: string, signal: AbortSignal): Promise<Recoverable> {
  const evidence = await readScheduleEvidence(yugabyte, signal);
  const { ofDropped } = schedulesOf(evidence, { api: apiOf(database), name: bareName(database) });
  return { window: await recoveryWindow(yugabyte, database, signal, evidence), ofDropped };
}

function checkWindow(
  checks: Checks,
  { window, ofDropped }: Recoverable,
  { database, toMicros }: { database: string; toMicros: string },
): void {
  if (!window) {
    const none =
      ofDropped.length === 0
        ? 'it has no snapshot schedule with a complete snapshot'
        : `the snapshot schedule ${ofDropped.map(({ id }) => id).join(', ')} belongs to a dropped database of that name, and can recover nothing into the present one`;
    checks.add(
      'OutsideRecoveryWindow',
      `The cluster keeps no history of ${database}: ${none}. Enable it for next time (kalpa pitr enable ${database} --every 1h --keep "7 days"); now, restore a backup: kalpa backups ${database}.`,
      { database },
    );
    return;
  }
  const { from, to } = window;
  const moment = formatMicros(toMicros);
  if (BigInt(toMicros) > BigInt(instantMicros(to) ?? 0)) {
    checks.add(
      'OutsideRecoveryWindow',
      `${moment} is in the future: ${database} can be recovered from ${from} to ${to}.`,
      {
        from,
        to,
      },
    );
  } else if (BigInt(toMicros) < BigInt(instantMicros(from) ?? 0)) {
    checks.add(
      'OutsideRecoveryWindow',
      `${moment} is before what the cluster keeps: ${database} can be recovered from ${from} to ${to}. An older moment may be in a backup: kalpa backups ${database}.`,
      { from, to },
    );
  }
}

async function previewOf(
  cluster: Yugabyte,
  { schedule, from, to }: RecoveryWindow,
  { database, toMicros }: { database: string; toMicros: string },
  signal: AbortSignal,
): Promise<RewindPreview> {
  const api = cluster.api(database);
  const revertsDdl = await api.rewindsSchema({ signal });
  return {
    window: { from, to },
    scheduleId: schedule.id,
    revertsDdl,
    ddlSince: await ddlSince(cluster, { database, schedule, micros: toMicros }, signal),
    openConnections: await api.sessions(bareName(database), { signal }),
    notReverted: [...languageOf(database).notRewound, ...(revertsDdl ? [] : ['the schema'])],
  };
}

/** A rewind can't be undone, so it must be confirmed, and the data must fit the schema that will be there. */
function checkRewind(
  checks: Checks,
  { database, toMicros, confirmDataLoss, acknowledgeStreams }: PreflightRecoveryInput,
  { preview, backupsKnown }: Covered,
): void {
  if (!preview.revertsDdl && preview.ddlSince.length > 0) {
    checks.add(
      'PreflightFailed',
      `This release reverts data only, and the schema was changed since (${preview.ddlSince.slice(0, 5).join('; ')}). Recover a copy beside it with "as", or restore a backup.`,
      { ddlSince: preview.ddlSince },
    );
  }
  const { streams = [] } = preview;
  if (streams.length > 0 && acknowledgeStreams !== true)
    checks.add(
      'PreflightFailed',
      `${streams.length} streams replicate the changes of ${database} elsewhere (change data capture or xCluster: ${streams.slice(0, 5).join(', ')}), and after a rewind their consumers hold changes that no longer exist here. Stop and delete them (yb-admin delete_universe_replication on the target, delete_cdc_stream, delete_change_data_stream), and create them again afterwards; or confirm that both sides are prepared: "acknowledgeStreams": true. A copy with "as" needs neither.`,
      { streams },
    );
  const { replicatedTables = [] } = preview;
  if (replicatedTables.length > 0 && acknowledgeStreams !== true)
    checks.add(
      'PreflightFailed',
      `xCluster replication from another universe writes ${replicatedTables.length} tables of ${database} (${replicatedTables.slice(0, 5).join(', ')}), and after a rewind it continues where it was: the changes in between are missing here for good. Delete it (yb-admin delete_universe_replication) and set it up again afterwards, from a copy of the source; or confirm that both sides are prepared: "acknowledgeStreams": true.`,
      { replicatedTables },
    );
  if (confirmDataLoss === database) return;
  const backupText = !backupsKnown
    ? 'it is not known whether there is a backup outside the cluster, since the store is unavailable'
    : preview.newestBackup === undefined
      ? 'there is no backup outside the cluster'
      : `newest backup ${preview.newestBackup}`;
  const ddl =
    preview.ddlSince.length === 0 ? 'no table was created or dropped since' : preview.ddlSince.slice(0, 5).join('; ');
  const moment = formatMicros(toMicros);
  const loss = `A rewind of ${database} to ${moment} permanently loses everything written after it (${ddl}; ${preview.openConnections} open sessions end; ${preview.notReverted.join(', ')} stay as they are; ${backupText}).`;
  checks.add(
    'DataLossNotConfirmed',
    `${loss} ` +
      (confirmDataLoss === undefined
        ? `To do it, repeat the database: "confirmDataLoss": "${database}". To look first without touching it, give a new name in "as".`
        : `"confirmDataLoss" says ${confirmDataLoss}; it must say ${database}.`),
    { ...preview, to: moment, loss },
  );
}
