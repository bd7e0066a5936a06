/** `SysSnapshotEntryPB.State`. Any other word becomes UNKNOWN. */
export const SNAPSHOT_STATES = [
  'CREATING',
  'COMPLETE',
  'DELETING',
  'DELETED',
  'FAILED',
  'CANCELLED',
  'RESTORING',
  'RESTORED',
] as const;
export type SnapshotState = (typeof SNAPSHOT_STATES)[number] | 'UNKNOWN';

export function snapshotState(word: string): SnapshotState {
  return SNAPSHOT_STATES.find((state) => state === word) ?? 'UNKNOWN';
}
