import type { Client } from 'pg';
import type { Cluster } from '../../cluster';
import { connect } from '../../postgres/connect';
import { invalid, keyspaceNotFound } from '../errors';
import { keyspaceExists } from '../catalog/keyspaces';
import { databaseNameOf } from '../catalog/keyspace-name';
import type { QualifiedName } from '../language/reader';

/** One client's connection: its keyspace, and a PostgreSQL connection for each keyspace that it uses. */
export class Session {
  keyspace: string | undefined;
  /** Inside BEGIN TRANSACTION … END TRANSACTION: the keyspaces that take part. */
  transaction: Set<string> | undefined;
  private readonly clients = new Map<string, Client>();

  constructor(
    readonly cluster: Cluster,
    /** The address that the client connected to. */
    readonly address = cluster.options.host,
  ) {}

  /** The keyspace of a name. Throws a `CqlError` if none is chosen. */
  keyspaceOf({ keyspace = this.keyspace }: QualifiedName): string {
    if (keyspace === undefined) throw invalid('Keyspace Not Found. No keyspace is specified (ql error -308)');
    return keyspace;
  }

  /** A connection to a keyspace. Throws a `CqlError` if it does not exist. */
  async client(keyspace: string): Promise<Client> {
    let client = this.clients.get(keyspace);
    if (!client) {
      if (!(await keyspaceExists(this.cluster, keyspace))) throw keyspaceNotFound(keyspace);
      client = await connect(this.cluster.options.postgres, databaseNameOf(keyspace));
      client.once('end', () => this.clients.delete(keyspace));
      this.clients.set(keyspace, client);
    }
    if (this.transaction && !this.transaction.has(keyspace)) {
      await client.query('BEGIN');
      this.transaction.add(keyspace);
    }
    return client;
  }

  /** Runs work in a transaction, or in the open one. */
  async atomically<T>(keyspace: string, work: (client: Client) => Promise<T>): Promise<T> {
    const client = await this.client(keyspace);
    if (this.transaction) return await work(client);
    await client.query('BEGIN');
    try {
      const result = await work(client);
      await client.query('COMMIT');
      return result;
    } catch (error) {
      await client.query('ROLLBACK').catch(() => undefined);
      throw error;
    }
  }

  /** Ends the open transaction, if any. */
  async endTransaction(how: 'COMMIT' | 'ROLLBACK'): Promise<void> {
    const taking = this.transaction ?? new Set<string>();
    this.transaction = undefined;
    for (const keyspace of taking) await this.clients.get(keyspace)?.query(how);
  }

  /** Closes the connection to a keyspace that is about to be dropped, or all connections. */
  async close(only?: string): Promise<void> {
    for (const [keyspace, client] of [...this.clients]) {
      if (only !== undefined && keyspace !== only) continue;
      this.clients.delete(keyspace);
      await client.end().catch(() => undefined);
    }
  }
}
