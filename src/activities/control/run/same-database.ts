import { namespaceOf, type Yugabyte } from '../../../yugabyte';
import { failWith } from '../../application-failure';
import { given } from '../../../objects/given';

/** A database or keyspace as the run first saw it: dropped and recreated, it has another id under the same name. */
export interface KnownDatabase {
  database: string;
  /** Absent: an older run did not note it, and nothing is compared. */
  namespaceId?: string | undefined;
}

/** The id of the database that has this name now; undefined: there is none. */
export async function namespaceIdOf(
  yugabyte: Yugabyte,
  database: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  return namespaceOf(await yugabyte.http.dumpEntities(signal), database)?.id;
}

/** Whether the name still belongs to that database; without a noted id it is assumed to. */
export async function isSameDatabase(
  yugabyte: Yugabyte,
  { database, namespaceId }: KnownDatabase,
  signal: AbortSignal,
): Promise<boolean> {
  return namespaceId === undefined || (await namespaceIdOf(yugabyte, database, signal)) === namespaceId;
}

/**
 * Fails with `NotFound` when the name belongs to another database now: what was looked up and confirmed concerned the
 * dropped one.
 */
export async function confirmSameDatabase(
  yugabyte: Yugabyte,
  { database, namespaceId }: KnownDatabase,
  signal: AbortSignal,
): Promise<void> {
  if (namespaceId === undefined || namespaceId === '') return;
  const now = await namespaceIdOf(yugabyte, database, signal);
  if (now === namespaceId) return;
  throw failWith(
    'NotFound',
    now === undefined
      ? `${database} was dropped or renamed after this run had looked at it. It was not touched; if the change was intended, start again.`
      : `${database} was dropped and created again after this run had looked at it, so what this run had looked up, and what was confirmed, concerned another database. It was not touched; check it (kalpa inspect), and start again.`,
    [{ database, namespaceId, ...given({ now }) }],
  );
}
