/** The replacement for redacted text. */
export const REDACTED = '[redacted]';

export interface Range {
  start: number;
  end: number;
}

/** Sorted, without overlaps, and without what is already redacted. */
export function mergedRanges(text: string, ranges: readonly Range[]): Range[] {
  const merged: Range[] = [];
  for (const { start, end } of [...ranges].sort((a, b) => a.start - b.start)) {
    if (end <= start || text.startsWith(REDACTED, start)) continue;
    const last = merged.at(-1);
    if (last && start <= last.end) last.end = Math.max(last.end, end);
    else merged.push({ start, end });
  }
  return merged;
}
