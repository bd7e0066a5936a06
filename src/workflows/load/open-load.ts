import type { ReadContent } from '../../activities/control/content/read-content';
import type { RowsIntoTables } from '../../activities/control/load/check-rows';
import type { LoadableDump } from '../../activities/control/lookup/find-dump';
import { apiOf, bareName, languageOf, type LoadDumpInput } from '../../contract';
import { holdDatabase, type HeldDatabase } from '../lock/hold-database';
import { PreflightQuestions } from '../run/ask-preflight';
import { asRunFailure } from '../run/failure';
import { shortStep, streaming } from '../run/policies';
import { ReadLease } from '../run/read-lease';
import { upsertKnownAttributes } from '../run/progress';
import { ownChain, ownCluster } from '../run/run-context';
import type { StartedRun } from '../run/run-operation';
import { given } from '../../objects/given';

/** Everything that the steps of one load share. */
export interface Load extends HeldDatabase<LoadDumpInput>, Checked {
  dump: LoadableDump;
  /** Bare name of what is loaded into. */
  name: string;
}

/** The findings of preflight. */
interface Checked {
  /** On the dump. */
  lease: ReadLease;
  /** Name until the load is verified. */
  scratchName: string;
  /** For a keyspace: what the load makes, and whose rows it loads. */
  keyspace?: { tables: string[]; filled: string[] };
  /** For rows only: how they are loaded. */
  rowsInto?: RowsIntoTables;
  /** For YSQL: the text, read in full before any of it is run. */
  content?: ReadContent;
}

/** Finds the dump, takes the guardian of the target name and refuses early with everything that is wrong. */
export async function openLoad(begun: StartedRun<LoadDumpInput>): Promise<Load> {
  const { request, settings, progress } = begun;
  upsertKnownAttributes(settings, {
    KalpaCluster: settings.cluster,
    KalpaOperation: 'loadDump',
    KalpaBackup: request.dump,
  });
  progress.enter('preflight');
  const dump = await findDump(begun);
  const name = request.as ?? bareName(dump.database);
  const target = { database: `${apiOf(dump.database)}.${name}`, name };
  progress.about(subjectOf(request, target.database));
  const held = await holdDatabase(
    { operation: 'loadDump', request, database: target.database, settings, progress },
    async (questions, { warn }): Promise<Checked> => {
      const mayIt = `may ${request.dump} be loaded as ${name}?`;
      const { tables, accept, roles = 'require' } = request;
      const chosen = { dump, target, ...given({ tables }) };
      const accepts = accept === undefined ? {} : { accept };
      const lease = new ReadLease(settings, { kind: 'dump', id: dump.dumpId, cluster: dump.cluster });
      if (!languageOf(dump.database).renames) {
        const { warnings, ...keyspace } = await questions.ask(
          mayIt,
          async (summary, patience) =>
            await shortStep(settings, summary).preflightLoadKeyspace({ ...chosen, ...patience, ...accepts }),
        );
        warnings.forEach(warn);
        return { scratchName: '', keyspace, lease };
      }
      const { warnings, ...checked } = await questions.ask(
        mayIt,
        async (summary, patience) =>
          await shortStep(settings, summary).preflightLoad({ ...chosen, roles, ...patience }),
      );
      warnings.forEach(warn);
      const read = streaming(settings, `read ${request.dump} before anything of it is run`);
      const content = await lease.whileReading(async () => await read.readContent({ dump, ...accepts }));
      content.warnings.forEach(warn);
      return { ...checked, content, lease };
    },
  );
  return { ...held, ...held.checked, dump, name };
}

async function findDump({ request, settings, progress }: StartedRun<LoadDumpInput>): Promise<LoadableDump> {
  const { dump, database, fromCluster, manifestSha256 } = request;
  const find = {
    chain: ownChain(),
    dump,
    ...given({ database, fromCluster, manifestSha256 }),
  };
  try {
    return await new PreflightQuestions(settings, progress).ask(
      `find ${dump}`,
      async (summary, patience) => await shortStep(settings, summary).findDump({ ...find, ...patience }),
    );
  } catch (error) {
    throw asRunFailure(error, 'The store');
  }
}

/** The page's headline. */
export function subjectOf({ dump, as }: LoadDumpInput, target?: string): string {
  const into = target ?? as;
  return `Load of ${dump}${into === undefined ? '' : ` as ${into}`} on ${ownCluster()}`;
}
