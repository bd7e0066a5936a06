import { Client, Connection } from '@temporalio/client';
import { contentOf, DEMO, seedDemo, withSql } from './demo-database';
import type { StackJson } from './stack-json';

interface Backup {
  backupId: string;
  recoveryPoint: string;
  tables: number;
  tablets: number;
  files: number;
  bytes: number;
}

interface Restore {
  database: string;
  verified: { level: string; tablesChecked: number; rowsChecked: number };
}

const mega = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`;

/** The guided tour: backs a database up, loses a table, restores aside and compares row by row. */
export async function runTour(stack: StackJson, say: (line: string) => void): Promise<void> {
  const connection = await Connection.connect({ address: stack.temporal.address });
  const client = new Client({ connection, namespace: stack.temporal.namespace });
  const run = async <R>(type: string, input: object): Promise<R> => {
    const id = `tour/${type}/${new Date().toISOString().replace(/[-:]|\.\d+/g, '')}`;
    const handle = await client.workflow.start(type, {
      taskQueue: 'kalpa/demo',
      workflowId: id,
      args: [input],
      staticSummary: 'the guided tour',
    });
    say(`    ${stack.temporal.ui}/namespaces/${stack.temporal.namespace}/workflows/${encodeURIComponent(id)}`);
    return (await handle.result()) as R;
  };
  try {
    say('');
    say('The tour');
    await seedDemo(stack);
    const before = await contentOf(stack, DEMO);
    const rows = Object.values(before).reduce((sum, table) => sum + table.rows, 0);
    say(`1.  ysql.${DEMO} has ${Object.keys(before).length} tables with ${rows} rows. Backing it up to S3:`);
    const backup = await run<Backup>('backUpDatabase', { database: `ysql.${DEMO}` });
    say(
      `    ✓ ${backup.backupId}: ${backup.tablets} tablets, ${backup.files} files, ${mega(backup.bytes)}, as of ${backup.recoveryPoint}`,
    );

    say('2.  Somebody drops the table order_lines.');
    await withSql(stack, DEMO, async (sql) => await sql.query('DROP TABLE order_lines'));

    const aside = await freeName(stack);
    say(`3.  Restoring the backup aside, as ${aside}:`);
    const restore = await run<Restore>('restoreDatabase', { backup: backup.backupId, as: aside });
    say(
      `    ✓ ${restore.database}, ${restore.verified.tablesChecked} tables and ${restore.verified.rowsChecked} rows verified (${restore.verified.level})`,
    );

    const after = await contentOf(stack, aside);
    const different = Object.keys(before).filter(
      (table) => after[table]?.rows !== before[table]?.rows || after[table]?.digest !== before[table]?.digest,
    );
    if (different.length > 0)
      throw new Error(
        `The tour found a difference in ${different.join(', ')} between ${DEMO} and ${aside}. That is a bug; keep .kalpa and report it.`,
      );
    say(`4.  Compared row by row: all ${rows} rows are there again, order_lines too.`);
    await withSql(
      stack,
      DEMO,
      async (sql) =>
        await sql.query(
          'CREATE TABLE order_lines (order_id bigint NOT NULL REFERENCES orders (id), line integer NOT NULL, sku text NOT NULL REFERENCES products (sku), amount integer NOT NULL, PRIMARY KEY (order_id, line))',
        ),
    );
    const lost = await withSql(
      stack,
      aside,
      async (sql) => (await sql.query('SELECT * FROM order_lines')).rows as Record<string, unknown>[],
    );
    await withSql(
      stack,
      DEMO,
      async (sql) =>
        await sql.query('INSERT INTO order_lines SELECT * FROM json_populate_recordset(NULL::order_lines, $1)', [
          JSON.stringify(lost),
        ]),
    );
    say(`5.  The lost table was copied back into ${DEMO}.`);
  } finally {
    await connection.close();
  }
}

/** The tour can be run again on kept data: each time under a new name. */
async function freeName(stack: StackJson): Promise<string> {
  return await withSql(stack, 'yugabyte', async (sql) => {
    const { rows } = await sql.query<{ name: string }>('SELECT datname AS name FROM pg_database');
    const taken = new Set(rows.map(({ name }) => name));
    for (let n = 1; ; n += 1) if (!taken.has(`${DEMO}_restored_${n}`)) return `${DEMO}_restored_${n}`;
  });
}
