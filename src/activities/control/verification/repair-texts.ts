/** Files that are named in one answer. */
export const UNREPAIRED_TOLD = 100;

export const unrepairedText = (
  { object, offset }: { object: string; offset?: number | undefined },
  why: string,
): string => `${object}${offset === undefined ? '' : ` from byte ${offset}`} can't be repaired: ${why}.`;
