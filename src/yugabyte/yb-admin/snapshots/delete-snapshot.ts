import type { Command } from '../command';
import { required } from '../read-output';

/**
 * Requests the deletion of a snapshot: "Deleted" means accepted; the snapshot goes through DELETING to DELETED and then
 * leaves the list. Not found (master error 22) means that it is gone. Refused while it is being restored.
 */
export const deleteSnapshot: Command<{ snapshotId: string }, { snapshotId: string }> = {
  name: 'delete_snapshot',
  mutates: true,
  argv: ({ snapshotId }) => ['delete_snapshot', snapshotId],
  parse: (stdout) => ({
    snapshotId: required(/^Deleted snapshot: (\S+)\s*$/m, stdout, 'confirmation of the deletion'),
  }),
};
