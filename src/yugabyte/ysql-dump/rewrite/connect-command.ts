import { connectionStringOf } from '../../process/pg-tool';

/**
 * Without these characters at its end. A regular expression for this looks at each blank as often as there are blanks.
 */
export function withoutEnd(text: string, characters: string): string {
  let end = text.length;
  while (end > 0 && characters.includes(text.charAt(end - 1))) end -= 1;
  return text.slice(0, end);
}

/**
 * The database that a `\connect` line goes to: undefined when the line is another meta-command, null when its form is
 * not known. Three spellings are in use: `\connect name`, `\connect "odd name"`,
 * `\connect -reuse-previous=on "dbname='odd name'"`.
 */
export function connectTarget(line: string): string | null | undefined {
  const command = /^\\c(?:onnect)?(?:[ \t]+([^ \t][^]*)?)?$/.exec(withoutEnd(line, ' \t\r'));
  if (!command) return undefined;
  const rest = command[1] ?? '';
  const quoted = /^(?:-reuse-previous=on[ \t]+)?"((?:[^"]|"")*)"$/.exec(rest)?.[1]?.replaceAll('""', '"');
  if (rest.startsWith('-reuse-previous=on')) return quoted === undefined ? null : databaseOfConnectionString(quoted);
  if (quoted !== undefined) return quoted;
  return /^[^\s"'`\\:=-][^\s"'`\\=]*$/.test(rest) ? rest : null;
}

/** `dbname='…'` alone; `\'` and `\\` stand for themselves. */
function databaseOfConnectionString(text: string): string | null {
  const value = /^dbname=(?:'((?:[^'\\]|\\[\s\S])*)'|([^\s'\\]+))$/.exec(text);
  const name = value?.[1] ?? value?.[2];
  return name === undefined ? null : name.replace(/\\([\s\S])/g, '$1');
}

/**
 * As pg_dump writes it: plain where the name is plain, else as a connection string, so that no character has a meaning.
 */
export function connectCommand(database: string): string {
  if (/^[A-Za-z0-9_.]+$/.test(database)) return `\\connect ${database}`;
  return `\\connect -reuse-previous=on "${connectionStringOf(database).replaceAll('"', '""')}"`;
}
