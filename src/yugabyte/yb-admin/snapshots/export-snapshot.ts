import { UnexpectedOutput } from '../../errors';
import type { Command } from '../command';
import { snapshotState, type SnapshotState } from './states';

export interface ExportedSnapshot {
  /** The snapshot's state; the tool does not refuse one that is still CREATING. */
  state: SnapshotState;
}

/**
 * Writes a snapshot's metadata to a file on the host that runs yb-admin, replacing an existing file. "Table … is
 * undergoing DDL verification, retry later" is transient.
 */
export const exportSnapshot: Command<{ snapshotId: string; file: string }, ExportedSnapshot> = {
  name: 'export_snapshot',
  mutates: false, // only the file changes, and again to the same bytes
  argv: ({ snapshotId, file }) => ['export_snapshot', snapshotId, file],
  parse(stdout) {
    const state = /^Exporting snapshot \S+ \(([A-Z]+)\) to file /m.exec(stdout)?.[1];
    // "meta data" until 2021, "metadata" since
    if (state === undefined || !/^Snapshot meta ?data was saved into file: /m.test(stdout))
      throw new UnexpectedOutput('confirmation of the exported file', stdout, 'yb-admin export_snapshot');
    return { state: snapshotState(state) };
  },
};
