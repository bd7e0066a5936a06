import type { CopyHeartbeat } from '../../contract';
import type { CopyCounters, DoneBefore } from '../shapes';

/** The counters of a batch as its heartbeat shows them: with those of the node, for whoever reads only this one. */
export function withNode(
  counters: CopyCounters,
  before: DoneBefore = { files: 0, bytes: 0 },
): CopyCounters & CopyHeartbeat {
  return {
    ...counters,
    ofNode: { filesDone: before.files + counters.filesDone, bytesDone: before.bytes + counters.bytesDone },
  };
}
