import { setTimeout as sleep } from 'node:timers/promises';
import { Client, Connection } from '@temporalio/client';
import { contentOf, DEMO, giveTableBack, LOST_TABLE, seedDemo, withSql, type Content } from './demo-database';
import { count, Guide, mega, timeForId } from './guide';
import { keepAndProve } from './keep-and-prove';
import type { StackJson } from '../stack-json';

interface Backup {
  backupId: string;
  recoveryPoint: string;
  tables: number;
  tablets: number;
  files: number;
  bytes: number;
  durationSeconds: number;
}

interface Restore {
  database: string;
  verified: { level: string; tablesChecked: number; rowsChecked: number };
  durationSeconds: number;
}

interface Recovered {
  database: string;
  recoveredTo: string;
}

const A_SECOND = 1_000;

/**
 * The guided tour: backs a database up, drops a table, restores beside it, compares row by row, copies the table back;
 * makes an incremental backup, verifies it and shows what retention would do; then has the cluster keep the history,
 * makes a mistake, inspects the second before it in a copy, and rewinds to it.
 */
export async function runTour(stack: StackJson, print: (line: string) => void): Promise<void> {
  const connection = await Connection.connect({ address: stack.temporal.address });
  const guide = new Guide(new Client({ connection, namespace: stack.temporal.namespace }), stack, print);
  try {
    print('\nThe tour: a database is backed up, damaged, and recovered.\n');
    await seedDemo(stack);
    const before = await contentOf(stack, DEMO);
    print(
      `1. ysql.${DEMO} has ${count(Object.keys(before).length)} tables with ${count(rowsOf(before))} rows. Back it up to S3:`,
    );
    const backup = await guide.run<Backup>('backUpDatabase', `backup/demo/ysql.${DEMO}/${timeForId()}`, {
      database: `ysql.${DEMO}`,
    });
    print(`   ✓ ${backup.backupId}`);
    print(
      `     ${count(backup.tables)} tables, ${count(backup.tablets)} tablets, ${count(backup.files)} files, ${mega(backup.bytes)}; as of ${backup.recoveryPoint}\n`,
    );

    print(`2. Someone drops the table ${LOST_TABLE}.`);
    await withSql(stack, DEMO, async (sql) => await sql.query(`DROP TABLE ${LOST_TABLE}`));
    print(`   ✗ ${count(before[LOST_TABLE]?.length ?? 0)} rows are gone.\n`);

    const aside = await nameAside(stack, 'restored');
    print(`3. Restore the backup beside the original, as ${aside}:`);
    const restore = await guide.run<Restore>('restoreDatabase', `restore/demo/ysql.${aside}/${timeForId()}`, {
      backup: backup.backupId,
      as: aside,
    });
    const { level, tablesChecked, rowsChecked } = restore.verified;
    print(`   ✓ ${restore.database}: ${count(tablesChecked)} tables, ${count(rowsChecked)} rows verified (${level})\n`);

    print('4. Compare it row by row with the state before the loss:');
    refuseDifferences(before, await contentOf(stack, aside), aside);
    print(`   ✓ all ${count(rowsOf(before))} rows are equal.\n`);

    await giveTableBack(stack, aside);
    refuseDifferences(before, await contentOf(stack, DEMO), DEMO);
    print(`5. ${LOST_TABLE} was copied back from ${aside}: ysql.${DEMO} is complete again.\n`);
    await keepAndProve(guide, backup.backupId);
    await travelInTime(stack, guide, print);
  } finally {
    await connection.close();
  }
}

/** The third part: the history that the cluster itself keeps. */
async function travelInTime(stack: StackJson, guide: Guide, print: (line: string) => void): Promise<void> {
  const database = `ysql.${DEMO}`;
  const before = await contentOf(stack, DEMO);
  print('9. Let the cluster keep the history of the database, so that it can be recovered to any moment:');
  await guide.run('enablePointInTimeRecovery', `pitr/demo/${database}/${timeForId()}`, {
    database,
    every: '1 hour',
    keep: '1 day',
  });
  await sleep(A_SECOND);
  const to = new Date().toISOString();
  await sleep(A_SECOND);
  print(`   ✓ It is ${to}. A second later someone forgets a WHERE: DELETE FROM ${LOST_TABLE}\n`);
  await withSql(stack, DEMO, async (sql) => await sql.query(`DELETE FROM ${LOST_TABLE}`));

  const as = await nameAside(stack, 'before');
  print(`10. First inspect the second before it in a copy, ${as}:`);
  const run = { database, to };
  await guide.run<Recovered>('recoverToPointInTime', `recover/demo/ysql.${as}/${timeForId()}`, { ...run, as });
  refuseDifferences(before, await contentOf(stack, as), as);
  print(`   ✓ all ${count(rowsOf(before))} rows are there.\n`);

  print('11. Then rewind the database itself in place, confirmed by its name:');
  const rewound = await guide.run<Recovered>('recoverToPointInTime', `recover/demo/${database}/${timeForId()}`, {
    ...run,
    confirmDataLoss: database,
  });
  refuseDifferences(before, await contentOf(stack, DEMO), DEMO);
  print(`   ✓ ${database} holds ${rewound.recoveredTo} again, row by row.`);
}

function refuseDifferences(expected: Content, found: Content, database: string): void {
  for (const [table, rows] of Object.entries(expected)) {
    const others = found[table] ?? [];
    const at = rows.findIndex((row, i) => row !== others[i]);
    if (at < 0 && rows.length === others.length) continue;
    throw new Error(
      `Table ${table} of ${database} has ${count(others.length)} rows where ${count(rows.length)} were before, the first difference at row ${at + 1} of the sorted rows. That is a bug of Kalpa or of the emulator: keep .kalpa and report it.`,
    );
  }
}

const rowsOf = (content: Content): number => Object.values(content).reduce((sum, rows) => sum + rows.length, 0);

/**
 * The next free name; copies of earlier tours are dropped, all but the newest, so that the demo does not grow for ever.
 */
async function nameAside(stack: StackJson, suffix: 'restored' | 'before'): Promise<string> {
  return await withSql(stack, 'yugabyte', async (sql) => {
    const { rows } = await sql.query<{ name: string }>('SELECT datname AS name FROM pg_database');
    const form = new RegExp(`^${DEMO}_${suffix}_(\\d+)$`);
    const taken = rows.flatMap(({ name }) => form.exec(name)?.slice(1).map(Number) ?? []).sort((a, b) => a - b);
    for (const n of taken.slice(0, -1)) await sql.query(`DROP DATABASE ${DEMO}_${suffix}_${n} WITH (FORCE)`);
    return `${DEMO}_${suffix}_${(taken.at(-1) ?? 0) + 1}`;
  });
}
