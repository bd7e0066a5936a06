import { bareName, formatMicros, instantMicros, type RestoreSnapshotInput } from '../../../contract';
import { isRepositoryError, readSnapshotRecord } from '../../../repository';
import { listSnapshotRestorations, type SnapshotFile } from '../../../yugabyte';
import { checkCluster } from '../preflight/check-cluster';
import { checkDatabase } from '../preflight/check-database';
import { exportedSnapshot } from '../history/exported-snapshot';
import type { FoundSnapshot } from '../lookup/find-snapshot';
import type { Checks } from '../preflight/checks';
import { definePreflight } from '../preflight/define-preflight';
import { historyRetentionMicros } from '../history/history-retention';
import { checkTablesUnchanged, isOfDropped, type OfDatabase } from './check-covered';
import { given } from '../../../objects/given';

export interface PreflightRestoreSnapshotInput {
  request: RestoreSnapshotInput;
  found: FoundSnapshot;
}

export interface RestorableSnapshot {
  /** The moment to which the database is restored. */
  restoredTo: string;
  /** Passed to the cluster; absent: the snapshot's own moment. */
  atMicros?: string;
  warnings: string[];
}

/** A restore in place reverts data only, so everything else must be unchanged; and the loss must be confirmed. */
export const makePreflightRestoreSnapshot = definePreflight<PreflightRestoreSnapshotInput, RestorableSnapshot>({
  subject: ({ request }) => `The restore of snapshot ${request.snapshotId}`,
  ask: async (checks, { request, found }) => {
    const { snapshotId, to, confirm } = request;
    const { database } = found;
    if (confirm !== database) {
      checks.add(
        'DataLossNotConfirmed',
        `Snapshot ${snapshotId} is of ${database}, and "confirm" says ${confirm}. Restoring it in place loses everything that was written to ${database} since; repeat "${database}" in "confirm" to do it.`,
        { database, confirm },
      );
    }
    if (found.state !== 'COMPLETE')
      checks.add('PreflightFailed', `Snapshot ${snapshotId} is ${found.state}; only a COMPLETE one can be restored.`);
    const cluster = await checkCluster(checks, database);
    if (cluster.masters && (await isOfDropped(checks, { snapshotId, found }))) return undefined;
    const exists = await checkDatabase(checks, { database, cluster });
    if (!exists || !cluster.masters || !cluster.tools || found.state !== 'COMPLETE') return undefined;
    if (!(await checkTablesUnchanged(checks, { snapshotId, database }))) return undefined;
    const there = await checks.look(`What snapshot ${snapshotId} covers`, async ({ yugabyte }, { signal }) => ({
      ...(await exportedSnapshot(yugabyte(), snapshotId, signal)),
      running: await yugabyte().run(listSnapshotRestorations, {}, { signal }),
    }));
    if (!there) return undefined;
    const { exported, running } = there;
    await checkSchemaUnchanged(checks, { snapshotId, database });
    for (const { id } of running.filter(({ state }) => state === 'RESTORING'))
      checks.add(
        'PreflightFailed',
        `Restoration ${id} is running. Wait until it has ended: yb-admin list_snapshot_restorations.`,
      );
    const atMicros = to === undefined ? undefined : instantMicros(to);
    if (atMicros !== undefined) await checkMoment(checks, exported, atMicros);
    return {
      restoredTo: formatMicros(atMicros ?? exported.snapshotMicros),
      warnings: checks.findings.warnings,
      ...given({ atMicros }),
    };
  },
});

async function checkSchemaUnchanged(checks: Checks, { snapshotId, database }: OfDatabase): Promise<void> {
  const record = await checks.look(
    `The record of snapshot ${snapshotId}`,
    async ({ repository }) =>
      (await readSnapshotRecord(repository, snapshotId).catch((error: unknown) => {
        if (isRepositoryError(error, 'ManifestInvalid')) return error.message;
        throw error;
      })) ?? ('none' as const),
  );
  if (record === undefined) return;
  if (typeof record === 'string') {
    checks.warn(
      `Kalpa has no record of snapshot ${snapshotId}${record === 'none' ? '' : ` that can be trusted (${record})`}, so only its tables were compared: a column that was added or changed since stays as it is now.`,
    );
    return;
  }
  const now = await checks.look(
    `The schema of ${database}`,
    async ({ yugabyte }, { signal }) => await yugabyte().api(database).schemaDigest(bareName(database), { signal }),
  );
  if (now !== undefined && now !== record.schema)
    checks.add(
      'PreflightFailed',
      `The schema of ${database} was changed after snapshot ${snapshotId} was taken, and a restore in place reverts data only. Undo the change first, restore a backup under another name, or recover to a point in time.`,
      { snapshotId },
    );
}

/**
 * The cluster does not check that a moment is inside the kept history: removed row versions would be missing without an
 * error.
 */
async function checkMoment(checks: Checks, exported: SnapshotFile, atMicros: string): Promise<void> {
  const retention = await checks.look(
    'How much history the tservers keep',
    async ({ yugabyte }, { signal }) => await historyRetentionMicros(yugabyte(), signal),
  );
  if (retention === undefined) return;
  const to = BigInt(exported.snapshotMicros);
  const from = to - retention;
  if (BigInt(atMicros) >= from && BigInt(atMicros) <= to) return;
  checks.add(
    'OutsideRecoveryWindow',
    `${formatMicros(atMicros)} is outside the history that snapshot ${exported.snapshotId} holds: ${formatMicros(String(from))} to ${formatMicros(exported.snapshotMicros)}.`,
    { from: formatMicros(String(from)), to: formatMicros(exported.snapshotMicros) },
  );
}
