import { createServer, type IncomingMessage, type Server } from 'node:http';
import { json } from 'node:stream/consumers';
import type { KalpaClient } from 'kalpa';
import { migrate, type Outcome } from './migrate';

/** `POST /migrations`. */
interface MigrationRequest {
  id: string;
  database: string;
  /** Statements, in order. */
  sql: string;
}

/** Runs statements in a database on a connection of their own, closed afterwards. */
export type RunSql = (database: string, sql: string) => Promise<void>;

const STATUS: Record<Outcome['state'], number> = {
  migrated: 200,
  'rolled back': 409,
  'not started': 503,
  'NOT rolled back': 500,
};

/**
 * A service that migrates databases, each migration behind a recovery point:
 * `POST /migrations { "id": "2026-11-add-phone", "database": "ysql.orders", "sql": "ALTER TABLE …" }`.
 */
export function migrationService(kalpa: KalpaClient, runSql: RunSql): Server {
  const answer = async (request: IncomingMessage): Promise<{ status: number; body: object }> => {
    if (request.method !== 'POST' || request.url !== '/migrations')
      return { status: 404, body: { error: 'Only POST /migrations is answered.' } };
    const asked = await json(request).catch(() => undefined);
    if (!isMigration(asked)) return { status: 400, body: { error: 'One JSON object is expected: id, database, sql.' } };
    const { id, database, sql } = asked;
    const outcome = await migrate(kalpa, { id, database, apply: async () => await runSql(database, sql) });
    return { status: STATUS[outcome.state], body: outcome };
  };
  return createServer((request, response) => {
    answer(request)
      .catch((error: unknown) => ({ status: 500, body: { error: String(error) } }))
      .then(({ status, body }) =>
        response.writeHead(status, { 'content-type': 'application/json' }).end(`${JSON.stringify(body)}\n`),
      )
      .catch(() => response.destroy());
  });
}

function isMigration(value: unknown): value is MigrationRequest {
  if (typeof value !== 'object' || value === null) return false;
  const { id, database, sql } = value as Record<string, unknown>;
  return [id, database, sql].every((text) => typeof text === 'string' && text !== '');
}
