import type { DumpPart } from '../../../repository';
import { qualifiedName, shownName, type QualifiedName } from '../../../yugabyte';

type Table = DumpPart['tables'][number];

/** Tables whose rows are loaded: all, or the named ones with their partitions and inheritance children. */
export function chosenTables(part: DumpPart, tables: readonly string[] | undefined): DumpPart['tables'] {
  const chosen = tables && namesOf(tables);
  return part.tables.filter((table) => table.rows !== undefined && (chosen === undefined || isChosen(table, chosen)));
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
  const chosen = namesOf(tables);
  const known = new Map(part.tables.map((table) => [shownName(table), table]));
  return part.tables
    .filter((table) => isChosen(table, chosen))
    .flatMap((table) => (table.refersTo ?? []).map((refersTo) => ({ table: shownName(table), refersTo })))
    .filter(({ refersTo }) => !isChosen({ ...known.get(shownName(refersTo)), ...refersTo }, chosen));
}

const namesOf = (tables: readonly string[]): ReadonlySet<string> =>
  new Set(tables.map(qualifiedName).flatMap((name) => (name ? [shownName(name)] : [])));

const isChosen = (table: QualifiedName & Pick<Table, 'partOf'>, chosen: ReadonlySet<string>): boolean =>
  [table, ...(table.partOf ?? [])].some((one) => chosen.has(shownName(one)));
