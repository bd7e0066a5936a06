import type { ReadContent } from '../../activities/control/content/read-content';
import type { LoadableDump } from '../../activities/control/lookup/find-dump';
import type { RowsIntoTables } from '../../activities/control/load/check-rows';
import { apiOf, bareName, checkedDurationMs, type LoadDumpInput, type Settings } from '../../contract';
import { PreflightQuestions } from '../run/ask-preflight';
import { asRunFailure } from '../run/failure';
import { gaveUp } from '../run/finish-run';
import { Guardians, type HeldGuardian } from '../lock/guarded';
import { control, streaming } from '../run/policies';
import { upsertKnown, type RunProgress } from '../run/progress';
import { ownChain, ownCluster } from '../run/run-context';

/** Everything that the steps of one load share. */
export interface Load {
  request: LoadDumpInput;
  settings: Settings;
  dump: LoadableDump;
  target: { database: string; name: string };
  /** Of YSQL. */
  scratchName: string;
  /** Of a keyspace: what the load makes, and whose rows it loads. */
  keyspace?: { tables: string[]; filled: string[] };
  /** Of rows alone: how they go in. */
  rowsInto?: RowsIntoTables;
  /** Of YSQL: the text as it was read, whole, before anything of it is run. */
  content?: ReadContent;
  guardians: Guardians;
  guardian: HeldGuardian;
  progress: RunProgress;
  warnings: string[];
}

/** Finds the dump, takes the guardian of the target name and refuses early with everything that is wrong. */
export async function openLoad(request: LoadDumpInput, settings: Settings, progress: RunProgress): Promise<Load> {
  const chain = ownChain();
  const { dump: dumpId, database, fromCluster, tables, whenBusy, waitAtMost, manifestSha256 } = request;
  progress.use(settings);
  upsertKnown(settings, { KalpaCluster: settings.cluster, KalpaOperation: 'loadDump', KalpaBackup: dumpId });
  progress.enter('preflight');
  const dump = await new PreflightQuestions(settings, progress)
    .ask(
      `find ${dumpId}`,
      async (summary, patience) =>
        await control(settings, summary).findDump({
          chain,
          dump: dumpId,
          ...(database === undefined ? {} : { database }),
          ...(fromCluster === undefined ? {} : { fromCluster }),
          ...(manifestSha256 === undefined ? {} : { manifestSha256 }),
          ...patience,
        }),
    )
    .catch((error: unknown) => {
      throw asRunFailure(error, 'The store');
    });
  const name = request.as ?? bareName(dump.database);
  const api = apiOf(dump.database);
  const target = { database: `${api}.${name}`, name };
  upsertKnown(settings, { KalpaDatabase: target.database });
  progress.about(subjectOf(request, target.database));
  const guardians = new Guardians('loadDump', chain, settings, progress);
  const guardian = await guardians.takeDatabase(target.database, {
    whenBusy: whenBusy ?? 'fail',
    ...(waitAtMost === undefined ? {} : { waitAtMostMs: checkedDurationMs(waitAtMost) }),
  });
  try {
    const questions = new PreflightQuestions(settings, progress);
    const mayIt = `may ${dumpId} be loaded as ${name}?`;
    const chosen = tables === undefined ? {} : { tables };
    const common = { request, settings, dump, target, guardians, guardian, progress };
    if (api === 'ycql') {
      const { warnings, ...keyspace } = await questions.ask(
        mayIt,
        async (summary, patience) =>
          await control(settings, summary).preflightLoadKeyspace({
            ...{ dump, target, ...chosen, ...patience },
            ...(request.accept ? { accept: request.accept } : {}),
          }),
      );
      return { ...common, scratchName: '', keyspace, warnings };
    }
    const roles = request.roles ?? 'require';
    const checked = await questions.ask(
      mayIt,
      async (summary, patience) =>
        await control(settings, summary).preflightLoad({ dump, target, roles, ...chosen, ...patience }),
    );
    const content = await streaming(settings, `read ${dumpId} before anything of it is run`).readContent({
      dump,
      ...(request.accept ? { accept: request.accept } : {}),
    });
    return { ...common, ...checked, content, warnings: [...checked.warnings, ...content.warnings] };
  } catch (error) {
    throw await gaveUp({ guardian, progress }, error, 'The cluster');
  }
}

/** The page's headline. */
export function subjectOf({ dump, as }: LoadDumpInput, target?: string): string {
  const into = target ?? as;
  return `Load of ${dump}${into === undefined ? '' : ` as ${into}`} on ${ownCluster()}`;
}
