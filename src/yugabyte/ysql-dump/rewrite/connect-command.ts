import { connectionStringOf } from '../../process/pg-tool';

/**
 * The text without these characters at its end. A regular expression would take quadratic time in the number of blanks.
 */
export function trimEndOf(text: string, characters: string): string {
  let end = text.length;
  while (end > 0 && characters.includes(text.charAt(end - 1))) end -= 1;
  return text.slice(0, end);
}

/**
 * The database that a `\connect` line connects to: undefined if the line is another meta-command, null if its form is
 * unknown. Three spellings are in use: `\connect name`, `\connect "odd name"`, `\connect -reuse-previous=on
 * "dbname='odd name'"`.
 */
export function connectTarget(line: string): string | null | undefined {
  const command = /^\\c(?:onnect)?(?:[ \t]+([^ \t][^]*)?)?$/.exec(trimEndOf(line, ' \t\r'));
  if (!command) return undefined;
  const rest = command[1] ?? '';
  const quoted = /^(?:-reuse-previous=on[ \t]+)?"((?:[^"]|"")*)"$/.exec(rest)?.[1]?.replaceAll('""', '"');
  if (rest.startsWith('-reuse-previous=on')) return quoted === undefined ? null : databaseOfConnectionString(quoted);
  if (quoted !== undefined) return quoted;
  return /^[^\s"'`\\:=-][^\s"'`\\=]*$/.test(rest) ? rest : null;
}

/** Accepts only `dbname='…'`; `\'` and `\\` are the escaped characters. */
function databaseOfConnectionString(text: string): string | null {
  const value = /^dbname=(?:'((?:[^'\\]|\\[\s\S])*)'|([^\s'\\]+))$/.exec(text);
  const name = value?.[1] ?? value?.[2];
  return name === undefined ? null : name.replace(/\\([\s\S])/g, '$1');
}

/**
 * As pg_dump writes it: plain if the name is plain, otherwise as a connection string, so that no character is special.
 */
export function connectCommand(database: string): string {
  if (/^[A-Za-z0-9_.]+$/.test(database)) return `\\connect ${database}`;
  return `\\connect -reuse-previous=on "${connectionStringOf(database).replaceAll('"', '""')}"`;
}
