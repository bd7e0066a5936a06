import { DUMP_PHASES, dumpClusterInput, type DumpClusterInput, type DumpClusterResult } from '../contract';
import { dumpKeyspace } from './dump/dump-keyspace';
import { warnedPart } from './dump/warned-part';
import { openDump } from './dump/open-dump';
import { finishRun } from './run/finish-run';
import { patient, streaming } from './run/policies';
import type { DumpPartRef } from '../repository';
import type { Dump } from './dump/open-dump';
import { upsertKnown } from './run/progress';
import { bytesText, countText } from './run/render-details';
import { ownCluster } from './run/run-context';
import { runOperation, type Begun } from './run/run-operation';

/**
 * Dumps what `ysql_dumpall` dumps: roles and tablespaces by that tool, then each database by `ysql_dump`, as a part of its own that can be
 * loaded by itself. Each database is of one moment; they are not all of the same. Of YCQL: each keyspace.
 */
export async function dumpCluster(input: DumpClusterInput): Promise<DumpClusterResult> {
  return await runOperation(
    {
      name: 'dumpCluster',
      input: dumpClusterInput,
      phases: DUMP_PHASES,
      subject: ({ api }) => `Dump of all ${api} databases on ${ownCluster()}`,
      complete: ({ dumpId, databases: count, rows, bytes }) =>
        `dump ${dumpId}; ${count} databases, ${countText(rows)} rows, ${bytesText(bytes)} in the bucket. Load one with \`kalpa load ${dumpId} --database <database> --as <new name>\`.`,
    },
    input,
    dumpAll,
  );
}

async function dumpAll({ request, settings, progress, seconds }: Begun<DumpClusterInput>): Promise<DumpClusterResult> {
  const { api, rolesOnly, schemaOnly, whenBusy, waitAtMost } = request;
  const dump = await openDump(
    {
      operation: 'dumpCluster',
      subject: api,
      preflight: { ...(api === 'ycql' ? { api } : {}), rows: schemaOnly !== true && rolesOnly !== true },
      whenBusy,
      waitAtMost,
    },
    settings,
    progress,
  );
  return await finishRun({ ...dump, request, database: api }, async () => {
    const { identity, guardians } = dump;
    const guarded = guardians.guarded();
    const parts = api === 'ycql' ? await keyspaces(dump, request) : await databases(dump, request);
    progress.enter('manifest');
    const committed = await patient(settings, `commit ${identity.dumpId}`).commitDump({
      guarded,
      dump: identity,
      parts,
    });
    upsertKnown(settings, { KalpaBytes: committed.bytes });
    return {
      dumpId: identity.dumpId,
      databases: committed.databases,
      files: committed.files,
      bytes: committed.bytes,
      rows: committed.rows,
      manifest: committed.manifest,
      durationSeconds: seconds(),
    };
  });
}

/** Roles and tablespaces, then each database. */
async function databases(dump: Dump, { rolesOnly, schemaOnly }: DumpClusterInput): Promise<DumpPartRef[]> {
  const { identity, settings, guardians, progress } = dump;
  const guarded = guardians.guarded();
  progress.enter('dump');
  const parts = [
    await progress.during('Roles and tablespaces.', () =>
      warnedPart(
        dump,
        streaming(settings, 'ysql_dumpall of roles and tablespaces').dumpText({
          guarded,
          dump: identity,
          part: { content: rolesOnly ? 'roles' : 'globals' },
        }),
      ),
    ),
  ];
  dump.warnings.push('Roles are dumped without their passwords.');
  const names = rolesOnly ? [] : dump.databases;
  for (const [i, database] of names.entries()) {
    const part = { database, content: schemaOnly ? ('schema' as const) : ('all' as const) };
    parts.push(
      await progress.during(`${database}, ${i + 1} of ${names.length}.`, () =>
        warnedPart(
          dump,
          streaming(settings, `ysql_dump of ${database} into the bucket`).dumpText({ guarded, dump: identity, part }),
        ),
      ),
    );
  }
  return parts;
}

async function keyspaces(dump: Dump, { schemaOnly }: DumpClusterInput): Promise<DumpPartRef[]> {
  dump.progress.enter('dump');
  const parts: DumpPartRef[] = [];
  for (const database of dump.databases)
    parts.push(...(await dumpKeyspace(dump, { database, content: schemaOnly ? 'schema' : 'all' })));
  dump.warnings.push('Roles and permissions of YCQL are not in a dump: none of its tools dumps them.');
  return parts;
}
