import type { DumpPart } from '../../../repository';
import { qualifiedName, shownName, type QualifiedName } from '../../../yugabyte';

type Table = DumpPart['tables'][number];

/** Tables whose rows are loaded: all, or the named ones with their partitions and inheritance children. */
export function chosenTables(part: DumpPart, tables: readonly string[] | undefined): DumpPart['tables'] {
  const asked = tables && askedNames(tables);
  return part.tables.filter((table) => table.rows !== undefined && (asked === undefined || isAsked(table, asked)));
}

/** Requested names that match no table of the dump, nor a part of one. */
export function unknownTables(part: DumpPart, tables: readonly string[]): string[] {
  const known = new Set(part.tables.flatMap((table) => [table, ...(table.partOf ?? [])]).map(shownName));
  return tables.filter((text) => {
    const name = qualifiedName(text);
    return !name || !known.has(shownName(name));
  });
}

/** Foreign keys of the chosen tables to tables that are not chosen: their rows would refer to nothing. */
export function danglingReferences(
  part: DumpPart,
  tables: readonly string[],
): { table: string; refersTo: QualifiedName }[] {
  const asked = askedNames(tables);
  const known = new Map(part.tables.map((table) => [shownName(table), table]));
  return part.tables
    .filter((table) => isAsked(table, asked))
    .flatMap((table) => (table.refersTo ?? []).map((refersTo) => ({ table: shownName(table), refersTo })))
    .filter(({ refersTo }) => !isAsked({ ...known.get(shownName(refersTo)), ...refersTo }, asked));
}

const askedNames = (tables: readonly string[]): ReadonlySet<string> =>
  new Set(tables.map(qualifiedName).flatMap((name) => (name ? [shownName(name)] : [])));

const isAsked = (table: QualifiedName & Pick<Table, 'partOf'>, asked: ReadonlySet<string>): boolean =>
  [table, ...(table.partOf ?? [])].some((one) => asked.has(shownName(one)));
