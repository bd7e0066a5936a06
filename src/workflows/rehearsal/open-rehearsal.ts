import type { RehearseRestoreInput } from '../../contract';
import { given } from '../../objects/given';
import { LiveLimits } from '../copy/live-limits';
import { beginRestore, type Restore } from '../restore/open-restore';
import { PreflightQuestions } from '../run/ask-preflight';
import { asRunFailure } from '../run/failure';
import { shortStep } from '../run/policies';
import { upsertKnownAttributes } from '../run/progress';
import { ownChain, ownCluster } from '../run/run-context';
import type { StartedRun } from '../run/run-operation';
import { recordIfBad } from './record-proof';

/**
 * Chooses what is restored, and begins as every restore does, under a name that nobody else uses: the database itself
 * is not locked, so none of its backups waits for a rehearsal.
 */
export async function openRehearsal(begun: StartedRun<RehearseRestoreInput>): Promise<Restore> {
  const { request, settings, progress } = begun;
  const { database, keep, verify, roles, tablespaces, accept, whenBusy, waitAtMost } = request;
  const limits = new LiveLimits(request);
  const known = { KalpaCluster: settings.cluster, KalpaOperation: 'rehearseRestore', KalpaDatabase: database };
  upsertKnownAttributes(settings, known);
  progress.enter('preflight');
  const { backup, name } = await new PreflightQuestions(settings, progress)
    .ask(`choose a backup of ${database}`, async (summary, patience) => {
      const choice = { chain: ownChain(), database, ...given({ backup: request.backup, to: request.to, keep }) };
      return await shortStep(settings, summary).chooseRehearsal({ ...choice, ...patience });
    })
    .catch((error: unknown) => {
      throw asRunFailure(error, 'The store');
    });
  progress.about(`Rehearsal of ${backup.backupId} on ${ownCluster()}`);
  return await recordIfBad(begun, backup, () =>
    beginRestore({
      ...{ operation: 'rehearseRestore', settings, progress, backup, name, limits, known: { KalpaDatabase: database } },
      request: {
        backup: backup.backupId,
        as: name,
        ...given({ verify, roles, tablespaces, accept, whenBusy, waitAtMost }),
      },
    }),
  );
}
