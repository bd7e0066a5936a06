import { defineSignal } from '@temporalio/workflow';
import type { CopyCounters, RunLimits } from '../activities/shapes';

/** A node's run tells its parent how far it is: when a batch ends, and while a long one runs. */
export const nodeProgressSignal = defineSignal<[{ node: string; counters: CopyCounters }]>('nodeProgress');

/** The parent passes changed limits on to its nodes' runs. */
export const limitsSignal = defineSignal<[RunLimits]>('limits');
