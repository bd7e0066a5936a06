import { cancellationSignal } from '@temporalio/activity';
import { bareName, formatMicros } from '../../contract';
import { listBackups, readBackup } from '../../repository';
import { failWithFindings } from '../application-failure';
import { carriedHistory } from './carried-history';
import { catalogVersion } from './catalog-version';
import { checkCluster } from './check-cluster';
import { checkDatabase } from './check-database';
import { checkStore } from './check-store';
import type { ControlDependencies } from './dependencies';
import { momentsOf } from './find-backup';
import { Findings } from './findings';

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
    const [cluster] = await Promise.all([checkCluster(yugabyte, findings), checkStore(dependencies, findings)]);
    if (cluster.sql) await checkDatabase(dependencies, database, findings);
    if (cluster.sql && (await yugabyte.sql.databaseExists(as)))
      findings.add('AlreadyExists', `A database ysql.${as} exists already. Give another name with "as".`, { as });
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
  const yugabyte = dependencies.yugabyte();
  const signal = cancellationSignal();
  const relations = await yugabyte.sql.createdRelationsWithStorage(bareName(database));
  const history = await carriedHistory(
    dependencies,
    {
      database,
      snapshotMicros: String(BigInt(Date.now()) * 1000n),
      catalogVersion: await catalogVersion(yugabyte, database, signal),
      tables: relations
        .filter(({ kind, primaryKey }) => !kind.startsWith('partitioned') && !primaryKey)
        .map(({ schema, name }) => ({ schema, name, hidden: false })),
    },
    signal,
  );
  const moment = formatMicros(toMicros);
  if (moment >= history.from && moment <= history.to) return;
  const { since } = await yugabyte.dialect();
  findings.add(
    'OutsideRecoveryWindow',
    `${moment} can't be copied aside: YugabyteDB ${since} can't clone, no backup holds that moment, and a backup made now would hold ${history.from} to now (${history.because}). Back the database up regularly: each backup proves the schema up to the next one. In place, a rewind is possible: leave "as" out.`,
    { from: history.from, to: history.to },
  );
}
