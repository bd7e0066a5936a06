import type { World } from './world';

/**
 * The world whose code runs just now: what stands in for clocks and for Temporal asks it. `planted`: the mistakes that
 * the product makes in it.
 */
export const running: { world: World | undefined; planted: readonly string[] } = { world: undefined, planted: [] };
