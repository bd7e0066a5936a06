import { LOAD_PHASES, loadDumpInput, type LoadDumpInput, type LoadDumpResult } from '../contract';
import { failureType } from './run/failure';
import { finishRun } from './run/finish-run';
import { loadKeyspace } from './load/load-keyspace';
import { openLoad, subjectOf, type Load } from './load/open-load';
import { notedStep } from './run/noted-step';
import { shortStep, streaming } from './run/policies';
import { runOperation, type StartedRun } from './run/run-operation';
import { given } from '../objects/given';
import { countText } from '../objects/texts';

/**
 * Loads a dump into a scratch database, compares the rows of each table, and only then gives it the requested name. A
 * dump of rows only is loaded, in one transaction, into a database that has the tables. A keyspace can't be renamed: it
 * is loaded under its final name.
 */
export async function loadDump(input: LoadDumpInput): Promise<LoadDumpResult> {
  return await runOperation(
    {
      name: 'loadDump',
      input: loadDumpInput,
      phases: LOAD_PHASES,
      subject: (request) => subjectOf(request),
      complete: ({ database, dumpId, tables, rows }) =>
        `${database} holds dump ${dumpId}. Verified: ${countText(rows)} rows of ${tables} tables were compared with it.`,
    },
    input,
    loadIt,
  );
}

async function loadIt(begun: StartedRun<LoadDumpInput>): Promise<LoadDumpResult> {
  const load = await openLoad(begun);
  return await finishRun(
    load,
    async () => await load.lease.whileReading(async () => await fillAndCompare(begun, load)),
  );
}

async function fillAndCompare(
  { request, settings, seconds }: StartedRun<LoadDumpInput>,
  load: Load,
): Promise<LoadDumpResult> {
  if (load.keyspace) return { ...(await loadKeyspace(load, load.keyspace)), durationSeconds: seconds() };
  const { dump, database, name: as, progress, guardian, guardians, scratchName, warnings, content } = load;
  const guarded = guardians.guarded();
  const rowsAlone = dump.content === 'data';
  const name = rowsAlone ? as : scratchName;
  const chosen = request.tables === undefined ? {} : { tables: request.tables };
  const triggers = load.rowsInto?.triggers ?? [];
  if (triggers.length > 0)
    await guardian.note('triggers', {
      ...{ kind: 'stoppedTriggers', database, triggers },
      ...given({ namespaceId: load.rowsInto?.namespaceId }),
    });

  progress.enter('load');
  const fill = async () =>
    await streaming(settings, `${dump.dumpId} into ${name}`).loadText({
      guarded,
      dump,
      name,
      as,
      roles: request.roles ?? 'require',
      sha256: content?.sha256 ?? '',
      accepted: content?.accepted ?? [],
      ...chosen,
      ...given({ rowsInto: load.rowsInto }),
    });
  const undo = { kind: 'scratchDatabase', scratchName, of: dump.dumpId } as const;
  const loaded = rowsAlone
    ? await fill()
    : await notedStep(load, { key: 'scratch', undo, within: 'phaseDeadline' }, fill);
  if (triggers.length > 0) await guardian.release('triggers');

  warnings.push(...loaded.warnings);

  progress.enter('verify');
  const verified = await streaming(settings, 'compare the rows of each table with the dump')
    .verifyLoaded({ dump, name, ...chosen })
    .catch(async (error: unknown) => {
      // A database that fails verification is kept under its scratch name for inspection; everything else is removed.
      if (failureType(error) === 'VerificationFailed' && !rowsAlone) await guardian.release('scratch');
      throw error;
    });
  warnings.push(...verified.warnings);
  if (!rowsAlone) {
    await shortStep(settings, `name it ${as}`).nameDatabase({
      ...{ guarded, scratchName, name: as },
      ...given({ namespaceId: loaded.namespaceId }),
    });
    await guardian.release('scratch');
  }
  return {
    database,
    dumpId: dump.dumpId,
    tables: verified.tables,
    rows: verified.rows,
    comparedByValue: verified.comparedByValue,
    ...given({ asConfiguredRole: loaded.byServer }),
    durationSeconds: seconds(),
  };
}
