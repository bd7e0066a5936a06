import type { QualifiedName } from '../ysql/session/quote';

/**
 * Patterns for `--exclude-table` that match every relation of `others` and none of `kept`. Their number depends on the
 * kept names only, however many the others are: names are distinguished by their prefixes (`"public"."a"*`), whole
 * schemas by their own. Everything is quoted, so that each character except the star is literal.
 */
export function relationPatterns(kept: readonly QualifiedName[], others: readonly QualifiedName[]): string[] {
  const patterns = new Set<string>();
  const names = new Map<string, Beginnings>();
  const schemas = new Beginnings();
  for (const { schema, name } of kept) {
    schemas.add(schema);
    const ofSchema = names.get(schema) ?? new Beginnings();
    ofSchema.add(name);
    names.set(schema, ofSchema);
  }
  for (const { schema, name } of others) {
    const ofSchema = names.get(schema);
    patterns.add(
      ofSchema === undefined
        ? `${pattern(schema, schemas.apartFrom(schema))}.*`
        : `${quoted(schema)}.${pattern(name, ofSchema.apartFrom(name))}`,
    );
  }
  return [...patterns];
}

/** The kept names, by prefix. */
class Beginnings {
  private readonly seen = new Set<string>();

  add(name: string): void {
    let beginning = '';
    for (const character of name) this.seen.add((beginning += character));
  }

  /** The shortest prefix of a name that no kept one has; undefined: a kept name continues where this one ends. */
  apartFrom(name: string): string | undefined {
    let beginning = '';
    for (const character of name) if (!this.seen.has((beginning += character))) return beginning;
    return undefined;
  }
}

const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;
const pattern = (name: string, beginning: string | undefined): string =>
  beginning === undefined ? quoted(name) : `${quoted(beginning)}*`;
