import { workflowInfo } from '@temporalio/workflow';
import { DUMP_PHASES, dumpClusterInput, type DumpClusterInput, type DumpClusterResult } from '../contract';
import { dumpKeyspace } from './dump/dump-keyspace';
import { openDump } from './dump/open-dump';
import { checkedInput } from './failure';
import { finishRun } from './finish-run';
import { patient, streaming } from './policies';
import type { DumpPartRef } from '../repository';
import type { Dump } from './dump/open-dump';
import { RunProgress, upsertKnown } from './progress';
import { ownCluster, readSettings } from './run-context';

/**
 * Dumps what `ysql_dumpall` dumps: roles and tablespaces by that tool, then each database by `ysql_dump`, as a part of its own that can be
 * loaded by itself. Each database is of one moment; they are not all of the same. Of YCQL: each keyspace.
 */
export async function dumpCluster(input: DumpClusterInput): Promise<DumpClusterResult> {
  const request = checkedInput('dumpCluster', dumpClusterInput, input);
  const { api, rolesOnly, schemaOnly, whenBusy, waitAtMost } = request;
  const progress = new RunProgress('dumpCluster', `Dump of all ${api} databases on ${ownCluster()}`, DUMP_PHASES);
  const settings = await readSettings();
  const startedAt = workflowInfo().startTime;
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
      durationSeconds: Math.round((Date.now() - startedAt.getTime()) / 100) / 10,
    };
  });
}

/** Roles and tablespaces, then each database. */
async function databases(dump: Dump, { rolesOnly, schemaOnly }: DumpClusterInput): Promise<DumpPartRef[]> {
  const { identity, settings, guardians, progress } = dump;
  const guarded = guardians.guarded();
  progress.enter('dump', 'Roles and tablespaces.');
  const parts = [
    await streaming(settings, 'ysql_dumpall of roles and tablespaces').dumpText({
      guarded,
      dump: identity,
      part: { content: rolesOnly ? 'roles' : 'globals' },
    }),
  ];
  dump.warnings.push('Roles are dumped without their passwords.');
  const names = rolesOnly ? [] : dump.databases;
  for (const [i, database] of names.entries()) {
    progress.say(`${database}, ${i + 1} of ${names.length}.`);
    const part = { database, content: schemaOnly ? ('schema' as const) : ('all' as const) };
    parts.push(
      await streaming(settings, `ysql_dump of ${database} into the bucket`).dumpText({ guarded, dump: identity, part }),
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
