import { activityInfo, cancellationSignal } from '@temporalio/activity';
import { bareName } from '../../../contract';
import { getWorkList, putWorkList, readArtefact } from '../../../repository';
import { decodeSnapshotFile, type DatabaseApi } from '../../../yugabyte';
import { showProgress } from '../../heartbeat-interceptor';
import type { ArtefactRef, BackupIdentity, ListRef } from '../../internal-types';
import { fingerprintLine, writesLine, type FingerprintLine, type WritesLine } from '../../work-lines';
import type { ControlDependencies } from '../dependencies';
import { fingerprintsOf, keyOf } from './count-tables';
import { readAtSnapshot, unchangedAroundSnapshot, type TableOfSnapshot } from './proofs';
import { quietTablets, writesOf } from './quiet-tablets';
import { given } from '../../../objects/given';
import { addTo } from '../../../objects/grouped';

/** The findings of the first call, before the snapshot. */
export interface FingerprintsBefore {
  fingerprint: ListRef;
  /** The database can be read as of the snapshot's time: the tables have only been listed so far. */
  atSnapshot?: boolean;
  /** What had been written to the tablets until then; absent: unknown. */
  writes?: ListRef;
}

export interface FingerprintTablesInput {
  backup: BackupIdentity;
  level: 'counts' | 'full';
  /** Of a keyspace: only these. */
  tables?: string[];
  /**
   * For the call after the snapshot: the findings of the first call, the exported file, and the catalog version of its
   * moment.
   */
  after?: { before: FingerprintsBefore; exported: ArtefactRef; catalogVersion: string };
}

/**
 * Counts rows (or digests them), small tables first, until the deadline, of which the calls before and after the
 * snapshot have half each; the rest is `notCounted`. Where the cluster can read as of the snapshot's time, the second
 * call does that: exact even while the table is written to. Elsewhere both calls count; equal figures prove something
 * only for a table shown to be quiet in between (one row may have come and another gone), otherwise they are
 * `approximate`. Never fails a backup: what can't be counted has a reason.
 */
export function makeFingerprintTables(dependencies: ControlDependencies) {
  return async function fingerprintTables(input: FingerprintTablesInput): Promise<FingerprintsBefore> {
    const { scheduledTimestampMs, currentAttemptScheduledTimestampMs } = activityInfo();
    // A later attempt has what is left of the time of the first.
    const usedMs = currentAttemptScheduledTimestampMs - scheduledTimestampMs;
    const forMs = dependencies.timing.fingerprintDeadline / 2 - usedMs;
    return await (input.after === undefined
      ? before(dependencies, input, forMs)
      : after(dependencies, { ...input, after: input.after }, forMs));
  };
}

async function before(
  dependencies: ControlDependencies,
  { backup, level, tables }: FingerprintTablesInput,
  forMs: number,
): Promise<FingerprintsBefore> {
  const yugabyte = dependencies.yugabyte();
  const api = yugabyte.api(backup.database);
  const name = bareName(backup.database);
  const signal = cancellationSignal();
  if (await readsAtMoment(api, name)) {
    const listed = await api.tables(name, { signal }).catch(() => undefined);
    const lines = (listed ?? []).map(({ schema, name: table, storage }) => ({ schema, name: table, storage }));
    return { fingerprint: await put(dependencies, backup, 'fingerprint-before', lines), atSnapshot: true };
  }
  const writes = await writesOf(yugabyte, backup.database, signal);
  const lines = await fingerprintsOf(yugabyte, {
    ...counting({ backup, level, tables }),
    forMs,
  });
  return {
    fingerprint: await put(dependencies, backup, 'fingerprint-before', lines),
    ...(writes.length > 0 ? { writes: await put(dependencies, backup, 'writes-before', writes) } : {}),
  };
}

async function after(
  dependencies: ControlDependencies,
  { backup, level, tables, after: given }: FingerprintTablesInput & Required<Pick<FingerprintTablesInput, 'after'>>,
  forMs: number,
): Promise<FingerprintsBefore> {
  const { repository } = dependencies;
  const yugabyte = dependencies.yugabyte();
  const api = yugabyte.api(backup.database);
  const name = bareName(backup.database);
  const signal = cancellationSignal();
  const exported = decodeSnapshotFile(await readArtefact(repository, given.exported));
  const earlier = new Map(
    (await getWorkList(repository, given.before.fingerprint, fingerprintLine)).map((line) => [keyOf(line), line]),
  );
  const request = { ...counting({ backup, level, tables }), forMs };
  if (given.before.atSnapshot) {
    const counted = await fingerprintsOf(yugabyte, { ...request, readTimeMicros: exported.snapshotMicros });
    const now = await api.tables(name, { signal }).catch(() => undefined);
    const version = await api.catalogVersion(name, { signal }).catch(() => undefined);
    const lines = readAtSnapshot(counted, {
      storageBefore: new Map([...earlier].map(([key, { storage }]) => [key, storage])),
      storageAfter: new Map((now ?? []).map((relation) => [keyOf(relation), relation.storage])),
      sameSchema: version === given.catalogVersion,
    });
    return { fingerprint: await put(dependencies, backup, 'fingerprint-agreed', lines) };
  }
  const counted = await fingerprintsOf(yugabyte, { ...request, earlier });
  const first = given.before.writes ? await getWorkList(repository, given.before.writes, writesLine) : [];
  const quiet = quietTablets(first, await writesOf(yugabyte, backup.database, signal));
  const lines = unchangedAroundSnapshot(counted, {
    tables: tabletsByTable(exported),
    quiet,
    expiring: new Set((await api.expiringTables(name, { signal })).map(keyOf)),
  });
  return { fingerprint: await put(dependencies, backup, 'fingerprint-agreed', lines) };
}

function counting({
  backup,
  level,
  tables,
}: Pick<FingerprintTablesInput, 'backup' | 'level'> & { tables: string[] | undefined }) {
  return {
    database: backup.database,
    level,
    ...given({ tables }),
    signal: cancellationSignal(),
    onProgress: (counted: number) => {
      showProgress({ counted });
    },
  };
}

async function put(
  { repository }: ControlDependencies,
  backup: BackupIdentity,
  prefix: string,
  lines: readonly (FingerprintLine | WritesLine)[],
): Promise<ListRef> {
  const name = `${prefix}-${backup.backupId.slice(-6)}`;
  return await putWorkList(repository, { workflowId: backup.chain.workflowId, name, lines, bytes: 0 });
}

/** A query that fails at the moment is no reason to do without counts. */
async function readsAtMoment(api: DatabaseApi, name: string): Promise<boolean> {
  const signal = cancellationSignal();
  try {
    return await api.readsAtMoment(name, { signal });
  } catch (error) {
    if (signal.aborted) throw error;
    return false;
  }
}

function tabletsByTable(exported: ReturnType<typeof decodeSnapshotFile>): Map<string, TableOfSnapshot> {
  const tablets = new Map<string, string[]>();
  for (const { id, tableIds } of exported.tablets) for (const table of tableIds) addTo(tablets, table, id);
  return new Map(
    exported.tables.map(({ id, schema, name }) => [keyOf({ schema, name }), { tablets: tablets.get(id) ?? [] }]),
  );
}
