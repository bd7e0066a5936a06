import { cancellationSignal } from '@temporalio/activity';
import { bareName, DUMP_SPEED, LOAD_SPEED, type CopyOptions } from '../../../contract';
import { findDumpPart, FORMAT, layout, writeDumpPart, type DumpFile, type DumpPartRef } from '../../../repository';
import { abortUploads, sha256Of } from '../../../transfer';
import {
  COPY_FORMAT,
  cqlStatements,
  columnsOfHeader,
  linesOf,
  readCql,
  RowDigest,
  createdObject,
  type CqlStatement,
} from '../../../yugabyte';
import { showProgress } from '../../heartbeat-interceptor';
import { failWith } from '../../application-failure';
import type { Guarded } from '../../internal-types';
import { madeContentWarnings } from '../content/content-findings';
import type { ControlDependencies } from '../dependencies';
import { withObjectLock } from '../run/object-lock';
import type { DumpIdentity } from './open-dump';
import { confirmGuardians } from '../lock/guardian-state';
import { finalIfNotTransient } from '../run/tool-failure';
import { untoldPredicates } from './untold-predicates';
import { uploadText } from './upload-text';

export interface DumpKeyspaceInput {
  guarded: Guarded;
  dump: DumpIdentity;
  /** `ycql.shop`. */
  database: string;
  content: 'all' | 'schema' | 'data';
  /** Only these. */
  tables?: string[];
}

export interface DumpedKeyspace {
  part: DumpPartRef;
  /** Tables whose rows are dumped next. */
  tables: string[];
  /** Tables whose rows expire (`default_time_to_live`). */
  expiring: string[];
  /** Why no load will accept the definitions. */
  warnings?: string[];
}

const NOTHING_NEEDED = { roles: [], tablespaces: [], extensions: [] };

/**
 * The keyspace's definitions: what `DESC KEYSPACE` prints; for chosen tables only their statements. A dump of rows only
 * has none.
 */
export function makeDumpKeyspace(shared: ControlDependencies) {
  return async function dumpKeyspace(input: DumpKeyspaceInput): Promise<DumpedKeyspace> {
    await confirmGuardians(shared, input.guarded);
    const { dump, database, content, tables } = input;
    const dependencies = await withObjectLock(shared, dump);
    const { repository } = dependencies;
    const described = await describe(dependencies, database);
    const chosen = cqlStatements(described).filter((statement) => isChosen(statement, tables));
    const made = chosen.flatMap(({ text }) => {
      const makes = createdObject(text);
      return makes.kind === 'table'
        ? [{ name: makes.name, expires: /default_time_to_live\s*=\s*[1-9]/i.test(text) }]
        : [];
    });
    const names = made.map(({ name }) => name);
    const sha256 = sha256Of(Buffer.from(described));
    const warnings = [
      ...refusedLater(described, database),
      ...(content === 'data'
        ? []
        : untoldPredicates(await dependencies.yugabyte().capabilities(cancellationSignal()), database, chosen)),
    ];
    const rest = {
      ...(warnings.length > 0 ? { warnings } : {}),
      tables: names,
      expiring: made.filter(({ expires }) => expires).map(({ name }) => name),
    };
    const done = await findDumpPart(repository, dump.dumpId, { part: database });
    if (done && done.described !== sha256) throw changed(database);
    if (done) return { part: done, ...rest };
    await abortOpenUploads(dependencies, dump);
    const text = Buffer.from(chosen.map((statement) => `${statement.text}\n\n`).join(''));
    const files = content === 'data' ? [] : await upload(dependencies, dump, database, text);
    const part = await writeDumpPart(repository, dump.dumpId, {
      format: FORMAT,
      part: database,
      content,
      described: sha256,
      files,
      textBytes: content === 'data' ? 0 : text.length,
      tables: names.map((name) => ({ schema: '', name })),
      needs: NOTHING_NEEDED,
    });
    return { part, ...rest };
  };
}

export interface DumpTableInput {
  guarded: Guarded;
  dump: DumpIdentity;
  database: string;
  table: string;
  copyOptions: CopyOptions;
}

/**
 * The rows of one table as `COPY TO` prints them: streamed, counted and digested. If an earlier attempt left its
 * record, that is the answer.
 */
export function makeDumpTable(shared: ControlDependencies) {
  return async function dumpTable({
    guarded,
    dump,
    database,
    table,
    copyOptions,
  }: DumpTableInput): Promise<DumpPartRef> {
    await confirmGuardians(shared, guarded);
    const dependencies = await withObjectLock(shared, dump);
    const { repository, timing } = dependencies;
    const done = await findDumpPart(repository, dump.dumpId, { part: database, table });
    if (done) return done;
    await abortOpenUploads(dependencies, dump);
    const format = {
      delimiter: copyOptions.DELIMITER ?? COPY_FORMAT.delimiter,
      nullText: copyOptions.NULL ?? COPY_FORMAT.nullText,
    };
    const digest = new RowDigest();
    let columns: string[] = [];
    let textBytes = 0;
    let uploadedBytes = 0;
    let files: DumpFile[] = [];
    await finalIfNotTransient(async () => {
      await dependencies.yugabyte().cql.copyTable(
        {
          ...{ keyspace: bareName(database), table, format, header: true },
          speed: chosenOf(copyOptions, DUMP_SPEED),
          signal: cancellationSignal(),
          timeoutMs: timing.copyTimeout,
        },
        async (printed) => {
          async function* counted(): AsyncGenerator<Buffer> {
            let batch: Buffer[] = [];
            let bytes = 0;
            for await (const line of linesOf(printed)) {
              if (columns.length === 0) columns = columnsOfHeader(line, format);
              else digest.add(line);
              batch.push(line, LINE_END);
              bytes += line.length + LINE_END.length;
              if (bytes < BATCH_BYTES) continue;
              textBytes += bytes;
              yield Buffer.concat(batch);
              showProgress({ table, rows: digest.rows, textBytes, uploadedBytes });
              batch = [];
              bytes = 0;
            }
            textBytes += bytes;
            yield Buffer.concat(batch);
          }
          const name = { part: database, table, extension: 'csv' } as const;
          files = await uploadText(dependencies, dump, name, counted(), (bytes) => {
            uploadedBytes = bytes;
          });
        },
      );
    });
    if (columns.length === 0)
      throw failWith('ToolFailed', `ycqlsh printed nothing of ${database}, table ${table}, not even its columns.`);
    return await writeDumpPart(repository, dump.dumpId, {
      format: FORMAT,
      part: database,
      content: 'data',
      csv: { table, columns, ...format, digest: digest.digest, load: chosenOf(copyOptions, LOAD_SPEED) },
      files,
      textBytes,
      tables: [{ schema: '', name: table, rows: digest.rows }],
      needs: NOTHING_NEEDED,
    });
  };
}

const LINE_END = Buffer.from('\r\n');
const BATCH_BYTES = 256 * 1024;

/** Checks that the definitions are still those that were dumped; otherwise the rows would not fit the columns. */
export function makeConfirmKeyspace(dependencies: ControlDependencies) {
  return async function confirmKeyspace(input: { database: string; described: string }): Promise<void> {
    const described = await describe(dependencies, input.database);
    if (sha256Of(Buffer.from(described)) !== input.described) throw changed(input.database);
  };
}

/** What a load would refuse, reported while the source can still be changed. */
function refusedLater(described: string, database: string): string[] {
  const report = readCql(described, bareName(database));
  return madeContentWarnings(`the definitions of ${database}`, { ...report, named: [], leftOut: [] });
}

const changed = (database: string): Error =>
  failWith(
    'SchemaChanging',
    `Tables of ${database} were changed while it was dumped, so its rows may not fit its definitions. Nothing was committed; dump it again when no table is being changed.`,
  );

async function describe({ yugabyte }: ControlDependencies, database: string): Promise<string> {
  return await yugabyte().cql.describeKeyspace(bareName(database), { signal: cancellationSignal() });
}

function isChosen({ text }: CqlStatement, tables: readonly string[] | undefined): boolean {
  if (!tables) return true;
  const makes = createdObject(text);
  if (makes.kind === 'table') return tables.includes(makes.name);
  return makes.kind !== 'index' || tables.includes(makes.table);
}

async function abortOpenUploads({ repository, config }: ControlDependencies, { dumpId }: DumpIdentity): Promise<void> {
  await abortUploads(repository.store, layout.dump(config.cluster, dumpId), { signal: cancellationSignal() });
}

async function upload(
  dependencies: ControlDependencies,
  dump: DumpIdentity,
  database: string,
  text: Buffer,
): Promise<DumpFile[]> {
  async function* whole(): AsyncGenerator<Buffer> {
    yield await Promise.resolve(text);
  }
  return await uploadText(dependencies, dump, { part: database, extension: 'cql' }, whole(), () => undefined);
}

function chosenOf(options: CopyOptions, names: readonly (keyof CopyOptions)[]): Record<string, number> {
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = options[name];
      return typeof value === 'number' ? [[name, value]] : [];
    }),
  );
}
