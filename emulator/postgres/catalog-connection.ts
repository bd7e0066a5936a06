import type { Client, QueryResultRow } from 'pg';
import { connect, type Postgres } from './connect';

/**
 * One connection that stays, for what is asked of the catalogue again and again: the emulator looks several times a
 * second, and a connection of its own for each look is a process of PostgreSQL's each time. It is to the database
 * `postgres`, where an open one hinders nobody.
 */
export class CatalogConnection {
  private open: Promise<Client> | undefined;

  constructor(private readonly postgres: Postgres) {}

  /** Reads; if the connection was lost, once more on a new one. */
  async read<Row extends QueryResultRow>(text: string, values: readonly unknown[] = []): Promise<Row[]> {
    const stood = this.open;
    try {
      return await this.ask<Row>(text, values);
    } catch (error) {
      if (stood === undefined) throw error;
      return await this.ask<Row>(text, values);
    }
  }

  async end(): Promise<void> {
    const { open } = this;
    this.open = undefined;
    await (await open?.catch(() => undefined))?.end().catch(() => undefined);
  }

  private async ask<Row extends QueryResultRow>(text: string, values: readonly unknown[]): Promise<Row[]> {
    const open = (this.open ??= connect(this.postgres, 'postgres'));
    try {
      return (await (await open).query<Row>(text, [...values])).rows;
    } catch (error) {
      if (this.open === open) await this.end(); // whatever it was, the next one begins anew
      throw error;
    }
  }
}
