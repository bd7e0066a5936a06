import { isWellFormed } from './plain-input';

/** `ysql` is PostgreSQL-compatible, `ycql` Cassandra-compatible. */
export type Api = 'ysql' | 'ycql';

export const DATABASE_FORM = 'a database as the tools write it, "ysql.orders" or "ycql.shop", its name 1 to 63 bytes';

/** Name length in UTF-8 bytes; workflow code has no Buffer. */
function utf8Bytes(text: string): number {
  let bytes = 0;
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0;
    bytes += code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
  }
  return bytes;
}

/**
 * Why no database can have this bare name, or undefined if one can. PostgreSQL's limit is 63 bytes (NAMEDATALEN - 1).
 */
export function nameProblem(name: string): string | undefined {
  if (name.length === 0) return 'an empty name';
  if (!isWellFormed(name)) return 'a name that is not well-formed Unicode';
  if (/[^\P{Cc}\0]/u.test(name)) return 'a name with a control character, such as a line feed';
  if (name.includes('\0')) return 'a name with a NUL byte';
  if (utf8Bytes(name) > 63) return `a name of ${utf8Bytes(name)} bytes, over the limit of 63`;
  return undefined;
}

/** Splits `ysql.orders`; undefined if it is not a database name. */
export function splitDatabase(database: string): { api: Api; name: string } | undefined {
  const match = /^(ysql|ycql)\.([\s\S]*)$/.exec(database);
  if (!match || nameProblem(match[2] ?? '') !== undefined) return undefined;
  return { api: match[1] as Api, name: match[2] ?? '' };
}

/** The bare name of a database that the schema has already accepted. */
export function bareName(database: string): string {
  const parts = splitDatabase(database);
  if (!parts) throw new RangeError(`"${database}" is not ${DATABASE_FORM}`);
  return parts.name;
}

/** The API of a database. */
export function apiOf(database: string): Api {
  return splitDatabase(database)?.api ?? 'ysql';
}
