/** A change of the text of a dump. */
export interface Edit {
  start: number;
  end: number;
  text: string;
}

/** The text with its changes, which lie apart, or one inside of another that takes its place. */
export function applied(dump: string, edits: readonly Edit[]): string {
  let result = '';
  let at = 0;
  for (const { start, end, text } of [...edits].sort((a, b) => a.start - b.start || b.end - a.end)) {
    if (start < at) continue; // inside of the one before
    result += dump.slice(at, start) + text;
    at = end;
  }
  return result + dump.slice(at);
}
