/** Schema of everything that the emulator keeps in a database. The prefix `pg_` makes pg_dump leave it out. */
export const SCHEMA = 'pg_yb_emulator';
export const PUBLICATION = 'pg_yb_emulator';

/** Prefixes of the logical messages that the triggers write into the log. */
export const MESSAGE = {
  /** Relations as they are from here on (JSON array of `DescribedRelation`). */
  described: 'yb.described',
  /** Oids of dropped relations (JSON array). */
  dropped: 'yb.dropped',
  /** A relation got new storage; its rows follow as `row` messages. */
  rewritten: 'yb.rewritten',
  /** `<oid> <record literal>`: one row of a rewritten relation. */
  row: 'yb.row',
  /** A tablegroup was created or dropped (JSON `DescribedGroup`). */
  group: 'yb.group',
  /** Marks a moment in the log: a snapshot reaches up to it. */
  marker: 'yb.marker',
} as const;

/**
 * Begins a comment in front of a statement: base64 of a `StorageNote`, which holds the clauses that only YSQL has
 * (ysql/yb-syntax.ts).
 */
export const NOTE = '/*yb_emulator ';

/** Separates the fields of a line of `dump_edits`, and replaces line breaks in them. */
export const EDIT = { field: '\x1e', newline: '\x1f' } as const;
