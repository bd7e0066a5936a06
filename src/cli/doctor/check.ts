/** One line of `kalpa doctor`. */
export interface Check {
  /** What was looked at: `Temporal`, `masters`, … */
  area: string;
  status: 'ok' | 'warning' | 'problem';
  /** What was found. */
  message: string;
  /** What to do about it; absent when all is well. */
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

/** One line of what went wrong. */
export function reason(error: unknown): string {
  const message =
    typeof error === 'object' && error !== null && 'message' in error ? String(error.message) : String(error);
  return message.replace(/\s+/g, ' ').trim();
}
