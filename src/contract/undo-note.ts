/**
 * What a guardian would undo. Each is noted before the step that it undoes, replaced under the same key when more is
 * known, and taken back when the step became part of a success.
 */
export type Undo =
  /** Delete the snapshot that was printed to us, or the sole candidate that appeared since `listedBefore`. */
  | { kind: 'snapshot'; database: string; snapshotId?: string; listedBefore: string[] }
  /**
   * Drop the scratch database and the snapshot imported into it; once `restore_snapshot` may have been sent,
   * neither is touched until its restoration is listed RESTORED or FAILED.
   */
  | {
      kind: 'scratch';
      scratchName: string;
      importedSnapshotId?: string;
      listedBefore: string[];
      restoration?: { id?: string; listedBefore: string[] };
    }
  /**
   * Drop the tables that this run creates in a keyspace, and the keyspace if the run creates that too; the imported snapshot and a restoration
   * as with a scratch database.
   */
  | {
      kind: 'keyspace';
      database: string;
      /** Absent before the run. Indexes go with their tables. */
      tables: string[];
      /** The keyspace was there before. */
      existed: boolean;
      importedSnapshotId?: string;
      listedBefore: string[];
      restoration?: { id?: string; listedBefore: string[] };
    }
  /** Drop the tables that a load makes in a keyspace, and the keyspace, which was absent before the run. No snapshot belongs to it. */
  | { kind: 'newKeyspace'; database: string; tables: string[] }
  /** Delete an imported snapshot; the database stays. */
  | { kind: 'importedSnapshot'; snapshotId: string }
  /** Give the balancer back the state in which it was found. */
  | { kind: 'loadBalancer' }
  /**
   * A restoration into a database that stays: it can't be undone and must not be disturbed, so the lock is held until it is
   * listed RESTORED or FAILED. `snapshotIds`: what it may be of.
   */
  | {
      kind: 'restoration';
      database: string;
      snapshotIds: string[];
      scheduleId?: string;
      id?: string;
      listedBefore: string[];
    }
  /** Delete the snapshot schedule that this run may have created: printed to us, or the sole new one of the database. */
  | { kind: 'schedule'; database: string; scheduleId?: string; listedBefore: string[] }
  /** Wait for a clone's end, then drop what it made. `namespaceId`: of the source. */
  | { kind: 'clone'; scratchName: string; namespaceId: string }
  /**
   * Wait for the end of a keyspace's clone, then drop the keyspace that it made: none of that name was there before. `listedBefore`: clones of
   * the source that are not ours, by their number.
   */
  | { kind: 'keyspaceClone'; database: string; namespaceId: string; listedBefore: string[] }
  /** Abort what a cancelled or killed copy left open, and write the end of an intent that became no backup. */
  | { kind: 'intent'; backupId: string }
  /** The same of a logical dump. */
  | { kind: 'dump'; dumpId: string }
  /** Drop the scratch database that a dump is loaded into; no snapshot belongs to it. */
  | { kind: 'scratchDatabase'; scratchName: string }
  /** Let the triggers fire again that were stopped while rows were loaded. */
  | {
      kind: 'stoppedTriggers';
      database: string;
      triggers: { name: string; table?: { schema: string; name: string }; state: 'A' | 'R' }[];
    };

/** How the owner's run ended, for the record of an intent that became no backup. */
export type OwnerEnd = 'complete' | 'failed' | 'cancelled' | 'terminated' | 'timed-out';

/** One line for the guardian's page and for reports. */
export function describeUndo(undo: Undo): string {
  switch (undo.kind) {
    case 'snapshot':
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
