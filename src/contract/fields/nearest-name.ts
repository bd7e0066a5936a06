/** Edits (insert, delete, replace, swap of neighbours) between two words, ignoring case. */
export function editDistance(a: string, b: string): number {
  const [left, right] = [a.toLowerCase(), b.toLowerCase()];
  const rows: number[][] = [Array.from({ length: right.length + 1 }, (_, column) => column)];
  const at = (row: number, column: number): number => rows[row]?.[column] ?? Number.MAX_SAFE_INTEGER;
  for (let row = 1; row <= left.length; row++) {
    rows.push([row]);
    for (let column = 1; column <= right.length; column++) {
      const replace = left[row - 1] === right[column - 1] ? 0 : 1;
      const swapped =
        row > 1 && column > 1 && left[row - 1] === right[column - 2] && left[row - 2] === right[column - 1];
      rows[row]?.push(
        Math.min(
          at(row - 1, column) + 1,
          at(row, column - 1) + 1,
          at(row - 1, column - 1) + replace,
          swapped ? at(row - 2, column - 2) + 1 : Number.MAX_SAFE_INTEGER,
        ),
      );
    }
  }
  return at(left.length, right.length);
}

/**
 * The known name that was most likely meant, or undefined if none is close (more than a third of it differs, at least 2
 * edits).
 */
export function nearestName(given: string, known: readonly string[]): string | undefined {
  const ranked = known
    .map((name) => ({ name, edits: editDistance(given, name) }))
    .filter(({ name, edits }) => edits <= Math.max(2, Math.floor(name.length / 3)) && edits < name.length)
    .sort((a, b) => a.edits - b.edits);
  return ranked[0]?.name;
}

/** ` Did you mean x?`, or nothing when no known name is near. */
export function didYouMean(given: string, known: Iterable<string>): string {
  const nearest = nearestName(given, [...new Set(known)]);
  return nearest === undefined || nearest === given ? '' : ` Did you mean ${nearest}?`;
}

/** The same for databases, whose API (`ysql.`) is often forgotten or mistaken. */
export function didYouMeanDatabase(given: string, known: Iterable<string>): string {
  const all = [...new Set(known)];
  const bare = (name: string): string => name.replace(/^(ysql|ycql)\./, '');
  const named = all.filter((name) => name !== given && bare(name) === bare(given));
  if (named.length > 0) return ` Did you mean ${named.join(' or ')}?`;
  if (/^(ysql|ycql)\./.test(given)) return didYouMean(given, all);
  const nearest = nearestName(given, all.map(bare));
  return nearest === undefined ? '' : ` Did you mean ${all.filter((name) => bare(name) === nearest).join(' or ')}?`;
}
