import type { World } from './world';

/** The world whose code runs just now: what stands in for clocks and for Temporal asks it. */
export const running: { world: World | undefined } = { world: undefined };
