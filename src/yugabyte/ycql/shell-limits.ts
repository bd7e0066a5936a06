import { partsOf, type ColumnType } from './column-type';

/** Keywords of Python 3: the shell's driver makes no class for a user-defined type that is named like one. */
const PYTHON_KEYWORDS = new Set(
  'False None True and as assert async await break class continue def del elif else except finally for from global if import in is lambda nonlocal not or pass raise return try while with yield'.split(
    ' ',
  ),
);
const PYTHON_NAME = /^[\p{L}_][\p{L}\p{N}_]*$/u;

/**
 * Why `COPY TO` can't print values of a type so that they can be read again; undefined: it can. The shell prints a
 * value of a user-defined type through a class that its driver makes (`UserType._make_udt_tuple_type`), whose name must
 * be valid in Python. It looks the type up by the name that the server lists (`CqlType.parse` in
 * cqlshlib/formatting.py); a quoted name is not found, and the value is printed as `name(field=value)`.
 */
export function whyNotPrinted(type: ColumnType): string | undefined {
  for (const part of partsOf(type)) {
    if (part.kind !== 'userDefined') continue;
    if (part.listedQuoted)
      return `ycqlsh can't print values of a type whose name is a keyword of CQL (${part.name}) on this release`;
    if (!PYTHON_NAME.test(part.name) || PYTHON_KEYWORDS.has(part.name))
      return `ycqlsh can't print values of a type whose name is not one in Python ("${part.name}")`;
  }
  return undefined;
}

/**
 * Whether `COPY FROM` reads what `COPY TO` prints of a type (`ImportConversion` in cqlshlib/copyutil.py). It does not
 * read:
 *
 * - some user-defined types: those with a field whose name is not valid in Python, with an empty name, or of a type
 *   that is named like one of CQL's own. Their values are lost or refused, so all user-defined types are loaded with
 *   statements;
 * - times and JSON within other types: it splits at each colon, and at quotes that are not doubled.
 *
 * Nor is it used for counters: it writes their columns without quotes, and repeats a batch whose reply was lost, which
 * would add to them twice.
 */
export function shellReads(type: ColumnType): boolean {
  const [whole, ...inside] = partsOf(type);
  const within = (name: string): boolean => inside.some((part) => part.kind === 'scalar' && part.name === name);
  return (
    whole?.kind !== 'userDefined' &&
    !inside.some(({ kind }) => kind === 'userDefined') &&
    !(whole?.kind === 'scalar' && whole.name === 'counter') &&
    !within('time') &&
    !within('jsonb')
  );
}
