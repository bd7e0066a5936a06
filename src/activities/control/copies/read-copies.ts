import { readCopyHeartbeat, type NodeCounters } from '../../../contract/internal';
import type { ControlDependencies } from '../dependencies';
import { describeRun } from '../lock/guardian-state';

export interface ReadCopiesInput {
  /** A node and the run that copies on it. */
  copies: { node: string; workflowId: string }[];
}

/** Requests to Temporal at a time. */
const MAX_CONCURRENCY = 10;

/**
 * How far the copies on a run's nodes have come, from the heartbeats of their activities, which a workflow can't see.
 * One call for all nodes costs the run's history the same as for one. A node where nothing is running at the moment is
 * left out.
 */
export function makeReadCopies(dependencies: Pick<ControlDependencies, 'client'>) {
  return async function readCopies({ copies }: ReadCopiesInput): Promise<({ node: string } & NodeCounters)[]> {
    const read: ({ node: string } & NodeCounters)[] = [];
    const left = [...copies];
    const reader = async (): Promise<void> => {
      for (let one = left.shift(); one; one = left.shift()) {
        const found = await describeRun(dependencies, one.workflowId);
        for (const { heartbeatDetails } of found?.raw.pendingActivities ?? []) {
          const counters = readCopyHeartbeat(heartbeatDetails?.payloads?.[0]?.data);
          if (counters?.ofNode) read.push({ node: one.node, ...counters.ofNode });
        }
      }
    };
    await Promise.all(Array.from({ length: MAX_CONCURRENCY }, reader));
    return read;
  };
}
