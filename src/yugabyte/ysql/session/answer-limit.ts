import type { EventEmitter } from 'node:events';
import type { Socket } from 'node:net';
import type { Client } from 'pg';
import { AnswerTooLarge } from '../../process/limits';

const begins = new WeakMap<Client, () => void>();

/**
 * Counts what comes over a connection in answer to each statement, and breaks it off beyond `maxBytes`: node-postgres
 * gathers the rows of a result, and single messages of any length, without a limit. To be called before the client
 * connects.
 */
export function limitAnswers(client: Client, maxBytes: number): void {
  let received = 0;
  const begin = (): void => {
    received = 0;
  };
  const count = (stream: Socket): void => {
    // Ours is the first listener, so nothing is parsed of what is too much.
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

/** What has come was used and is not kept. */
export function forgetAnswer(client: Client): void {
  begins.get(client)?.();
}
