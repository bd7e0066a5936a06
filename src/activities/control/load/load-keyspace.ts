import { randomBytes } from 'node:crypto';
import { activityInfo, cancellationSignal } from '@temporalio/activity';
import { CqlFailed, isRefusal, linesOf, StatementRefused, ToolFailed, type CqlDefinition } from '../../../yugabyte';
import { showProgress } from '../../heartbeat-interceptor';
import { failWith } from '../../application-failure';
import { makingByCommand, type Making } from '../../made-nothing';
import type { Guarded } from '../../internal-types';
import { loadSpeed, readDefinitions } from '../content/keyspace-content';
import type { ControlDependencies } from '../dependencies';
import { partOf, tablePartsOf, type LoadableDump, type TablePart } from '../lookup/find-dump';
import { confirmGuardians } from '../lock/guardian-state';
import { namespaceIdOf } from '../run/same-database';
import { recordMaking } from '../undo/makings';
import { readDumpText } from '../content/read-dump-text';
import { finalIfNotTransient } from '../run/tool-failure';

export interface CreateKeyspaceInput {
  guarded: Guarded;
  dump: LoadableDump;
  /** The new keyspace. */
  name: string;
  /** Refusals that the caller accepts. */
  accept?: string[];
}

/** Undefined: created by a worker that did not yet identify keyspaces by id. */
export interface CreatedKeyspace {
  namespaceId?: string;
}

/**
 * Runs the definitions of a dump under the new name, and returns the id of the keyspace. Each attempt begins afresh:
 * what an earlier attempt of this run has made (preflight found the name free) is dropped first; a keyspace that exists
 * at the first attempt is someone else's.
 */
export function makeCreateKeyspace(dependencies: ControlDependencies) {
  return async function createKeyspace(input: CreateKeyspaceInput): Promise<CreatedKeyspace | undefined> {
    return await makingByCommand(async (command) => {
      await createOnce(dependencies, input, command);
      const namespaceId = await namespaceIdOf(dependencies.yugabyte(), `ycql.${input.name}`, cancellationSignal());
      return namespaceId === undefined ? {} : { namespaceId };
    });
  };
}

async function createOnce(
  dependencies: ControlDependencies,
  { guarded, dump, name, accept }: CreateKeyspaceInput,
  command: Making,
): Promise<void> {
  await confirmGuardians(dependencies, guarded);
  const yugabyte = dependencies.yugabyte();
  const signal = cancellationSignal();
  const { part } = await partOf(dependencies, dump);
  const [first, ...others] = await readDefinitions(dependencies, part, dump, accept);
  if (first?.makes.kind !== 'keyspace')
    throw failWith('ManifestInvalid', `The text of ${dump.dumpId} does not begin with CREATE KEYSPACE.`);

  const before = await recordMaking(dependencies, guarded.chain, `ycql.${name}`);
  const there = await yugabyte.api('ycql').tables(name, { signal });
  if (there) {
    const ours = new Set(part.tables.map((table) => table.name));
    const foreign = there.filter((table) => table.kind === 'table' && !ours.has(table.name));
    if (before.existed || activityInfo().attempt === 1 || foreign.length > 0)
      throw failWith(
        'AlreadyExists',
        `A keyspace ycql.${name} was created by someone else a moment ago; it was not touched. Choose another name with "as".`,
      );
    await yugabyte.cql.dropTables(name, [...ours], { signal });
    await yugabyte.cql.dropKeyspace(name, { signal });
  }
  const statements = (definitions: CqlDefinition[]): string[] =>
    definitions.map((definition) => definition.statementIn(name));
  try {
    // On its own: if it is refused, nothing was made.
    await command(() => yugabyte.cql.define(statements([first]), { signal }));
    const options = { signal, timeoutMs: dependencies.timing.copyTimeout }; // a table takes seconds
    if (others.length > 0) await command(() => yugabyte.cql.define(statements(others), options), 'inSteps');
  } catch (error) {
    throw refusal(error, `The definitions of ${dump.dumpId} could not be run`, 'What this run created is removed');
  }
}

export interface LoadTableInput {
  guarded: Guarded;
  dump: LoadableDump;
  name: string;
  table: string;
}

/** Rows a second unless the dump says otherwise; the shell's own limit is 1,000. */
const INGEST_RATE = 100_000;

/**
 * Streams the rows of one table from the bucket into it. Rows loaded by an earlier attempt are overwritten;
 * a table made by this run is emptied first, since counters would count twice.
 */
export function makeLoadTable(dependencies: ControlDependencies) {
  return async function loadTable({ guarded, dump, name, table }: LoadTableInput): Promise<{ rows: number }> {
    await confirmGuardians(dependencies, guarded);
    const { cql } = dependencies.yugabyte();
    const signal = cancellationSignal();
    const part = await tablePart(dependencies, dump, table);
    const { columns, delimiter, nullText } = part.csv;
    if (dump.content !== 'data' && activityInfo().attempt > 1) await cql.truncateTable(name, table, { signal });
    const known = new Map((await cql.listColumns(name, table, { signal })).map((column) => [column.name, column]));
    const types = await cql.listTypes(name, { signal });
    const lines = linesOf(readDumpText(dependencies, part, dump.dumpId));
    await lines.next(); // names of the columns
    try {
      const rows = await finalIfNotTransient(
        async () =>
          await cql.loadRows({
            ...{ keyspace: name, table, lines, types, signal },
            columns: columns.map((column) => known.get(column) ?? { name: column, type: 'text', kind: 'regular' }),
            format: { delimiter, nullText },
            nullMarker: `kalpa_null_${randomBytes(16).toString('hex')}`,
            speed: { INGESTRATE: INGEST_RATE, ...loadSpeed(part, dump) },
            timeoutMs: dependencies.timing.copyTimeout,
            onProgress: (loaded) => {
              showProgress({ table, rows: loaded });
            },
          }),
      );
      return { rows };
    } catch (error) {
      const after =
        dump.content === 'data'
          ? `Rows that were loaded stay in ycql.${name}, whose tables were empty before`
          : 'What this run created is removed';
      throw refusal(error, `The rows of ${table} in ${dump.dumpId} could not be loaded`, after);
    } finally {
      await lines.return(undefined);
    }
  };
}

export interface VerifyLoadedTableInput {
  dump: LoadableDump;
  name: string;
  table: string;
}

/**
 * Reads the table again and compares the rows and the digest of their values with the dump. Different:
 * `VerificationFailed`.
 */
export function makeVerifyLoadedTable(dependencies: ControlDependencies) {
  return async function verifyLoadedTable({ dump, name, table }: VerifyLoadedTableInput): Promise<{ rows: number }> {
    const part = await tablePart(dependencies, dump, table);
    const { columns, delimiter, nullText, digest } = part.csv;
    const wanted = part.tables[0]?.rows ?? 0;
    const found = await dependencies.yugabyte().cql.fingerprintTable({
      ...{ keyspace: name, table, columns },
      format: { delimiter, nullText },
      signal: cancellationSignal(),
      timeoutMs: dependencies.timing.copyTimeout,
    });
    if (found.rows === wanted && found.digest === digest) return { rows: found.rows };
    const difference =
      found.rows === wanted
        ? `its ${wanted} rows have other values`
        : `it has ${found.rows} rows, the dump has ${wanted}`;
    throw failWith(
      'VerificationFailed',
      `What was loaded into ycql.${name} differs from what ${dump.dumpId} recorded of ${table}: ${difference}. The keyspace is kept for inspection.`,
      [{ table, rows: found.rows, recorded: wanted }],
    );
  };
}

async function tablePart(dependencies: ControlDependencies, dump: LoadableDump, table: string): Promise<TablePart> {
  const part = (await tablePartsOf(dependencies, dump)).find(({ csv }) => csv.table === table);
  if (!part) throw failWith('ManifestInvalid', `The manifest of ${dump.dumpId} no longer has the rows of ${table}.`);
  return part;
}

/** What the cluster refuses of a dump is reported in the cluster's words, and is final. */
function refusal(error: unknown, problem: string, after: string): unknown {
  const cause =
    error instanceof Error && (error.cause instanceof ToolFailed || error.cause instanceof CqlFailed)
      ? error.cause
      : error;
  const unfit = cause instanceof StatementRefused; // a field that is no value of its column's type
  const byShell = cause instanceof ToolFailed && cause.exitCode === 2 && !cause.transient;
  if (!unfit && !byShell && !isRefusal(cause)) return error;
  return failWith(
    'RestoreFailed',
    `${problem}; the first error: ${unfit ? cause.because : cause.reason}. ${after}. Correct what the message names, in the source or here, then load it again.`,
  );
}
