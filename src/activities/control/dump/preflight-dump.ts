import { apiOf, bareName, type Api } from '../../../contract';
import { didYouMean } from '../../../contract/fields/nearest-name';
import { shownName, type TableChoice } from '../../../yugabyte';
import { addMissingDatabase, checkNamed, inspectDatabase, hiddenAs } from '../preflight/check-database';
import { checkCluster } from '../preflight/check-cluster';
import { checkRights } from '../preflight/check-rights';
import { checkStore } from '../preflight/check-store';
import type { Checks } from '../preflight/checks';
import { definePreflight } from '../preflight/define-preflight';
import { patternsOf } from './upload-dump';
import { firstOf } from '../../../objects/texts';

export interface PreflightDumpInput {
  /** Absent: every database of the cluster. */
  database?: string;
  /** Without a database: the API whose databases are dumped. Default: YSQL. */
  api?: Api;
  tables?: string[];
  /** The dump includes rows. */
  rows: boolean;
  /** The dump has nothing but rows. */
  rowsAlone?: boolean;
  unlisted?: string;
}

export interface PreflightDumpResult {
  /** The databases to dump, `ysql.…` or `ycql.…`, by name. */
  databases: string[];
  warnings: string[];
}

/** Refuses early, with everything that is wrong in one message. A dump needs no node worker. */
export const makePreflightDump = definePreflight<PreflightDumpInput, PreflightDumpResult>({
  subject: ({ database }, { cluster }) => `The dump of ${database ?? cluster}`,
  ask: async (checks, input) => {
    const api = input.database === undefined ? (input.api ?? 'ysql') : apiOf(input.database);
    const [cluster] = await Promise.all([checkCluster(checks, api), checkStore(checks)]);
    const toDump = api === 'ysql' ? databasesToDump : keyspacesToDump;
    const databases = cluster.listed && cluster.loginAccepted ? await toDump(checks, input) : [];
    return { databases, warnings: checks.findings.warnings };
  },
});

async function databasesToDump(checks: Checks, input: PreflightDumpInput): Promise<string[]> {
  const { database, tables, rows } = input;
  const databases = database === undefined ? await allDatabases(checks) : await theDatabase(checks, database);
  for (const one of databases) if (rows) await checkRights(checks, one, "it can't be dumped");
  if (tables && database !== undefined && databases.length > 0)
    await checkTables(checks, bareName(database), tables, input);
  return databases;
}

async function theDatabase(checks: Checks, database: string): Promise<string[]> {
  const exists = await checks.look(
    `The database ${database}`,
    async ({ yugabyte }, { signal }) => await yugabyte().api(database).exists(bareName(database), { signal }),
  );
  const hidden = hiddenAs(database);
  if (exists && hidden === undefined) return [database];
  if (exists === false && hidden === undefined) await addMissingDatabase(checks, database);
  else if (exists !== undefined && hidden !== undefined)
    checks.add('NotFound', `${database} is ${hidden}, which is not dumped.`, { database });
  return [];
}

/** Databases that accept connections; the others are reported, since the dump leaves them out. */
async function allDatabases(checks: Checks): Promise<string[]> {
  const [listed, closed] = await Promise.all([
    checks.look('The databases', async ({ yugabyte }, { signal }) => await yugabyte().sql.listDatabases({ signal })),
    checks.look(
      'The closed databases',
      async ({ yugabyte }, { signal }) => await yugabyte().sql.closedDatabases({ signal }),
    ),
  ]);
  if (closed && closed.length > 0)
    checks.warn(
      `Not in the dump, since they allow no connections (ALLOW_CONNECTIONS false, or templates with CONNECTION LIMIT 0): ${closed.map((name) => `ysql.${name}`).join(', ')}.`,
    );
  return (listed ?? []).map(({ name }) => `ysql.${name}`).filter((database) => hiddenAs(database) === undefined);
}

/** The keyspaces of a dump, `ycql.…`, by name; whatever prevents it is a finding. */
async function keyspacesToDump(checks: Checks, { database, tables, rows }: PreflightDumpInput): Promise<string[]> {
  if (rows) {
    checks.warn(
      'Rows of a keyspace are read table by table, so they are not of one moment, and a dump has neither times to live nor write times. A backup (backUpDatabase) has both.',
    );
  }
  if (database === undefined) {
    const names = await checks.look(
      'The keyspaces',
      async ({ yugabyte }, { signal }) => await yugabyte().api('ycql').list({ signal }),
    );
    const keyspaces = (names ?? []).map((name) => `ycql.${name}`).sort();
    for (const keyspace of keyspaces) if (rows) await checkPrintable(checks, keyspace);
    return keyspaces;
  }
  const there = await inspectDatabase(checks, database);
  if (there === undefined) return [];
  if (there === 'none') {
    await addMissingDatabase(checks, database);
    return [];
  }
  checkNamed(checks, { database, tables, there });
  const made = there.filter(({ kind }) => kind === 'table').map(({ name }) => name);
  if (rows) await checkPrintable(checks, database, tables ?? made);
  return [database];
}

/** Rows that the shell prints otherwise than they can be read again. Indexes are listed among the tables. */
async function checkPrintable(checks: Checks, database: string, tables?: readonly string[]): Promise<void> {
  const found = await checks.look(
    `The columns of ${database}`,
    async ({ yugabyte }, { signal }) => await yugabyte().cql.listUnprintable(bareName(database), { signal }),
  );
  const unprintable = (found ?? []).filter(({ table }) => tables?.includes(table) ?? true);
  if (unprintable.length === 0) return;
  checks.add(
    'PreflightFailed',
    `Rows of ${database} can't be dumped: ${first(unprintable.map(({ table, column, because }) => `column ${column} of table ${table}: ${because}`))}. Dump the other tables ("tables"), or the definitions alone; a backup (backUpDatabase) holds everything.`,
    { columns: unprintable.slice(0, 20).map(({ table, column }) => `${table}.${column}`) },
  );
}

/** Linux allows 2 MiB for arguments and environment, plus 8 bytes for each. */
const MAX_ARGUMENT_BYTES = 1_000_000;

async function nearestTable(checks: Checks, name: string, [unknown = '']: readonly string[]): Promise<string> {
  const there = await checks.lookIfThere(
    undefined,
    async ({ yugabyte }, { signal }) => await yugabyte().sql.createdRelationsWithStorage(name, { signal }),
  );
  return didYouMean(unknown, (there ?? []).map(shownName));
}

/** The chosen tables exist, and none of them needs a table that was not chosen. */
async function checkTables(
  checks: Checks,
  name: string,
  tables: readonly string[],
  { rowsAlone = false }: PreflightDumpInput,
): Promise<void> {
  const choice = await checks.look(
    'The tables',
    async ({ yugabyte }, { signal }) => await yugabyte().sql.chooseTables(name, tables, { signal, rowsAlone }),
  );
  if (!choice) return;
  if (choice.unknown.length > 0)
    checks.add(
      'NotFound',
      `ysql.${name} has no table ${choice.unknown.join(', ')}.${await nearestTable(checks, name, choice.unknown)} Give the names as they are stored, as "schema.table" unless the schema is public; quote names with capitals or special characters.`,
      { tables: choice.unknown },
    );
  if (choice.outside.length > 0)
    checks.add(
      'PreflightFailed',
      `The chosen tables need tables that were not chosen, so the dump could not be loaded: ${first(choice.outside.map(needOf))}. Add those tables.`,
      { missing: choice.outside.map(({ refersTo }) => refersTo), chosen: choice.chosen.map(shownName).slice(0, 20) },
    );
  if (choice.inTheWay.length > 0)
    checks.add(
      'PreflightFailed',
      `${first(choice.inTheWay)} needs a table that was not chosen, and a dump of ysql.${name} without it could not be loaded. Add that table, or dump the whole database.`,
      { objects: choice.inTheWay },
    );
  const bytes = patternsOf(choice).reduce((sum, pattern) => sum + Buffer.byteLength(pattern) + 32, 0);
  if (bytes > MAX_ARGUMENT_BYTES)
    checks.add(
      'PreflightFailed',
      `To choose ${choice.chosen.length} tables of ysql.${name} takes ${bytes} bytes of arguments, more than the operating system allows. Choose fewer at a time, or dump the whole database and load the chosen ones.`,
    );
}

const needOf = ({ table, refersTo, by }: TableChoice['outside'][number]): string =>
  by === '' ? `${table} is a part of ${refersTo}` : `${table} needs ${refersTo} (${by})`;

const first = (texts: readonly string[]): string => firstOf(texts, 10, '; ');
