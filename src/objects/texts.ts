/** `20261122T020007Z`, as ids and keys have it. */
export const compactUtc = (at: Date): string => at.toISOString().replace(/[-:]|\.\d+/g, '');

/** The same to the millisecond, `20261122T020007123Z`. */
export const compactUtcMs = (at: Date): string => at.toISOString().replace(/[-:.]/g, '');

/** RFC 3339 to the second. */
export const truncateToSecond = (at: Date): string => withoutFraction(at.toISOString());

/** An instant in RFC 3339 UTC, to the second. */
export const withoutFraction = (instant: string): string => instant.replace(/\.\d+Z$/, 'Z');

/** Bytes for people, in decimal units as the contract counts (MB = 10⁶): `1.23 GB`, `12.3 GB`, `123 GB`. */
export function bytesText(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'];
  const power = bytes < 1 ? 0 : Math.min(Math.floor(Math.log10(bytes) / 3), units.length - 1);
  const value = bytes / 1000 ** power;
  return `${power === 0 ? String(Math.round(value)) : value.toFixed(value < 10 ? 2 : value < 100 ? 1 : 0)} ${units[power] ?? 'B'}`;
}

/** The first of some texts, and how many more there are: `a, b and 7 more`. */
export const firstOf = (texts: readonly string[], most: number, between = ', '): string =>
  texts.slice(0, most).join(between) + (texts.length > most ? ` and ${texts.length - most} more` : '');

/** A whole number with thousands separated. */
export const countText = (count: number): string => String(Math.round(count)).replace(/\B(?=(?:\d{3})+$)/g, ',');
