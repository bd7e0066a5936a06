import { cancellationSignal } from '@temporalio/activity';
import { apiOf, languageOf } from '../../../contract';
import { runAll } from '../../../transfer';
import type { ReadOptions, TableReader } from '../../../yugabyte';
import { failWith } from '../../application-failure';
import { showProgress } from '../../heartbeat-interceptor';
import { headerOf } from '../lookup/backup-store';
import { UNPOPULATED } from '../fingerprint/count-tables';
import { tablesToRestore, restoredName } from './tables-to-restore';
import { namespaceIdOf } from '../run/same-database';
import type { ControlDependencies } from '../dependencies';
import type { RestorableBackup } from '../lookup/find-backup';
import type { ManifestHeader } from '../../../repository';
import { firstOf } from '../../../objects/texts';

export interface VerifyRestoredInput {
  backup: RestorableBackup;
  /** Bare name of what was restored into. */
  scratchName: string;
  /** Of what was imported into. */
  namespaceId?: string;
  /** Of a keyspace: only these were restored. */
  tables?: string[];
  /** Of a keyspace: new names. */
  renameTables?: Record<string, string>;
  level: 'objects' | 'counts' | 'full';
  /** If the comparison fails, the database is dropped, not kept for inspection. */
  dropped?: boolean;
}

export interface VerifyRestoredResult {
  tablesChecked: number;
  rowsChecked: number;
  warnings: string[];
}

/**
 * Compares the restored database with what the backup recorded: its relations; above level `objects` the row counts,
 * and the digests of the values where the backup has them. Different: `VerificationFailed`, and the database keeps its
 * scratch name.
 */
export function makeVerifyRestored(dependencies: ControlDependencies) {
  return async function verifyRestored(input: VerifyRestoredInput): Promise<VerifyRestoredResult> {
    const header = await headerOf(dependencies, input.backup);
    const { copyTimeout: timeoutMs } = dependencies.timing; // counting may take longer here than in the source
    const options = { signal: cancellationSignal(), timeoutMs };
    const { scratchName: name } = input;
    await confirmImportedInto(dependencies, input, `${apiOf(header.database)}.${name}`);
    const api = dependencies.yugabyte().api(header.database);
    const compared = await api.reading(name, async (reader) => await compare(reader, header, { ...input, options }));
    const invalid = await api.invalidIndexes(name);
    if (invalid.length > 0)
      compared.warnings.push(
        `Invalid indexes, to be dropped and created again: ${invalid.map((index) => `${index.schema}.${index.name}`).join(', ')}.`,
      );
    return compared;
  };
}

/**
 * A database dropped and recreated while files were placed has the name, and perhaps tables of the same names, but not
 * what was restored.
 */
async function confirmImportedInto(
  { yugabyte }: ControlDependencies,
  { backup, namespaceId }: VerifyRestoredInput,
  database: string,
): Promise<void> {
  if (namespaceId === undefined || (await namespaceIdOf(yugabyte(), database, cancellationSignal())) === namespaceId)
    return;
  throw failWith(
    'VerificationFailed',
    `The database that ${backup.backupId} was restored into was dropped or renamed before it could be verified: ${database} is not the one that was imported into (${namespaceId}), and was left alone. Start the restore again.`,
    [{ database, namespaceId }],
  );
}

async function compare(
  reader: TableReader,
  header: ManifestHeader,
  input: VerifyRestoredInput & { options: ReadOptions },
): Promise<VerifyRestoredResult> {
  const { backup, tables: chosen, renameTables, level, options } = input;
  const nameOf = ({ schema = '', name }: { schema?: string | undefined; name: string }): string =>
    schema === '' ? name : `${schema}.${name}`;
  const there = new Set(((await reader.tables({ signal: options.signal })) ?? []).map(nameOf));
  // Only the masters know the parent of colocated tables; SQL never lists it.
  const wanted = tablesToRestore(header, chosen)
    .filter(({ kind }) => kind !== 'colocationParent')
    .map((table) => ({ ...table, name: restoredName(table, renameTables) }));
  const problems = wanted.filter((table) => !there.has(nameOf(table))).map((table) => `${nameOf(table)} is missing`);
  const warnings: string[] = [];
  const result: VerifyRestoredResult = { tablesChecked: 0, rowsChecked: 0, warnings };
  const tables = wanted.filter(({ kind }) => kind !== 'index');
  const counted =
    level === 'objects' ? [] : tables.filter((table) => table.rows !== undefined && there.has(nameOf(table)));
  let open = 0;
  await runAll(counted, reader.atOnce, new AbortController(), async (table) => {
    const digest = table.fingerprint; // values are compared if those of the source were digested
    const relation = { schema: table.schema ?? '', name: table.name };
    const found =
      digest === undefined
        ? { rows: await reader.count(relation, options), digest }
        : await reader.digest(relation, options);
    const problem = differenceOf({ ...table, name: nameOf(table) }, found);
    if (problem !== undefined && table.approximate !== undefined) {
      open += 1;
      warnings.push(`${problem}. This need not be an error: ${table.approximate}.`);
    } else {
      if (problem !== undefined) problems.push(problem);
      result.tablesChecked += 1;
      result.rowsChecked += found.rows;
    }
    showProgress({ tablesChecked: result.tablesChecked, rowsChecked: result.rowsChecked });
  });
  if (level === 'objects') result.tablesChecked = tables.length;
  warnings.push(...notCompared(tables, level, result.tablesChecked + open));
  if (problems.length > 0) {
    throw failWith(
      'VerificationFailed',
      `The restored database is not what ${backup.backupId} recorded: ${firstOf(problems, 5, '; ')}. ${whatBecomes(input, header.database)}`,
      problems.map((problem) => ({ problem, database: input.scratchName })),
    );
  }
  return result;
}

/** What happens to a database that failed the comparison. */
function whatBecomes({ scratchName, dropped }: VerifyRestoredInput, database: string): string {
  if (dropped) return 'The database was dropped; restore the backup to inspect it, and verify the others.';
  const { renames } = languageOf(database);
  return `${renames ? `It was not given its name; it is kept as ${scratchName}` : `It is kept as ${apiOf(database)}.${scratchName}`} for inspection; drop it when you are done.`;
}

/** How a restored table differs from what was recorded, in figures; undefined: not at all. */
function differenceOf(
  { name, rows = 0, fingerprint }: Pick<ManifestHeader['tables'][number], 'name' | 'rows' | 'fingerprint'>,
  found: { rows: number; digest: string | undefined },
): string | undefined {
  if (found.rows !== rows) return `${name} has ${found.rows} rows, and the backup recorded ${rows}`;
  return found.digest === fingerprint
    ? undefined
    : `${name} has the recorded ${rows} rows with other values (digest ${found.digest ?? ''} instead of ${fingerprint ?? ''})`;
}

/** Which part of the requested level could not be done. Exported for tests. */
export function notCompared(
  tables: readonly Pick<ManifestHeader['tables'][number], 'rows' | 'fingerprint' | 'notCounted'>[],
  level: VerifyRestoredInput['level'],
  checked: number,
): string[] {
  if (level === 'objects') return [];
  // For a view without rows, existing is all there is to compare.
  const comparable = tables.filter(({ notCounted }) => notCounted !== UNPOPULATED).length;
  const warnings: string[] = [];
  if (comparable > checked)
    warnings.push(
      `${comparable - checked} of ${comparable} tables could not be compared: the backup has no ${level === 'full' ? 'digest or count' : 'count'} of them.`,
    );
  if (level === 'full' && tables.some(({ rows, fingerprint }) => rows !== undefined && fingerprint === undefined))
    warnings.push('Some tables were compared by their counts only: the backup was made without "fingerprint": "full".');
  return warnings;
}
