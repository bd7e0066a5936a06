import { workflowInfo } from '@temporalio/workflow';
import { apiOf, DUMP_PHASES, dumpDatabaseInput, type DumpDatabaseInput, type DumpDatabaseResult } from '../contract';
import { dumpKeyspace } from './dump/dump-keyspace';
import { openDump } from './dump/open-dump';
import { checkedInput } from './failure';
import { finishRun } from './finish-run';
import { patient, streaming } from './policies';
import { RunProgress, upsertKnown } from './progress';
import { ownCluster, readSettings } from './run-context';

/**
 * Dumps one database as SQL text, or one keyspace as CQL and CSV, streamed from the tool through the compressor into the bucket. The manifest
 * comes last and alone makes the dump exist.
 */
export async function dumpDatabase(input: DumpDatabaseInput): Promise<DumpDatabaseResult> {
  const request = checkedInput('dumpDatabase', dumpDatabaseInput, input);
  const { database, tables, schemaOnly, dataOnly, copyOptions, whenBusy, waitAtMost } = request;
  const progress = new RunProgress('dumpDatabase', `Dump of ${database} on ${ownCluster()}`, DUMP_PHASES);
  const settings = await readSettings();
  const startedAt = workflowInfo().startTime;
  const chosen = tables === undefined ? {} : { tables };
  const dump = await openDump(
    {
      operation: 'dumpDatabase',
      subject: database,
      preflight: { database, ...chosen, rows: schemaOnly !== true },
      whenBusy,
      waitAtMost,
    },
    settings,
    progress,
  );
  return await finishRun({ ...dump, request, database }, async () => {
    const { identity, guardians } = dump;
    progress.enter('dump');
    const guarded = guardians.guarded();
    const content = schemaOnly ? 'schema' : dataOnly ? 'data' : 'all';
    const parts =
      apiOf(database) === 'ycql'
        ? await dumpKeyspace(dump, { database, content, tables, copyOptions })
        : [
            await streaming(settings, `ysql_dump of ${database} into the bucket`).dumpText({
              guarded,
              dump: identity,
              part: { database, content },
              ...chosen,
            }),
          ];
    progress.enter('manifest');
    const committed = await patient(settings, `commit ${identity.dumpId}`).commitDump({
      guarded,
      dump: identity,
      parts,
    });
    upsertKnown(settings, { KalpaBytes: committed.bytes });
    return {
      dumpId: identity.dumpId,
      database,
      tables: committed.tables,
      files: committed.files,
      bytes: committed.bytes,
      rows: committed.rows,
      manifest: committed.manifest,
      durationSeconds: Math.round((Date.now() - startedAt.getTime()) / 100) / 10,
    };
  });
}
