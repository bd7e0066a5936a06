/** Exit codes of the commands that read and change schedules. */
export const SCHEDULE_EXITS = { 0: undefined, 1: undefined, 2: undefined, 3: undefined, 4: undefined };
