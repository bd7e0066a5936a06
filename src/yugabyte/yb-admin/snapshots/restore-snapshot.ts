import type { Micros } from '../../micros';
import type { Command } from '../command';
import { required } from '../read-output';

export interface RestoreSnapshotInput {
  snapshotId: string;
  /**
   * A moment within the snapshot's history; the cluster checks neither that it is retained nor that there was no DDL
   * since.
   */
  atMicros?: Micros;
}

/**
 * Starts a restoration and returns at once; it ends in RESTORED or FAILED. It reverts data in place, not the schema.
 * Every replica must have the snapshot's directory: a tserver without it crashes, again at each start. A second call
 * starts a second restoration.
 */
export const restoreSnapshot: Command<RestoreSnapshotInput, { restorationId: string }> = {
  name: 'restore_snapshot',
  mutates: true,
  argv({ snapshotId, atMicros }) {
    if (atMicros !== undefined && !/^\d{16}$/.test(atMicros))
      throw new RangeError(`restore_snapshot takes a moment as 16 digits of microseconds, not "${atMicros}"`);
    return ['restore_snapshot', snapshotId, ...(atMicros === undefined ? [] : [atMicros])];
  },
  parse: (stdout) => ({ restorationId: required(/^Restoration id: (\S+)\s*$/m, stdout, 'id of the restoration') }),
};
