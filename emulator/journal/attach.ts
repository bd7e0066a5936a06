import type { Client } from 'pg';
import { SCHEMA } from '../sql/names';
import { connect, quoted, withDatabase, type Postgres } from '../postgres/connect';
import type { DatabaseState } from '../state';
import { keyspaceIn } from '../cql/catalog/keyspace-name';
import { Journal, tableIdOf, ycqlIdOf, type DescribedRelation } from './journal';
import { parseRecordLiteral } from './record-literal';

/** Attempts to read a database while DDL keeps changing it. */
const MAX_ATTEMPTS = 8;

/** Runs `work` while new transactions in a database are blocked. */
type Quietly = <T>(database: string, work: () => Promise<T>) => Promise<T>;

/**
 * Begins to follow a database: creates a slot, and reads the existing rows in exactly the snapshot at which the slot
 * begins, so that no row is missed or read twice. The result is not saved yet; after a kill the attempt is repeated
 * with a new slot.
 *
 * PostgreSQL reads the rows of an older moment by the present catalog: a table that has been dropped, rewritten or
 * truncated since can't be read any more. So if DDL was committed meanwhile, the attempt is repeated, from the second
 * one on while no new transaction begins.
 */
export async function attach(postgres: Postgres, oid: number, name: string, quietly: Quietly): Promise<Journal> {
  const once = async (): Promise<Journal | undefined> => await attachOnce(postgres, oid, name);
  let journal = await once();
  for (let tried = 1; !journal && tried < MAX_ATTEMPTS; tried += 1) journal = await quietly(name, once);
  if (journal) return journal;
  throw new Error(`Database ${name} changed under each of ${MAX_ATTEMPTS} attempts to read it.`);
}

/** Undefined: DDL was committed in between. */
async function attachOnce(postgres: Postgres, oid: number, name: string): Promise<Journal | undefined> {
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
    return await withDatabase(postgres, name, async (client) => {
      await client.query(
        `BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET TRANSACTION SNAPSHOT '${begin.snapshot_name}'`,
      );
      const then = await layoutSeen(client);
      const failed = await readWhatStands(client, journal).then(
        () => undefined,
        (error: unknown) => ({ error }),
      );
      await client.query('ROLLBACK');
      if ((await layoutSeen(client)) !== then) return undefined;
      if (failed) throw failed.error;
      return journal;
    });
  } finally {
    await replication.end().catch(() => undefined);
  }
}

/** Changes when DDL or TRUNCATE is committed. */
async function layoutSeen(client: Client): Promise<string> {
  const { rows } = await client.query<{ seen: string }>(
    `SELECT (SELECT current_version FROM ${SCHEMA}.catalog_version) || '/' || md5(string_agg(concat_ws(' ', oid, relfilenode), ',' ORDER BY oid)) AS seen
       FROM pg_class WHERE oid >= 16384`,
  );
  return rows[0]?.seen ?? '';
}

async function readWhatStands(client: Client, journal: Journal): Promise<void> {
  await groupsThatStand(client, journal);
  await copyWhatStands(client, journal);
}

/**
 * The parent table of an old-style colocated database exists from its beginning; others are created with their
 * tablegroup.
 */
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
