/** A change to the text of a dump. */
export interface Edit {
  start: number;
  end: number;
  text: string;
}

/** The text with its changes, which must be disjoint, or nested, where the outer one replaces the inner. */
export function applied(dump: string, edits: readonly Edit[]): string {
  let result = '';
  let at = 0;
  for (const { start, end, text } of [...edits].sort((a, b) => a.start - b.start || b.end - a.end)) {
    if (start < at) continue; // within the previous one
    result += dump.slice(at, start) + text;
    at = end;
  }
  return result + dump.slice(at);
}
