import { DUMP_PHASES, dumpClusterInput, LANGUAGES, type DumpClusterInput, type DumpClusterResult } from '../contract';
import { commitDump } from './dump/commit-dump';
import { dumpParts, dumpText } from './dump/dump-parts';
import { openDump } from './dump/open-dump';
import { finishRun } from './run/finish-run';
import type { DumpPartRef } from '../repository';
import type { Dump } from './dump/open-dump';
import { ownCluster } from './run/run-context';
import { runOperation, type StartedRun } from './run/run-operation';
import { bytesText, countText } from '../objects/texts';

/**
 * Dumps what `ysql_dumpall` dumps: roles and tablespaces with that tool, then each database with `ysql_dump`, each as a
 * part that can be loaded separately. Each database is of one moment, but not all of the same one. For YCQL: each
 * keyspace.
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

async function dumpAll(begun: StartedRun<DumpClusterInput>): Promise<DumpClusterResult> {
  const { request, seconds } = begun;
  const { api, rolesOnly, schemaOnly } = request;
  const dump = await openDump(begun, {
    operation: 'dumpCluster',
    subject: api,
    preflight: { api, rows: schemaOnly !== true && rolesOnly !== true },
  });
  return await finishRun(dump, async () => {
    const { databases, written } = await commitDump(dump, await everyDatabase(dump, request));
    return { databases, ...written, durationSeconds: seconds() };
  });
}

/** Roles and tablespaces where a tool dumps them, then each database. */
async function everyDatabase(dump: Dump, { api, rolesOnly, schemaOnly }: DumpClusterInput): Promise<DumpPartRef[]> {
  const { progress, warnings } = dump;
  const { dumpsRoles } = LANGUAGES[api];
  const parts: DumpPartRef[] = [];
  progress.enter('dump');
  if (dumpsRoles) {
    const part = { content: rolesOnly ? ('roles' as const) : ('globals' as const) };
    parts.push(
      await progress.during('Roles and tablespaces.', () =>
        dumpText(dump, 'ysql_dumpall of roles and tablespaces', { part }),
      ),
    );
  }
  const databases = rolesOnly ? [] : dump.databases;
  for (const [i, database] of databases.entries())
    parts.push(
      ...(await progress.during(`${database}, ${i + 1} of ${databases.length}.`, () =>
        dumpParts(dump, { database, content: schemaOnly ? 'schema' : 'all' }),
      )),
    );
  warnings.push(
    dumpsRoles
      ? 'Roles are dumped without their passwords.'
      : 'Roles and permissions of YCQL are not in a dump: none of its tools dumps them.',
  );
  return parts;
}
