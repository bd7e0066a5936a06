import { formatMicros } from '../../../contract';
import { listBackups, readArtefact, readTrusted, type ManifestHeader } from '../../../repository';
import { decodeSnapshotFile, type SnapshotTable } from '../../../yugabyte';
import { retainedSince, type Bound } from './carried-history';
import type { ControlDependencies } from '../dependencies';
import { exportedSnapshot } from './exported-snapshot';
import { recoveryWindow } from './recovery-window';

export interface KeyspaceMoment {
  /** `ycql.<keyspace>` */
  database: string;
  snapshotMicros: string;
  /** What the snapshot covers. */
  tables: readonly SnapshotTable[];
  /** Only chosen tables: others may have been created or dropped. */
  chosen: boolean;
}

/**
 * The moments that a snapshot of a keyspace can be restored to. Only under a snapshot schedule: without one `TRUNCATE`
 * removes the history and leaves no trace, with one the cluster refuses it (#11777). A table is unchanged when its id
 * and the ids of its columns are the same: neither is ever reused. Undefined: no moment but its own.
 */
export async function keyspaceHistory(
  dependencies: ControlDependencies,
  moment: KeyspaceMoment,
  signal: AbortSignal,
): Promise<ManifestHeader['history']> {
  const yugabyte = dependencies.yugabyte();
  const window = await recoveryWindow(yugabyte, moment.database, signal);
  if (!window) return undefined;
  const taken = window.snapshots
    .map(({ id, micros }) => ({ id, micros: BigInt(micros) }))
    .filter(({ micros }) => micros < BigInt(moment.snapshotMicros));
  const [oldest] = taken;
  if (!oldest) return undefined;
  const kept = await retainedSince(dependencies, moment, [window.schedule], signal);
  const bySnapshots = await oldestAlike(taken, async ({ id, micros }) => {
    const { exported } = await exportedSnapshot(yugabyte, id, signal);
    return sameTables(moment, exported.tables)
      ? { micros, because: `the keyspace is the same as in snapshot ${id} of its schedule` }
      : undefined;
  });
  const begun = { micros: oldest.micros, because: `the oldest snapshot of schedule ${window.schedule.id}` };
  const byBackups = await sameAsBackups(dependencies, moment, begun.micros > kept.micros ? begun : kept);
  const proved = [bySnapshots, byBackups].filter((bound) => bound !== undefined);
  const [same] = proved.sort((a, b) => (a.micros < b.micros ? -1 : 1));
  if (!same) return undefined;
  const from = [same, kept, begun].reduce((one, other) => (other.micros > one.micros ? other : one));
  return { from: formatMicros(String(from.micros)), to: formatMicros(moment.snapshotMicros), because: from.because };
}

/**
 * A table that once differed never becomes the same again, so the oldest match in an ordered list is found by
 * bisection.
 */
async function oldestAlike<T>(
  ordered: readonly T[],
  look: (one: T) => Promise<Bound | undefined>,
): Promise<Bound | undefined> {
  let found: Bound | undefined;
  let [low, high] = [0, ordered.length - 1];
  while (low <= high) {
    const middle = (low + high) >> 1;
    const one = ordered[middle];
    const alike = one === undefined ? undefined : await look(one);
    if (alike) {
      found = alike;
      high = middle - 1;
    } else low = middle + 1;
  }
  return found;
}

/**
 * The oldest backup, in an unbroken series, that has these tables. What is older than `needed` proves nothing more, and
 * would cost two requests for each of thousands of backups.
 */
async function sameAsBackups(
  { repository }: ControlDependencies,
  moment: KeyspaceMoment,
  needed: Bound,
): Promise<Bound | undefined> {
  let proved: Bound | undefined;
  const committed = (await listBackups(repository, { database: moment.database })).filter(
    ({ state }) => state === 'committed',
  );
  for (const { backupId } of committed.reverse()) {
    const manifest = await readTrusted(repository, backupId);
    if (typeof manifest === 'string') break; // what nobody can answer proves nothing
    const { header } = manifest;
    const file = header.artefacts.find(({ kind }) => kind === 'snapshot');
    if (!file || !sameTables(moment, decodeSnapshotFile(await readArtefact(repository, file)).tables)) break;
    proved = { micros: BigInt(header.hybridTime), because: `${backupId} has the same tables` };
    if (proved.micros <= needed.micros) break;
  }
  return proved;
}

function sameTables({ tables, chosen }: KeyspaceMoment, then: readonly SnapshotTable[]): boolean {
  const ours = visible(tables);
  const theirs = visible(then);
  return (chosen || ours.size === theirs.size) && [...ours].every(([id, structure]) => theirs.get(id) === structure);
}

const visible = (tables: readonly SnapshotTable[]): Map<string, string> =>
  new Map(
    tables
      .filter(({ hidden }) => !hidden)
      .map(({ id, name, columns }) => [
        id,
        JSON.stringify([
          name,
          columns.map((column) => [column.id, column.name]).sort(([a], [b]) => Number(a) - Number(b)),
        ]),
      ]),
  );
