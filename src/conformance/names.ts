import { randomBytes } from 'node:crypto';

/** Every database, keyspace and role that a run of `kalpa conformance` makes begins so. */
export const PREFIX = 'kalpa_conformance_';

const NAME = /^kalpa_conformance_([0-9a-f]{8})_[a-z0-9_]+$/;

/** Tells one run of the command from every other one. */
export const newToken = (): string => randomBytes(4).toString('hex');

export const nameOf = (token: string, what: string): string => `${PREFIX}${token}_${what}`;

/** The run that this name belongs to; undefined for a name of somebody else. */
export const tokenOf = (name: string): string | undefined => NAME.exec(name)?.[1];

/**
 * The limit of connections that a database is made with, and keeps until it is marked: it comes into being with it, so
 * that a run that is killed between the two leaves nothing that isn't known. No server lets so many in.
 */
export const limitOf = (token: string): number => 1_000_000_000 + parseInt(token.slice(0, 7), 16);

/** Holds the token inside each database: the name alone proves nothing, anybody may have chosen it. */
export const MARKER = { schema: 'kalpa_conformance', table: 'made_by' } as const;
/** In a keyspace, which has no schemas. */
export const KEYSPACE_MARKER = 'kalpa_conformance_made_by';
