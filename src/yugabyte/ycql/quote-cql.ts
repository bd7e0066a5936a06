/** An identifier as CQL takes it in any case: `"Name"`. */
export const quoteCql = (name: string): string => `"${name.replaceAll('"', '""')}"`;

/** A text as CQL takes it: `'it''s'`. */
export const cqlText = (text: string): string => `'${text.replaceAll("'", "''")}'`;
