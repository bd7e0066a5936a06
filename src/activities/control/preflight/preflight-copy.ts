import { cancellationSignal } from '@temporalio/activity';
import { apiOf, bareName, formatMicros } from '../../../contract';
import { listBackups, readBackup, type ManifestHeader } from '../../../repository';
import { failWithFindings } from '../../application-failure';
import { carriedHistory } from '../carried-history';
import { catalogVersion } from '../catalog-version';
import { checkCluster } from './check-cluster';
import { checkDatabase, checkKeyspace } from './check-database';
import { checkNewName } from './check-new-name';
import { checkStore } from './check-store';
import type { ControlDependencies } from '../dependencies';
import { exportedSnapshot } from '../exported-snapshot';
import { momentsOf } from '../find-backup';
import { Findings } from './findings';
import { keyspaceHistory } from '../keyspace-history';
import { keyspaceTables } from '../keyspace-tables';
import { recoveryWindow } from '../recovery-window';

export interface PreflightCopyInput {
  database: string;
  toMicros: string;
  as: string;
}

/**
 * May a copy of that moment be made where the cluster can't clone? From a backup that holds it; or from one made now, if the cluster still
 * keeps the rows of that moment and the schema then is proved to be today's.
 */
export function makePreflightCopy(dependencies: ControlDependencies) {
  return async function preflightCopy(input: PreflightCopyInput): Promise<{ backupId?: string }> {
    const { database, toMicros, as } = input;
    const findings = new Findings();
    const yugabyte = dependencies.yugabyte();
    const keyspace = apiOf(database) === 'ycql';
    const [cluster] = await Promise.all([
      checkCluster(yugabyte, findings, { sql: !keyspace }),
      checkStore(dependencies, findings),
    ]);
    if (cluster.sql) await checkDatabase(dependencies, database, findings);
    if (keyspace && cluster.masters && cluster.tools) await checkKeyspace(dependencies, { database }, findings);
    await checkNewName(dependencies, { database, as, cluster }, findings);
    const subject = `The copy of ${database} at ${formatMicros(toMicros)}`;
    const unusable = failWithFindings(subject, findings.list);
    if (unusable) throw unusable;
    const backupId = await backupHolding(dependencies, input);
    if (backupId === undefined) await checkHistory(dependencies, input, findings);
    const failure = failWithFindings(subject, findings.list);
    if (failure) throw failure;
    return backupId === undefined ? {} : { backupId };
  };
}

async function backupHolding(
  { repository }: ControlDependencies,
  { database, toMicros }: PreflightCopyInput,
): Promise<string | undefined> {
  const moment = formatMicros(toMicros);
  for (const { backupId, state } of await listBackups(repository, { database })) {
    if (state !== 'committed') continue;
    const { from, to } = momentsOf((await readBackup(repository, backupId)).header);
    if (from <= moment && moment <= to) return backupId;
  }
  return undefined;
}

async function checkHistory(
  dependencies: ControlDependencies,
  { database, toMicros }: PreflightCopyInput,
  findings: Findings,
): Promise<void> {
  const history =
    apiOf(database) === 'ycql'
      ? await historyOfKeyspace(dependencies, database)
      : await historyOfDatabase(dependencies, database);
  const moment = formatMicros(toMicros);
  if (history && moment >= history.from && moment <= history.to) return;
  const { since } = await dependencies.yugabyte().dialect();
  const now = history
    ? `a backup made now would hold ${history.from} to now (${history.because})`
    : 'a backup made now would hold no moment but its own (the keyspace has no snapshot schedule with a complete snapshot, or its tables were changed since its newest one)';
  findings.add(
    'OutsideRecoveryWindow',
    `${moment} can't be copied aside: YugabyteDB ${since} can't clone, no backup holds that moment, and ${now}. Back the database up regularly: each backup proves the schema up to the next one. In place, a rewind is possible: leave "as" out.`,
    history ? { from: history.from, to: history.to } : {},
  );
}

type History = ManifestHeader['history'];
const nowMicros = (): string => String(BigInt(Date.now()) * 1000n);

/** By the newest snapshot of its schedule; what was changed since is for the backup to find. */
async function historyOfKeyspace(dependencies: ControlDependencies, database: string): Promise<History> {
  const yugabyte = dependencies.yugabyte();
  const signal = cancellationSignal();
  const newest = (await recoveryWindow(yugabyte, database, signal))?.snapshots.at(-1);
  if (!newest) return undefined;
  const { exported } = await exportedSnapshot(yugabyte, newest.id, signal);
  const tables = exported.tables.filter(({ hidden }) => !hidden);
  const present = (await keyspaceTables(yugabyte, bareName(database), signal)) ?? [];
  if (present.length !== tables.length || !present.every(({ id }) => tables.some((table) => table.id === id)))
    return undefined;
  return await keyspaceHistory(dependencies, { database, snapshotMicros: nowMicros(), tables, chosen: false }, signal);
}

async function historyOfDatabase(dependencies: ControlDependencies, database: string): Promise<History> {
  const yugabyte = dependencies.yugabyte();
  const signal = cancellationSignal();
  const relations = await yugabyte.sql.createdRelationsWithStorage(bareName(database));
  return await carriedHistory(
    dependencies,
    {
      database,
      snapshotMicros: nowMicros(),
      catalogVersion: await catalogVersion(yugabyte, database, signal),
      tables: relations
        .filter(({ kind, primaryKey }) => !kind.startsWith('partitioned') && !primaryKey)
        .map(({ schema, name }) => ({ schema, name, hidden: false })),
    },
    signal,
  );
}
