import { createHash, type Hash } from 'node:crypto';
import { cancellationSignal } from '@temporalio/activity';
import { bareName, SCRATCH_NAME } from '../../../contract';
import type { DumpPart } from '../../../repository';
import {
  DumpRefused,
  quoteQualified,
  rowsFrame,
  scriptOfDump,
  shownName,
  splitDump,
  StatementFailed,
  StatementRefused,
  UnfinishedSql,
  type QualifiedName,
  type RowsFrame,
  type ScriptOptions,
} from '../../../yugabyte';
import { showProgress } from '../../heartbeat-interceptor';
import { failWith } from '../../application-failure';
import { makingByCommand } from '../../made-nothing';
import type { Guarded } from '../../internal-types';
import type { ControlDependencies } from '../dependencies';
import { partOf, type LoadableDump } from '../lookup/find-dump';
import { confirmGuardians } from '../lock/guardian-state';
import { chosenTables } from '../lookup/chosen-tables';
import { confirmSameDatabase, namespaceIdOf } from '../run/same-database';
import type { RowsIntoTables } from './check-rows';
import { readDumpText } from '../content/read-dump-text';
import { warningsOfRewriting } from '../content/schema-to-load';
import { finalIfNotTransient } from '../run/tool-failure';
import { given } from '../../../objects/given';

export interface LoadTextInput {
  guarded: Guarded;
  dump: LoadableDump;
  /** The scratch database; for a dump of rows only, the database that has the tables. */
  name: string;
  /** The name that it has in the end. */
  as: string;
  tables?: string[];
  roles: 'require' | 'skip';
  /** For a dump of rows only. */
  rowsInto?: RowsIntoTables;
  /** SHA-256 of the text as it was read by the check: no other text is loaded. */
  sha256: string;
  /** Refused statements that the caller has accepted, by digest. (`false`: a run started before refusals had names.) */
  accepted?: string[] | false;
}

export interface LoadedText {
  warnings: string[];
  /** Statements that the configured role ran, by kind; everything else was run by the load's own role. */
  byServer?: Record<string, number>;
  /** Of the scratch database, if the masters report it. */
  namespaceId?: string;
}

/**
 * Streams a dump from the bucket into the database, statement by statement, stopping at the first SQL error. Each
 * attempt begins afresh: a half-loaded scratch database of this run (the name is the marker) is dropped first; rows
 * only are loaded in one transaction, and a later attempt first ends the old one and checks whether it committed.
 */
export function makeLoadText(dependencies: ControlDependencies) {
  return async function loadText(input: LoadTextInput): Promise<LoadedText> {
    const { dump, name } = input;
    const yugabyte = dependencies.yugabyte();
    const { sql } = yugabyte;
    if (dump.content === 'data') {
      await confirmGuardians(dependencies, input.guarded);
      const known = { database: `ysql.${name}`, namespaceId: input.rowsInto?.namespaceId };
      await confirmSameDatabase(yugabyte, known, cancellationSignal());
      const { part } = await partOf(dependencies, dump);
      // The answer of an earlier attempt may have been lost, and its session may still commit: then the rows would be
      // there twice.
      await sql.endOwnSessions(name, { signal: cancellationSignal() });
      const done = await isLoaded(dependencies, input, part);
      const { warnings } = done ? { warnings: [] } : await run(dependencies, input, part);
      // Older releases commit DDL on their own, so it is checked separately from the transaction.
      await sql.enableTriggers(name, input.rowsInto?.triggers ?? []);
      return { warnings };
    }
    return await makingByCommand(async (command) => {
      await confirmGuardians(dependencies, input.guarded);
      const { part } = await partOf(dependencies, dump);
      if (!SCRATCH_NAME.test(name)) throw new Error(`${name} is no scratch name; it is never dropped.`);
      await sql.dropDatabase(name);
      const loaded = await command(() => run(dependencies, input, part), 'inSteps');
      // A failed lookup is not worth loading again: a scratch name belongs to this run alone.
      const namespaceId = await namespaceIdOf(yugabyte, `ysql.${name}`, cancellationSignal()).catch(() => undefined);
      return { ...loaded, ...given({ namespaceId }) };
    });
  };
}

async function run(dependencies: ControlDependencies, input: LoadTextInput, part: DumpPart): Promise<LoadedText> {
  const { config, timing } = dependencies;
  const { dump, name, as, tables, roles } = input;
  const wanted = tables && new Set(chosenTables(part, tables).map(shownName));
  const signal = cancellationSignal();
  const warnings: string[] = [];
  const hash = createHash('sha256');
  const text = hashed(readDumpText(dependencies, part, dump.dumpId), hash);
  const rows = dump.content === 'data' ? await rowsOptions(dependencies, input, part) : undefined;
  const script = scriptOfDump(splitDump(text), {
    ...(rows?.skipSequence ? { skipSequence: rows.skipSequence } : {}),
    ...(dump.content === 'data' ? {} : { rename: { from: bareName(dump.database), to: name } }),
    leaveOut: { roles: roles === 'skip' },
    onEnd: (found) => warnings.push(...warningsOfRewriting(found, { from: bareName(dump.database), to: as })),
    ...(wanted ? { onlyRowsOf: (table: QualifiedName) => wanted.has(shownName(table)) } : {}),
  });
  try {
    return await finalIfNotTransient(async () => {
      try {
        const { byServer, harmless } = await dependencies.yugabyte().runScript({
          script: shown(script),
          content: dump.content === 'data' ? 'rows' : 'database',
          database: dump.content === 'data' ? name : config.ysql.database,
          makes: name,
          from: bareName(dump.database),
          ...(rows ? { transaction: rows.frame } : {}),
          confined: config.ysql.confineLoads,
          accepted: input.accepted || [],
          confirm: () => {
            confirmText(hash, input);
          },
          signal,
          timeoutMs: timing.copyTimeout,
        });
        return { warnings: [...warnings, ...harmless], ...(Object.keys(byServer).length > 0 ? { byServer } : {}) };
      } catch (error) {
        throw sqlFailure(error, input);
      }
    });
  } finally {
    await script.return(undefined);
  }
}

/** Statements around rows only; for chosen tables, only their own sequences are set. */
async function rowsOptions(
  { yugabyte }: ControlDependencies,
  { name, tables, rowsInto }: LoadTextInput,
  part: DumpPart,
): Promise<{ frame: RowsFrame; skipSequence?: NonNullable<ScriptOptions['skipSequence']> }> {
  const { sql } = yugabyte();
  const loaded = chosenTables(part, tables);
  const checks = await sql.rowChecks(name, loaded);
  const { silent = false, triggers = [] } = rowsInto ?? {};
  const frame = rowsFrame({ silent, triggers, checks, tables: loaded });
  if (tables === undefined) return { frame };
  const { alongside } = await sql.chooseTables(name, loaded.map(quoteQualified), { rowsAlone: true });
  const own = new Set(alongside.map(shownName));
  return { frame, skipSequence: (sequence) => !own.has(shownName(sequence)) };
}

/** A fault of the dump itself: reported with its statement, and final. */
function sqlFailure(error: unknown, { dump, name }: LoadTextInput): unknown {
  if (error instanceof StatementRefused) return failWith('ContentRefused', `${dump.dumpId}: ${error.message}.`);
  const reason =
    error instanceof StatementFailed
      ? error.reason
      : error instanceof DumpRefused || error instanceof UnfinishedSql
        ? error.message
        : undefined;
  if (reason === undefined) return error;
  const kept = dump.content === 'data' ? `None of it is left in ${name}` : 'The scratch database is removed';
  return failWith(
    'RestoreFailed',
    `${dump.dumpId} could not be loaded; it stopped at the first SQL error: ${reason}. ${kept}. Correct what the message names, in the source or here, then load it again.`,
  );
}

async function* hashed(text: AsyncIterable<Buffer>, hash: Hash): AsyncGenerator<Buffer> {
  for await (const chunk of text) {
    hash.update(chunk);
    yield chunk;
  }
}

/** The text that was run must be the one that was checked. */
function confirmText(hash: Hash, { dump, sha256 }: LoadTextInput): void {
  const found = hash.digest('hex');
  if (found !== sha256)
    throw failWith(
      'ContentRefused',
      `The text of ${dump.dumpId} has changed since it was checked (SHA-256 ${found}, not ${sha256}): someone is overwriting it. What was loaded is removed.`,
    );
}

async function* shown(script: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let bytes = 0;
  for await (const chunk of script) {
    bytes += chunk.length;
    showProgress({ textBytes: bytes });
    yield chunk;
  }
}

/** Whether every table has the rows of the dump; preflight found them empty. */
async function isLoaded(
  { yugabyte }: ControlDependencies,
  { name, tables }: LoadTextInput,
  part: DumpPart,
): Promise<boolean> {
  const { sql } = yugabyte();
  let some = false;
  for (const table of chosenTables(part, tables)) {
    if (!(await sql.hasRows(name, table))) {
      if ((table.rows ?? 0) > 0) return false;
      continue;
    }
    if ((await sql.countRows(name, table)) !== table.rows) return false;
    some = true;
  }
  return some;
}
