import type { Literal } from './literal';
import type { QualifiedName } from './reader';
import type { CqlType } from '../values/types';

export interface TableProperties {
  /** Seconds; 0: never. */
  default_time_to_live?: number;
  transactions?: boolean;
  tablets?: number;
}

/** A column, or a path into a JSONB one. */
export interface ColumnPath {
  column: string;
  path: { operator: '->' | '->>'; key: string | number }[];
}

export interface Condition extends ColumnPath {
  operator: '=' | '!=' | '<' | '<=' | '>' | '>=' | 'in';
  values: Literal[];
  /** `IN ?`: one marker stands for all values. */
  oneList?: boolean;
}

export type Assignment =
  | { kind: 'set'; column: string; value: Literal }
  /** `c = c + value`, `c = c - value`. */
  | { kind: 'add' | 'remove'; column: string; value: Literal }
  /** `c[key] = value`. */
  | { kind: 'element'; column: string; key: Literal; value: Literal };

export type Selected =
  | { kind: 'column'; at: ColumnPath; as?: string }
  | { kind: 'call'; name: 'count' | 'min' | 'max' | 'sum' | 'ttl' | 'writetime'; column?: string; as?: string };

export interface CreateTable {
  kind: 'create-table';
  table: QualifiedName;
  ifNotExists: boolean;
  columns: { name: string; type: CqlType }[];
  partition: string[];
  clustering: string[];
  order: ReadonlyMap<string, 'ASC' | 'DESC'>;
  properties: TableProperties;
}

export interface CreateIndex {
  kind: 'create-index';
  name: string;
  table: QualifiedName;
  ifNotExists: boolean;
  unique: boolean;
  partition: string[];
  clustering: string[];
  order: ReadonlyMap<string, 'ASC' | 'DESC'>;
  include: string[];
  properties: TableProperties;
  /** Of a partial index, as the catalog prints it. */
  predicate?: string;
}

export interface AlterTable {
  kind: 'alter-table';
  table: QualifiedName;
  add: { name: string; type: CqlType }[];
  drop: string[];
  rename: { from: string; to: string }[];
  properties: TableProperties;
}

export interface Insert {
  kind: 'insert';
  table: QualifiedName;
  columns: string[];
  values: Literal[];
  ifNotExists: boolean;
  ttlSeconds?: number;
}

export interface Update {
  kind: 'update';
  table: QualifiedName;
  assignments: Assignment[];
  where: Condition[];
  ifExists: boolean;
  ttlSeconds?: number;
}

export interface Delete {
  kind: 'delete';
  table: QualifiedName;
  /** Empty: whole rows. */
  columns: string[];
  where: Condition[];
  ifExists: boolean;
}

export interface Select {
  kind: 'select';
  table: QualifiedName;
  distinct: boolean;
  /** Empty: `*`. */
  selected: Selected[];
  where: Condition[];
  orderBy: { column: string; order: 'ASC' | 'DESC' }[];
  limit?: number;
  offset?: number;
}

export type Statement =
  | { kind: 'create-keyspace'; name: string; ifNotExists: boolean }
  | { kind: 'alter-keyspace'; name: string }
  | { kind: 'drop-keyspace'; name: string; ifExists: boolean }
  | { kind: 'use'; name: string }
  | CreateTable
  | AlterTable
  | { kind: 'drop-table' | 'drop-index' | 'drop-type'; name: QualifiedName; ifExists: boolean }
  | { kind: 'truncate'; table: QualifiedName }
  | CreateIndex
  | { kind: 'create-type'; type: QualifiedName; ifNotExists: boolean; fields: { name: string; type: CqlType }[] }
  | { kind: 'alter-type'; type: QualifiedName; add: { name: string; type: CqlType }[] }
  | Insert
  | Update
  | Delete
  | Select
  | { kind: 'begin'; first: Statement }
  | { kind: 'commit' };
