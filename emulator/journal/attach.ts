import type { Client } from 'pg';
import { SCHEMA } from '../sql/names';
import { connect, quoted, withDatabase, type Postgres } from '../postgres/connect';
import type { DatabaseState } from '../state';
import { keyspaceIn } from '../cql/catalog/keyspace-name';
import { Journal, tableIdOf, ycqlIdOf, type DescribedRelation } from './journal';
import { parseRecordLiteral } from './record-literal';

/**
 * Begins to follow a database: a slot, and the rows that stand there, read in the very snapshot where the slot begins, so that no row is
 * missed or read twice. The result is not saved yet; an attempt that was killed is done again with a new slot.
 */
export async function attach(postgres: Postgres, oid: number, name: string): Promise<Journal> {
  const slot = `yb_${oid}`;
  const replication = await connect(postgres, name, { replication: 'database' });
  try {
    await withDatabase(postgres, 'postgres', async (admin) => {
      await admin.query(
        'SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE slot_name = $1 AND NOT active',
        [slot],
      );
    });
    const { rows } = await replication.query<{ consistent_point: string; snapshot_name: string }>(
      `CREATE_REPLICATION_SLOT "${slot}" LOGICAL pgoutput (SNAPSHOT 'export')`,
    );
    const [begin] = rows;
    if (!begin) throw new Error(`PostgreSQL made no slot for database ${name}.`);
    const keyspace = keyspaceIn(name);
    const database: DatabaseState = {
      oid,
      id: keyspace === undefined ? tableIdOf(oid, 0) : ycqlIdOf(oid, 0),
      name,
      ...(keyspace === undefined ? {} : { keyspace }),
      slot,
      flushedLsn: '0',
      hybridMicros: String(BigInt(Date.now()) * 1000n),
      tables: [],
      hidden: [],
      schemas: [],
    };
    const journal = new Journal(database);
    await withDatabase(postgres, name, async (client) => {
      await client.query(
        `BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET TRANSACTION SNAPSHOT '${begin.snapshot_name}'`,
      );
      await groupsThatStand(client, journal);
      await copyWhatStands(client, journal);
      await client.query('COMMIT');
    });
    return journal;
  } finally {
    await replication.end().catch(() => undefined);
  }
}

/** The parent table of a colocated database of the old kind is there from its start, others come with their tablegroup. */
async function groupsThatStand(client: Client, journal: Journal): Promise<void> {
  const { rows } = await client.query<{ colocated: boolean; legacy: boolean; groups: string[] }>(
    `SELECT colocated, legacy, ARRAY(SELECT oid::text FROM ${SCHEMA}.tablegroup ORDER BY oid) AS groups FROM ${SCHEMA}.database`,
  );
  const [{ colocated, legacy, groups } = { colocated: false, legacy: false, groups: [] }] = rows;
  if (colocated) journal.database.colocated = legacy ? 'legacy' : 'colocation';
  for (const oid of legacy ? ['0'] : groups) journal.group({ oid: Number(oid) });
}

async function copyWhatStands(client: Client, journal: Journal): Promise<void> {
  const { rows } = await client.query<{ relations: DescribedRelation[] }>(
    `SELECT ${SCHEMA}.describe(array_agg(oid)) AS relations FROM pg_class WHERE oid >= 16384 AND relkind IN ('r', 'p', 'm')`,
  );
  for (const relation of rows[0]?.relations ?? []) {
    journal.describe(relation);
    const table = journal.database.tables.find(({ oid }) => oid === relation.oid);
    if (!table || relation.kind === 'p' || !relation.populated) continue;
    const columns = relation.columns.map((column) => quoted(column.name)).join(', ');
    const { rows: lines } = await client.query<{ line: string }>(
      `SELECT ROW(${columns})::text AS line FROM ONLY ${quoted(relation.schema)}.${quoted(relation.name)}`,
    );
    for (const { line } of lines) journal.insert(table, relation.columns.length === 0 ? [] : parseRecordLiteral(line));
  }
  journal.finish();
}
