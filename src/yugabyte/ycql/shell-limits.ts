import { partsOf, type ColumnType } from './column-type';

/** Of Python 3; a type of such a name gets no class of its own in the shell's driver. */
const PYTHON_KEYWORDS = new Set(
  'False None True and as assert async await break class continue def del elif else except finally for from global if import in is lambda nonlocal not or pass raise return try while with yield'.split(
    ' ',
  ),
);
const PYTHON_NAME = /^[\p{L}_][\p{L}\p{N}_]*$/u;

/**
 * Why `COPY TO` can't print a value of a type so that it can be read again; undefined: it can. The shell prints a value
 * of a user-defined type by the class that its driver makes for it (`UserType._make_udt_tuple_type`), and needs a name
 * for it that Python takes; and it looks the type up by the name that the server lists (`CqlType.parse` in
 * cqlshlib/formatting.py), where it does not find one in quotes and prints `name(field=value)`.
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
 * Whether `COPY FROM` reads what `COPY TO` prints of a type (`ImportConversion` in cqlshlib/copyutil.py). It does not:
 *
 * - user-defined types that have a field with a name that is none in Python, or nothing, or a type of their own that
 *   has the name of one of CQL's: their values are lost or refused, so all of them go another way;
 * - times and JSON inside of other types: it splits at each colon, and at quotes that are not doubled.
 *
 * Counters are added to: it writes their columns without quotes, and repeats a batch whose reply was lost.
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
