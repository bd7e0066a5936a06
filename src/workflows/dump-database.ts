import { DUMP_PHASES, dumpDatabaseInput, type DumpDatabaseInput, type DumpDatabaseResult } from '../contract';
import { commitDump } from './dump/commit-dump';
import { dumpParts } from './dump/dump-parts';
import { openDump } from './dump/open-dump';
import { finishRun } from './run/finish-run';
import { ownCluster } from './run/run-context';
import { runOperation, type StartedRun } from './run/run-operation';
import { bytesText, countText } from '../objects/texts';

/**
 * Dumps one database as SQL text, or one keyspace as CQL and CSV, streamed from the tool through compression into the
 * bucket. The manifest comes last and alone makes the dump exist.
 */
export async function dumpDatabase(input: DumpDatabaseInput): Promise<DumpDatabaseResult> {
  return await runOperation(
    {
      name: 'dumpDatabase',
      input: dumpDatabaseInput,
      phases: DUMP_PHASES,
      subject: ({ database }) => `Dump of ${database} on ${ownCluster()}`,
      complete: ({ dumpId, tables, rows, bytes }) =>
        `dump ${dumpId}; ${tables} tables, ${countText(rows)} rows, ${bytesText(bytes)} in the bucket. Load it with \`kalpa load ${dumpId} --as <new name>\`.`,
    },
    input,
    dumpOne,
  );
}

async function dumpOne(begun: StartedRun<DumpDatabaseInput>): Promise<DumpDatabaseResult> {
  const { request, progress, seconds } = begun;
  const { database, tables, schemaOnly, dataOnly, copyOptions } = request;
  const chosen = tables === undefined ? {} : { tables };
  const dump = await openDump(begun, {
    operation: 'dumpDatabase',
    subject: database,
    preflight: { database, ...chosen, rows: schemaOnly !== true, ...(dataOnly ? { rowsAlone: true } : {}) },
  });
  return await finishRun(dump, async () => {
    progress.enter('dump');
    const content = schemaOnly ? 'schema' : dataOnly ? 'data' : 'all';
    const parts = await dumpParts(dump, { database, content, tables, copyOptions });
    const { tables: count, written } = await commitDump(dump, parts);
    return { database, tables: count, ...written, durationSeconds: seconds() };
  });
}
