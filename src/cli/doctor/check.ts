/** One line of `kalpa doctor`. */
export interface Check {
  /** What was checked: `Temporal`, `masters`, … */
  area: string;
  status: 'ok' | 'warning' | 'problem';
  /** What was found. */
  message: string;
  /** What to do about it; absent if there is no problem. */
  cure?: string;
}

export const ok = (area: string, message: string): Check => ({ area, status: 'ok', message });
export const warning = (area: string, message: string, cure: string): Check => ({
  area,
  status: 'warning',
  message,
  cure,
});
export const problem = (area: string, message: string, cure: string): Check => ({
  area,
  status: 'problem',
  message,
  cure,
});

/** What went wrong, on one line. */
export function reason(error: unknown): string {
  const message =
    typeof error === 'object' && error !== null && 'message' in error ? String(error.message) : String(error);
  return message.replace(/\s+/g, ' ').trim();
}
