import { cancellationSignal } from '@temporalio/activity';
import { apiOf, bareName, formatMicros, instantMicros, type RestoreSnapshotInput } from '../../../contract';
import { readSnapshotRecord } from '../../../repository';
import { listSnapshotRestorations, type SnapshotFile } from '../../../yugabyte';
import { failWithFindings } from '../../application-failure';
import { checkCluster } from './check-cluster';
import { checkDatabase, checkKeyspace } from './check-database';
import type { ControlDependencies } from '../dependencies';
import { exportedSnapshot } from '../exported-snapshot';
import type { FoundSnapshot } from '../find-snapshot';
import { Findings } from './findings';
import { historyRetentionMicros } from '../history-retention';
import { schemaDigest } from '../schema-digest';

export interface PreflightRestoreSnapshotInput {
  request: RestoreSnapshotInput;
  found: FoundSnapshot;
}

export interface RestorableSnapshot {
  /** The moment that the database will hold. */
  restoredTo: string;
  /** Given to the cluster; absent: the snapshot's own moment. */
  atMicros?: string;
  warnings: string[];
}

/** A restore in place reverts data only, so everything else must be as it was; and what is lost must be confirmed. */
export function makePreflightRestoreSnapshot(dependencies: ControlDependencies) {
  return async function preflightRestoreSnapshot({
    request,
    found,
  }: PreflightRestoreSnapshotInput): Promise<RestorableSnapshot> {
    const { snapshotId, to, confirm } = request;
    const findings = new Findings();
    const yugabyte = dependencies.yugabyte();
    const signal = cancellationSignal();
    if (confirm !== found.database) {
      findings.add(
        'DataLossNotConfirmed',
        `Snapshot ${snapshotId} is of ${found.database}, and "confirm" says ${confirm}. Restoring it in place loses everything that was written to ${found.database} since; repeat "${found.database}" in "confirm" to do it.`,
        { database: found.database, confirm },
      );
    }
    if (found.state !== 'COMPLETE')
      findings.add('PreflightFailed', `Snapshot ${snapshotId} is ${found.state}; only a COMPLETE one can be restored.`);
    const { database } = found;
    const ycql = apiOf(database) === 'ycql';
    const cluster = await checkCluster(yugabyte, findings, { sql: !ycql });
    const exists = ycql
      ? cluster.masters && cluster.tools && (await checkKeyspace(dependencies, { database }, findings))
      : cluster.sql && (await checkDatabase(dependencies, database, findings));
    if (!exists || found.state !== 'COMPLETE') throw failWithFindings(subjectOf(request), findings.list);
    const { exported } = await exportedSnapshot(yugabyte, snapshotId, signal);
    await checkTablesUnchanged(dependencies, found.database, exported, findings);
    const warnings = await checkSchemaUnchanged(dependencies, { snapshotId, database: found.database }, findings);
    const running = await yugabyte.run(listSnapshotRestorations, {}, { signal });
    for (const { id } of running.filter(({ state }) => state === 'RESTORING'))
      findings.add(
        'PreflightFailed',
        `Restoration ${id} is running. Wait for its end: yb-admin list_snapshot_restorations.`,
      );
    const atMicros = to === undefined ? undefined : instantMicros(to);
    if (atMicros !== undefined) await checkMoment(dependencies, exported, atMicros, findings);
    const failure = failWithFindings(subjectOf(request), findings.list);
    if (failure) throw failure;
    return {
      restoredTo: formatMicros(atMicros ?? exported.snapshotMicros),
      warnings,
      ...(atMicros === undefined ? {} : { atMicros }),
    };
  };
}

const subjectOf = ({ snapshotId }: RestoreSnapshotInput): string => `The restore of snapshot ${snapshotId}`;

/** The masters send restore requests for a dropped table for ever (#17307), and a new one would keep its rows. */
async function checkTablesUnchanged(
  { yugabyte }: ControlDependencies,
  database: string,
  exported: SnapshotFile,
  findings: Findings,
): Promise<void> {
  const entities = await yugabyte().http.dumpEntities();
  const keyspace = entities.keyspaces.find((one) => one.name === bareName(database) && one.api === apiOf(database));
  const now = new Map(
    entities.tables.filter(({ keyspaceId }) => keyspaceId === keyspace?.id).map(({ id, name }) => [id, name]),
  );
  const then = new Map(exported.tables.filter(({ hidden }) => !hidden).map(({ id, name }) => [id, name]));
  const gone = [...then].filter(([id]) => !now.has(id)).map(([, name]) => name);
  // A snapshot of chosen tables of a keyspace leaves the others alone; what came later shows in the schema.
  const come = apiOf(database) === 'ycql' ? [] : [...now].filter(([id]) => !then.has(id)).map(([, name]) => name);
  if (gone.length + come.length === 0) return;
  findings.add(
    'PreflightFailed',
    `The tables of ${database} are not those of the snapshot (${[
      ...gone.map((name) => `${name} was dropped or rewritten`),
      ...come.map((name) => `${name} came later`),
    ]
      .slice(0, 6)
      .join(
        '; ',
      )}), and a restore in place reverts data only. Restore a backup under another name, or recover to a point in time.`,
    { gone, come },
  );
}

async function checkSchemaUnchanged(
  { yugabyte, repository }: ControlDependencies,
  { snapshotId, database }: { snapshotId: string; database: string },
  findings: Findings,
): Promise<string[]> {
  const record = await readSnapshotRecord(repository, snapshotId);
  if (!record) {
    return [
      `Kalpa did not make snapshot ${snapshotId}, so only its tables were compared: a column that was added or changed since stays as it is now.`,
    ];
  }
  const now = await schemaDigest(yugabyte(), database, cancellationSignal());
  if (now !== record.schema)
    findings.add(
      'PreflightFailed',
      `The schema of ${database} was changed after snapshot ${snapshotId} was taken, and a restore in place reverts data only. Undo the change first, restore a backup under another name, or recover to a point in time.`,
      { snapshotId },
    );
  return [];
}

/** The cluster does not check that a moment is inside the kept history: rows that are gone would silently be missing. */
async function checkMoment(
  dependencies: ControlDependencies,
  exported: SnapshotFile,
  atMicros: string,
  findings: Findings,
): Promise<void> {
  const retention = await historyRetentionMicros(dependencies.yugabyte());
  const to = BigInt(exported.snapshotMicros);
  const from = to - retention;
  if (BigInt(atMicros) >= from && BigInt(atMicros) <= to) return;
  findings.add(
    'OutsideRecoveryWindow',
    `${formatMicros(atMicros)} is outside the history that snapshot ${exported.snapshotId} holds: ${formatMicros(String(from))} to ${formatMicros(exported.snapshotMicros)}.`,
    { from: formatMicros(String(from)), to: formatMicros(exported.snapshotMicros) },
  );
}
