import type { EventEmitter } from 'node:events';
import type { Socket } from 'node:net';
import type { Client } from 'pg';
import { AnswerTooLarge } from '../../process/limits';

const begins = new WeakMap<Client, () => void>();

/**
 * Counts the bytes that arrive in response to each statement, and closes the connection beyond `maxBytes`:
 * node-postgres collects the rows of a result, and single messages of any length, without limit. Call it before the
 * client connects.
 */
export function limitAnswers(client: Client, maxBytes: number): void {
  let received = 0;
  const begin = (): void => {
    received = 0;
  };
  const count = (stream: Socket): void => {
    // Our listener is the first, so nothing beyond the limit is parsed.
    stream.prependListener('data', (chunk: Buffer) => {
      received += chunk.length;
      if (received > maxBytes) stream.destroy(new AnswerTooLarge(maxBytes));
    });
  };
  const { connection } = client as unknown as { connection: EventEmitter & { stream: Socket; ssl: unknown } };
  if (connection.ssl) connection.once('sslconnect', () => count(connection.stream));
  else count(connection.stream);
  connection.on('readyForQuery', begin);
  begins.set(client, begin);
}

/** Resets the count: what has arrived was consumed and is not kept. */
export function forgetAnswer(client: Client): void {
  begins.get(client)?.();
}
