import { defineSignal } from '@temporalio/workflow';
import type { RunLimits } from '../../activities/shapes';
import { LIMITS_SIGNAL } from '../../contract';

/** Changed limits of the whole operation, for the run of a node. */
export const limitsSignal = defineSignal<[RunLimits]>(LIMITS_SIGNAL);
