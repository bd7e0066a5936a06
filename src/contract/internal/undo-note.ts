import type { Timing } from '../timing';
import { given } from '../../objects/given';

/** A restoration that may be running: its id once it was printed, and those listed before it was requested. */
export interface StartedRestoration {
  id?: string;
  listedBefore: string[];
}

/**
 * What a guardian would undo. Each is noted before the step that it undoes, replaced under the same key when more is
 * known, and withdrawn when the step has become part of a success.
 */
export type Undo =
  /**
   * Delete the snapshot whose id was printed, or the only candidate that appeared since `listedBefore`.
   * `anotherMayCome`: a creation whose reply was lost was requested again, so that both may take effect; any other
   * candidate is reported then, and never deleted.
   */
  | { kind: 'snapshot'; database: string; snapshotId?: string; listedBefore: string[]; anotherMayCome?: true }
  /**
   * Drop the scratch database and the snapshot imported into it; once `restore_snapshot` may have been sent,
   * neither is touched until its restoration is listed RESTORED or FAILED.
   */
  | {
      kind: 'scratch';
      scratchName: string;
      /** What the scratch name is derived from, besides the run's id: the proof that the run made its database. */
      of?: string;
      importedSnapshotId?: string;
      listedBefore: string[];
      restoration?: StartedRestoration;
    }
  /**
   * Drop the tables that this run creates in a keyspace, and the keyspace if the run creates that too; the imported
   * snapshot and a restoration as with a scratch database.
   */
  | {
      kind: 'keyspace';
      database: string;
      /** Absent before the run. Indexes go with their tables. */
      tables: string[];
      /** The keyspace was there before. */
      existed: boolean;
      /** Of the keyspace that was imported into; a different id under its name is someone else's. */
      namespaceId?: string;
      importedSnapshotId?: string;
      listedBefore: string[];
      restoration?: StartedRestoration;
    }
  /**
   * Drop the tables that a load makes in a keyspace, and the keyspace, which did not exist before the run. No snapshot
   * belongs to it. `namespaceId`: of the keyspace once it exists; a different id under its name is someone else's.
   */
  | { kind: 'newKeyspace'; database: string; tables: string[]; namespaceId?: string }
  /** Delete an imported snapshot, after any restoration of it has ended; the database stays. */
  | { kind: 'importedSnapshot'; snapshotId: string; restoration?: StartedRestoration }
  /** Switch the load balancer back to the state in which it was found. */
  | { kind: 'loadBalancer' }
  /**
   * A restoration into a database that stays: it can't be undone and must not be disturbed, so the lock is held until
   * it is listed RESTORED or FAILED. `snapshotIds`: the snapshots it may be of.
   */
  | {
      kind: 'restoration';
      database: string;
      snapshotIds: string[];
      scheduleId?: string;
      id?: string;
      listedBefore: string[];
    }
  /**
   * Delete the snapshot schedule that this run may have created: by its printed id, or the only new one of the
   * database.
   */
  | { kind: 'schedule'; database: string; scheduleId?: string; listedBefore: string[] }
  /** Wait for a clone's end, then drop what it created. `namespaceId`: of the source. */
  | { kind: 'clone'; scratchName: string; of?: string; namespaceId: string }
  /**
   * Wait for the end of a keyspace's clone, then drop the keyspace that it created: none of that name existed before.
   * `listedBefore`: numbers of clones of the source that are not ours. `cloneId`: of the keyspace once it exists; a
   * different id under its name is someone else's.
   */
  | { kind: 'keyspaceClone'; database: string; namespaceId: string; cloneId?: string; listedBefore: string[] }
  /**
   * Abort uploads that a cancelled or killed copy left open, and record the end of a backup that was never committed.
   */
  | { kind: 'intent'; backupId: string }
  /** The same for a logical dump. */
  | { kind: 'dump'; dumpId: string }
  /** Drop the scratch database that a dump is loaded into; no snapshot belongs to it. */
  | { kind: 'scratchDatabase'; scratchName: string; of?: string }
  /** Enable the triggers again that were disabled while rows were loaded. */
  | {
      kind: 'stoppedTriggers';
      database: string;
      /** Of the triggers' database; a different one under its name has its own. */
      namespaceId?: string;
      triggers: { name: string; table?: { schema: string; name: string }; state: 'A' | 'R' }[];
    };

/** An undo of one kind. */
export type UndoOf<K extends Undo['kind']> = Extract<Undo, { kind: K }>;

/** How the owner's run ended, for the record of a backup that was never committed. */
export type OwnerEnd = 'complete' | 'failed' | 'cancelled' | 'terminated' | 'timed-out';

/** One line for the guardian's page and for reports. */
export function describeUndo(undo: Undo): string {
  switch (undo.kind) {
    case 'snapshot':
      if (undo.anotherMayCome) return `whether another snapshot of ${undo.database} came of a lost reply`;
      return undo.snapshotId === undefined
        ? `a snapshot of ${undo.database} whose creation may have been lost`
        : `snapshot ${undo.snapshotId} of ${undo.database}`;
    case 'scratch': {
      const imported = undo.importedSnapshotId === undefined ? '' : ` and imported snapshot ${undo.importedSnapshotId}`;
      return `scratch database ${undo.scratchName}${imported}`;
    }
    case 'keyspace': {
      const imported = undo.importedSnapshotId === undefined ? '' : ` and imported snapshot ${undo.importedSnapshotId}`;
      return `${undo.existed ? `${undo.tables.length} new tables of ${undo.database}` : undo.database}${imported}`;
    }
    case 'newKeyspace':
      return `the new keyspace ${undo.database}`;
    case 'importedSnapshot':
      return `imported snapshot ${undo.snapshotId}`;
    case 'loadBalancer':
      return 'the load balancer switched off';
    case 'restoration':
      return `the lock on ${undo.database} while restoration ${undo.id ?? '(id not known yet)'} runs`;
    case 'schedule':
      return undo.scheduleId === undefined
        ? `a snapshot schedule of ${undo.database} whose creation may have been lost`
        : `snapshot schedule ${undo.scheduleId} of ${undo.database}`;
    case 'clone':
      return `the clone ${undo.scratchName}`;
    case 'keyspaceClone':
      return `the clone ${undo.database}`;
    case 'intent':
      return `open uploads and the record of ${undo.backupId}`;
    case 'dump':
      return `open uploads and the record of ${undo.dumpId}`;
    case 'scratchDatabase':
      return `scratch database ${undo.scratchName}`;
    case 'stoppedTriggers':
      return `${undo.triggers.length} stopped triggers of ${undo.database}`;
  }
}

/**
 * What an undo waits for before it can act. `lostReply`: a command whose reply was lost may still take effect. `end`: a
 * restoration or clone must have ended, however long it takes; until then the guardian, and with it the lock, stays.
 */
type UndoWait = 'nothing' | 'lostReply' | 'end';

const untilEndOf = (restoration: StartedRestoration | undefined): UndoWait => (restoration ? 'end' : 'nothing');
const ifLost = (id: string | undefined): UndoWait => (id === undefined ? 'lostReply' : 'nothing');

/** What each kind waits for; a kind without an entry does not compile. */
const waits: { [K in Undo['kind']]: (undo: UndoOf<K>) => UndoWait } = {
  snapshot: ({ snapshotId, anotherMayCome }) => (anotherMayCome ? 'nothing' : ifLost(snapshotId)),
  scratch: ({ restoration }) => untilEndOf(restoration),
  keyspace: ({ restoration }) => untilEndOf(restoration),
  newKeyspace: () => 'nothing',
  importedSnapshot: ({ restoration }) => untilEndOf(restoration),
  loadBalancer: () => 'nothing',
  restoration: () => 'end',
  schedule: ({ scheduleId }) => ifLost(scheduleId),
  clone: () => 'end',
  keyspaceClone: () => 'end',
  intent: () => 'nothing',
  dump: () => 'nothing',
  scratchDatabase: () => 'nothing',
  stoppedTriggers: () => 'nothing',
};

/** How long an undo may wait before it gives up and reports that. */
export function undoTimeoutMs(undo: Undo, timing: Pick<Timing, 'rpcTimeout' | 'leftoverDeadline'>): number {
  const limits: Record<UndoWait, number> = {
    nothing: 0,
    lostReply: timing.rpcTimeout,
    end: timing.leftoverDeadline,
  };
  return limits[(waits[undo.kind] as (undo: Undo) => UndoWait)(undo)];
}

/** A snapshot that an undo deletes, and a restoration of it that may be running. */
interface OwnSnapshot {
  snapshotId: string;
  restoration?: StartedRestoration;
}

const imported = ({
  importedSnapshotId: snapshotId,
  restoration,
}: Pick<UndoOf<'scratch'>, 'importedSnapshotId' | 'restoration'>): OwnSnapshot | undefined =>
  snapshotId === undefined ? undefined : { snapshotId, ...given({ restoration }) };

/** Which snapshot each kind deletes; a kind without an entry does not compile. */
const snapshots: { [K in Undo['kind']]: (undo: UndoOf<K>) => OwnSnapshot | undefined } = {
  snapshot: ({ snapshotId }) => (snapshotId === undefined ? undefined : { snapshotId }),
  scratch: imported,
  keyspace: imported,
  importedSnapshot: ({ snapshotId, restoration }) => ({ snapshotId, ...given({ restoration }) }),
  newKeyspace: () => undefined,
  loadBalancer: () => undefined,
  restoration: () => undefined, // of a snapshot that was there before the run, and stays
  schedule: () => undefined,
  clone: () => undefined,
  keyspaceClone: () => undefined,
  intent: () => undefined,
  dump: () => undefined,
  scratchDatabase: () => undefined,
  stoppedTriggers: () => undefined,
};

const snapshotOf = (undo: Undo): OwnSnapshot | undefined =>
  (snapshots[undo.kind] as (undo: Undo) => OwnSnapshot | undefined)(undo);

/**
 * What an earlier note covers and its replacement does not: the owner was reset to a point before it, and repeats the
 * step. The earlier snapshot still has to be deleted, its restoration still waited for.
 */
export function droppedByReplacement(earlier: Undo, later: Undo): Undo | undefined {
  const before = snapshotOf(earlier);
  if (before === undefined)
    return earlier.kind === 'restoration' && !(later.kind === 'restoration' && continues(earlier, later))
      ? earlier
      : undefined;
  const after = snapshotOf(later);
  const same = before.snapshotId === after?.snapshotId;
  if (same && (!before.restoration || !after.restoration || continues(before.restoration, after.restoration)))
    return undefined;
  return { kind: 'importedSnapshot', ...before };
}

/** The same restoration, about which more is known now. */
function continues(earlier: StartedRestoration, later: StartedRestoration): boolean {
  if (earlier.id !== undefined) return earlier.id === later.id;
  return earlier.listedBefore.join() === later.listedBefore.join();
}
