import { cancellationSignal } from '@temporalio/activity';
import { shownName, type QualifiedName } from '../../../yugabyte';
import { showProgress } from '../../heartbeat-interceptor';
import { failWith } from '../../application-failure';
import type { ControlDependencies } from '../dependencies';
import { partOf, type LoadableDump } from '../lookup/find-dump';
import { chosenTables } from '../lookup/chosen-tables';
import { comparedByCount, compareRows } from './compare-rows';
import { firstOf } from '../../../objects/texts';

export interface VerifyLoadedInput {
  dump: LoadableDump;
  name: string;
  tables?: string[];
}

export interface VerifyLoadedResult {
  tables: number;
  rows: number;
  /** Tables whose values were compared too. */
  comparedByValue: number;
  warnings: string[];
}

/**
 * Compares the loaded database with what the dump recorded: its tables, the rows of each, and their values by the
 * digest of the dump's text. Different: `VerificationFailed`. Where values can't be compared, the counts are, and the
 * result says so.
 */
export function makeVerifyLoaded(dependencies: ControlDependencies) {
  return async function verifyLoaded({ dump, name, tables }: VerifyLoadedInput): Promise<VerifyLoadedResult> {
    const { sql } = dependencies.yugabyte();
    const { part } = await partOf(dependencies, dump);
    const signal = cancellationSignal();
    const there = new Map(
      (await sql.createdRelationsWithStorage(name, { signal })).map((table) => [shownName(table), table]),
    );
    const problems = part.tables
      .filter((table) => !there.has(shownName(table)))
      .map((table) => `${shownName(table)} is missing`);
    const wanted = chosenTables(part, tables).filter((table) => there.has(shownName(table)));
    const compared = await compareRows(sql, {
      database: name,
      tables: wanted.map((table) => ({ ...table, someOnly: there.get(shownName(table))?.ofExtension ?? false })),
      rowText: part.rowText,
      forMs: dependencies.timing.copyTimeout,
      signal,
      onProgress: (rowsChecked) => {
        showProgress({ rowsChecked });
      },
    });
    problems.push(...compared.flatMap(({ problem }) => problem ?? []));
    if (problems.length > 0)
      throw failWith(
        'VerificationFailed',
        `What was loaded is not what ${dump.dumpId} recorded: ${firstOf(problems, 5, '; ')}. It is kept as database ${name} for inspection.`,
        problems.map((problem) => ({ problem, database: name })),
      );
    const warnings = comparedByCount(compared, dump.dumpId);
    const invalid = await sql.invalidIndexes(name);
    if (dump.content === 'data') warnings.push(...(await unclaimed(dependencies, name, wanted, signal)));
    if (invalid.length > 0)
      warnings.push(`Invalid indexes, to be dropped and created again: ${invalid.map(shownName).join(', ')}.`);
    return {
      tables: dump.content === 'data' ? wanted.length : part.tables.length,
      rows: wanted.reduce((sum, { rows = 0 }) => sum + rows, 0),
      comparedByValue: compared.filter(({ byValue }) => byValue).length,
      warnings,
    };
  };
}

/**
 * A foreign key that is NOT VALID says nothing about rows that were there before it; rows that break it are loaded as
 * they were, and reported.
 */
async function unclaimed(
  { yugabyte }: ControlDependencies,
  name: string,
  tables: readonly QualifiedName[],
  signal: AbortSignal,
): Promise<string[]> {
  const { sql } = yugabyte();
  const warnings: string[] = [];
  for (const check of (await sql.rowChecks(name, tables, { signal })).filter(({ validated }) => !validated)) {
    const rows = await sql.countViolators(name, check, { signal });
    if (rows === undefined)
      warnings.push(
        `Whether rows violate the ${check.name}, which is NOT VALID, could not be found out in the time of one statement; rows that did in the source do here. To find out: VALIDATE CONSTRAINT.`,
      );
    else if (rows > 0)
      warnings.push(
        `${rows === 1_000 ? 'At least 1000' : rows} rows violate the ${check.name}, which is NOT VALID, as they did in the source.`,
      );
  }
  return warnings;
}
