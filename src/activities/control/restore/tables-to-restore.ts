import type { ManifestHeader } from '../../../repository';

type Table = ManifestHeader['tables'][number];

/** What of a backup is restored: everything, or the named tables of a keyspace with their indexes. */
export function tablesToRestore({ tables }: ManifestHeader, names: readonly string[] | undefined): Table[] {
  if (!names) return tables;
  const chosen = tables.filter(({ kind, name }) => kind !== 'index' && names.includes(name));
  const ids = new Set(chosen.map(({ id }) => id));
  return [...chosen, ...tables.filter(({ indexedTable }) => indexedTable !== undefined && ids.has(indexedTable))];
}

/** What a table or index is called once it is restored. */
export const restoredName = ({ name }: Pick<Table, 'name'>, newNames: Readonly<Record<string, string>> = {}): string =>
  newNames[name] ?? name;

/** Names that the backup has no table of. */
export function unknownToBackup({ tables }: ManifestHeader, names: readonly string[] | undefined): string[] {
  return (names ?? []).filter((name) => !tables.some((table) => table.kind !== 'index' && table.name === name));
}
