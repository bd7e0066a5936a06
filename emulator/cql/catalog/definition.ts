import { typeOf, userTypesIn, type UserType } from '../values/types';

/**
 * Types as their CQL text. Kept as JSON in the comment of the PostgreSQL table, so that it travels through the log with
 * the DDL.
 */
export interface CqlColumn {
  name: string;
  type: string;
  kind: 'partition_key' | 'clustering' | 'regular';
  /** Of clustering columns. */
  order?: 'ASC' | 'DESC';
}

export interface CqlIndex {
  name: string;
  unique: boolean;
  partition: string[];
  /** The table's own key columns come last, as the real index has them. */
  clustering: { name: string; order: 'ASC' | 'DESC' }[];
  include: string[];
  transactions: boolean;
  /** Of a partial index. The emulator's index contains every row, which no query can notice. */
  predicate?: string;
}

export interface CqlTable {
  columns: CqlColumn[];
  defaultTtlSeconds: number;
  transactions: boolean;
  tablets?: number;
  indexes: CqlIndex[];
  /** The user-defined types that its columns need, each after those that it needs itself. */
  types: UserType[];
}

/** Column with a row's expiry (milliseconds since the epoch); no CQL name can equal it. */
export const EXPIRES = ' expires';

export const keyOf = ({ columns }: CqlTable): CqlColumn[] => columns.filter(({ kind }) => kind !== 'regular');
export const partitionOf = ({ columns }: CqlTable): CqlColumn[] =>
  columns.filter(({ kind }) => kind === 'partition_key');
export const clusteringOf = ({ columns }: CqlTable): CqlColumn[] => columns.filter(({ kind }) => kind === 'clustering');

/** The user-defined types that these types need, each after those that it needs itself. */
export function neededTypes(types: readonly string[], known: ReadonlyMap<string, UserType>): UserType[] {
  const needed = new Map<string, UserType>();
  const visit = (text: string): void => {
    for (const name of userTypesIn(typeOf(text))) {
      const type = known.get(name);
      if (!type || needed.has(name)) continue;
      for (const field of type.fields) visit(field.type);
      needed.set(name, type);
    }
  };
  for (const text of types) visit(text);
  return [...needed.values()];
}

export const typesByName = (types: readonly UserType[]): Map<string, UserType> =>
  new Map(types.map((type) => [type.name, type]));

/** The definition in a table's comment; undefined for any other comment. */
export function parseDefinition(comment: string | null | undefined): CqlTable | undefined {
  if (comment?.startsWith('{"columns":') !== true) return undefined;
  return JSON.parse(comment) as CqlTable;
}
