import { randomBytes } from 'node:crypto';

/** Prefix of every database, keyspace and role that a run of `kalpa conformance` creates. */
export const PREFIX = 'kalpa_conformance_';

const NAME = /^kalpa_conformance_([0-9a-f]{8})_[a-z0-9_]+$/;

/** Distinguishes one run of the command from every other. */
export const newToken = (): string => randomBytes(4).toString('hex');

export const nameOf = (token: string, suffix: string): string => `${PREFIX}${token}_${suffix}`;

/** The run that this name belongs to; undefined for a name that this command did not choose. */
export const tokenOf = (name: string): string | undefined => NAME.exec(name)?.[1];

/**
 * The connection limit that a database is created with and keeps until it is marked. It exists from the creation on, so
 * a run that is killed in between leaves nothing that can't be recognised. No server accepts that many connections.
 */
export const limitOf = (token: string): number => 1_000_000_000 + parseInt(token.slice(0, 7), 16);

/** Contains the token in each database: the name alone proves nothing, since anyone may have chosen it. */
export const MARKER = { schema: 'kalpa_conformance', table: 'made_by' } as const;
/** For a keyspace, which has no schemas. */
export const KEYSPACE_MARKER = 'kalpa_conformance_made_by';
