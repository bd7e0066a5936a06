import type { ManifestHeader } from '../../../repository';

type Table = ManifestHeader['tables'][number];

/** The tables of a backup that are restored: all, or the named tables of a keyspace with their indexes. */
export function tablesToRestore({ tables }: ManifestHeader, names: readonly string[] | undefined): Table[] {
  if (!names) return tables;
  const chosen = tables.filter(({ kind, name }) => kind !== 'index' && names.includes(name));
  const ids = new Set(chosen.map(({ id }) => id));
  return [...chosen, ...tables.filter(({ indexedTable }) => indexedTable !== undefined && ids.has(indexedTable))];
}

/** The name of a table or index after the restore. */
export const restoredName = ({ name }: Pick<Table, 'name'>, newNames: Readonly<Record<string, string>> = {}): string =>
  newNames[name] ?? name;

/** Names of which the backup has no table. */
export function unknownToBackup({ tables }: ManifestHeader, names: readonly string[] | undefined): string[] {
  return (names ?? []).filter((name) => !tables.some((table) => table.kind !== 'index' && table.name === name));
}
