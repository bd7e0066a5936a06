/** A literal of a statement; its meaning depends on the column's type. */
export type Literal =
  | { kind: 'null' }
  | { kind: 'text' | 'number' | 'uuid' | 'blob' | 'name'; value: string }
  | { kind: 'boolean'; value: boolean }
  | { kind: 'list'; items: Literal[] }
  /** `{a, b}` or `{a: b}`: a set, a map or a user-defined type. */
  | { kind: 'braces'; entries: { key: Literal; value?: Literal }[] }
  | { kind: 'call'; name: string; args: Literal[] }
  /**
   * A marker whose value is not known yet: the statement is being prepared. `at`: which one of the statement, from 0.
   */
  | { kind: 'marker'; at: number };
