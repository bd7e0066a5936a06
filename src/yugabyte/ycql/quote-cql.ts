/** A quoted CQL identifier: `"Name"`. */
export const quoteCql = (name: string): string => `"${name.replaceAll('"', '""')}"`;

/** A CQL string: `'it''s'`. */
export const cqlText = (text: string): string => `'${text.replaceAll("'", "''")}'`;
