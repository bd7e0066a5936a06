import { shownName, type QualifiedName } from '../../yugabyte';
import { showProgress } from '../activity-signs';
import { failWith } from '../application-failure';
import type { ControlDependencies } from './dependencies';
import { partOf, type LoadableDump } from './find-dump';
import { chosenTables } from './load/chosen-of-dump';

export interface VerifyLoadedInput {
  dump: LoadableDump;
  name: string;
  tables?: string[];
}

export interface VerifyLoadedResult {
  tables: number;
  rows: number;
  warnings: string[];
}

/** Holds the loaded database against what the dump recorded: its tables, and the rows of each. Unequal: `VerificationFailed`. */
export function makeVerifyLoaded(dependencies: ControlDependencies) {
  return async function verifyLoaded({ dump, name, tables }: VerifyLoadedInput): Promise<VerifyLoadedResult> {
    const { sql } = dependencies.yugabyte();
    const { part } = await partOf(dependencies, dump);
    const there = new Map((await sql.createdRelationsWithStorage(name)).map((table) => [shownName(table), table]));
    const problems = part.tables
      .filter((table) => !there.has(shownName(table)))
      .map((table) => `${shownName(table)} is missing`);
    const counted = chosenTables(part, tables).filter((table) => there.has(shownName(table)));
    let rows = 0;
    for (const table of counted) {
      const found = await sql.countRows(name, table);
      const wanted = table.rows ?? 0;
      // Of an extension's own table a dump holds only what was added to it.
      const enough = there.get(shownName(table))?.ofExtension ? found >= wanted : found === wanted;
      if (!enough) problems.push(`${shownName(table)} has ${found} rows, the dump holds ${wanted}`);
      rows += wanted;
      showProgress({ rowsChecked: rows });
    }
    if (problems.length > 0)
      throw failWith(
        'VerificationFailed',
        `What was loaded is not what ${dump.dumpId} recorded: ${problems.slice(0, 5).join('; ')}${problems.length > 5 ? ` and ${problems.length - 5} more` : ''}. It is kept in database ${name} for a look.`,
        problems.map((problem) => ({ problem, database: name })),
      );
    const invalid = await sql.invalidIndexes(name);
    const warnings = dump.content === 'data' ? await unclaimed(dependencies, name, counted) : [];
    if (invalid.length > 0)
      warnings.push(`Invalid indexes, to be dropped and made again: ${invalid.map(shownName).join(', ')}.`);
    return {
      tables: dump.content === 'data' ? counted.length : part.tables.length,
      rows,
      warnings,
    };
  };
}

/** A foreign key that is NOT VALID says nothing of rows that were there before it; what breaks it is loaded as it was, and told. */
async function unclaimed(
  { yugabyte }: ControlDependencies,
  name: string,
  tables: readonly QualifiedName[],
): Promise<string[]> {
  const { sql } = yugabyte();
  const warnings: string[] = [];
  for (const check of (await sql.rowChecks(name, tables)).filter(({ validated }) => !validated)) {
    const rows = await sql.countViolators(name, check);
    if (rows > 0)
      warnings.push(
        `${rows === 1_000 ? 'At least 1000' : rows} rows break the ${check.what}, which is NOT VALID, as they did in the dump.`,
      );
  }
  return warnings;
}
