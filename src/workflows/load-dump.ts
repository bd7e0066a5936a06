import { workflowInfo } from '@temporalio/workflow';
import { LOAD_PHASES, loadDumpInput, type LoadDumpInput, type LoadDumpResult } from '../contract';
import { checkedInput, failureType } from './failure';
import { finishRun } from './finish-run';
import { loadKeyspace } from './load/load-keyspace';
import { openLoad } from './load/open-load';
import { control, patient, streaming } from './policies';
import { RunProgress } from './progress';
import { ownCluster, readSettings } from './run-context';

/**
 * Loads a dump into a scratch database, compares the rows of each table, and only then gives it the name that was asked for. A dump of rows
 * alone goes, in one transaction, into a database that has the tables. A keyspace can't be renamed: it is loaded under its own name.
 */
export async function loadDump(input: LoadDumpInput): Promise<LoadDumpResult> {
  const request = checkedInput('loadDump', loadDumpInput, input);
  const shown = new RunProgress('loadDump', `Load of ${request.dump} on ${ownCluster()}`, LOAD_PHASES);
  const settings = await readSettings();
  const startedAt = workflowInfo().startTime;
  const load = await openLoad(request, settings, shown);
  return await finishRun({ ...load, database: load.target.database }, async () => {
    const seconds = (): number => Math.round((Date.now() - startedAt.getTime()) / 100) / 10;
    if (load.keyspace) return { ...(await loadKeyspace(load, load.keyspace)), durationSeconds: seconds() };
    const { dump, target, progress, guardian, guardians, scratchName, warnings } = load;
    const guarded = guardians.guarded();
    const rowsAlone = dump.content === 'data';
    const name = rowsAlone ? target.name : scratchName;
    const chosen = request.tables === undefined ? {} : { tables: request.tables };
    if (!rowsAlone) await guardian.note('scratch', { kind: 'scratchDatabase', scratchName });

    progress.enter('load');
    await streaming(settings, `${dump.dumpId} through ysqlsh into ${name}`).loadText({
      guarded,
      dump,
      name,
      roles: request.roles ?? 'require',
      ...chosen,
    });

    progress.enter('verify');
    const verified = await patient(settings, 'compare the rows of each table with the dump')
      .verifyLoaded({ dump, name, ...chosen })
      .catch(async (error: unknown) => {
        // What failed verification is kept under its scratch name for a look; everything else is removed.
        if (failureType(error) === 'VerificationFailed' && !rowsAlone) await guardian.release('scratch');
        throw error;
      });
    warnings.push(...verified.warnings);
    if (!rowsAlone) {
      await control(settings, `name it ${target.name}`).nameDatabase({ guarded, scratchName, name: target.name });
      await guardian.release('scratch');
    }
    return {
      database: target.database,
      dumpId: dump.dumpId,
      tables: verified.tables,
      rows: verified.rows,
      durationSeconds: seconds(),
    };
  });
}
