import { connectTarget, trimEndOf } from '../ysql-dump/rewrite/connect-command';

/** A line of a dump that begins with a backslash, outside of rows. */
export type MetaCommand =
  | { kind: 'connect'; database: string }
  | { kind: 'if' | 'elif'; /** A variable, or whether one is set. */ variable: string; isSet: boolean }
  | { kind: 'else' | 'endif' | 'gset' | 'nothing' }
  | { kind: 'set'; variable: string; value: string };

const VARIABLES =
  'use_tablespaces|use_roles|ignore_existing_roles|ignore_existing_tablespaces|role_exists|tablespace_exists';
const CONDITION = new RegExp(String.raw`^\\(if|elif) :(?:(${VARIABLES})|\{\?(${VARIABLES})\})$`);
const SET = new RegExp(String.raw`^\\set (${VARIABLES}) (true|false)$`);
/** `\echo 'Role already exists:' "a role"`: quoted text and plain names. None of it is printed. */
const ECHO = /^\\echo(?: (?:'[^'\\`]*'|"[^"]*"|[\w.])+)+$/;

/** The few forms that dumps contain; undefined for any other, which is never run. */
export function metaCommand(line: string): MetaCommand | undefined {
  const text = trimEndOf(line, ' \t');
  if (text === '\\else') return { kind: 'else' };
  if (text === '\\endif') return { kind: 'endif' };
  if (text === '\\gset') return { kind: 'gset' };
  // Newer dumps contain these: \restrict and \unrestrict guard against meta-commands, \encoding sets the shell's
  // encoding.
  if (/^\\(?:(?:un)?restrict [A-Za-z0-9]+|encoding (?:SQL_ASCII|UTF8))$/.test(text) || ECHO.test(text))
    return { kind: 'nothing' };
  const [, word, variable, asked] = CONDITION.exec(text) ?? [];
  if (word !== undefined)
    return { kind: word as 'if' | 'elif', variable: variable ?? asked ?? '', isSet: asked !== undefined };
  const [, set, value] = SET.exec(text) ?? [];
  if (set !== undefined && value !== undefined) return { kind: 'set', variable: set, value };
  const database = connectTarget(text);
  return typeof database === 'string' ? { kind: 'connect', database } : undefined;
}
