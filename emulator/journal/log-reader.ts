import type { Client } from 'pg';
import { MESSAGE, PUBLICATION } from '../sql/names';
import { readMessage, type Change } from './pgoutput';

/** Changes read in one go; a transaction is never cut. */
const CHANGES_A_ROUND = 50_000;

/** Writes a marker into the log, in a transaction of its own so that it has a place in commit order. */
export async function writeMarker(client: Client, marker: string): Promise<void> {
  await client.query('SELECT pg_logical_emit_message(true, $1, $2)', [MESSAGE.marker, marker]);
}

/** The next transactions of a slot, without advancing it. `whole`: there are no more. */
export async function peek(client: Client, slot: string): Promise<{ changes: Change[]; whole: boolean }> {
  const { rows } = await client.query({
    text: `SELECT data FROM pg_logical_slot_peek_binary_changes($1, NULL, ${CHANGES_A_ROUND}, 'proto_version', '1', 'publication_names', '${PUBLICATION}', 'messages', 'true')`,
    values: [slot],
    rowMode: 'array',
  });
  return { changes: (rows as [Buffer][]).map(([data]) => readMessage(data)), whole: rows.length < CHANGES_A_ROUND };
}

/** Lets PostgreSQL discard the log up to a position, unless the slot is past it. */
export async function advance(client: Client, slot: string, lsn: string): Promise<void> {
  await client.query(
    `SELECT pg_replication_slot_advance(slot_name, $2::pg_lsn) FROM pg_replication_slots
      WHERE slot_name = $1 AND confirmed_flush_lsn < $2::pg_lsn`,
    [slot, lsn],
  );
}

/** As PostgreSQL writes a position. */
export const lsnText = (lsn: bigint): string =>
  `${(lsn >> 32n).toString(16)}/${(lsn & 0xffffffffn).toString(16)}`.toUpperCase();
