import type { Recovery } from '../../activities/control/preflight-recovery';
import { formatMicros, type RecoverToPointInTimeInput } from '../../contract';
import { failure } from '../failure';
import { finishRun } from '../finish-run';
import { holdDatabase, type HeldDatabase } from '../hold-database';
import { control, patient, wait } from '../policies';
import { ownChain } from '../run-context';
import type { Recovered, RecoveryRun } from './recovery';

/** A clone that the cluster aborts (a snapshot being made, a split, #24432) is tried again at the same moment. */
const CLONES_AT_MOST = 3;

/** `clone_namespace` under a scratch name, which becomes the name that was asked for when the clone is complete. */
export async function cloneAside(
  { request, toMicros, settings, progress }: RecoveryRun,
  as: string,
): Promise<Recovered> {
  const { database } = request;
  const copy = `ysql.${as}`;
  const held = await holdDatabase(
    { operation: 'recoverToPointInTime', request, database: copy, alsoHold: [database], settings, progress },
    () => patient(settings, `may ${database} be cloned?`).preflightRecovery({ database, toMicros, as }),
  );
  return await finishRun(held, async () => {
    progress.enter('clone');
    const { scratchName, key } = await clone(held, held.checked, toMicros);
    progress.enter('verify');
    await control(settings, 'sequences go on where those of the original stand').carrySequences({
      guarded: held.guardians.guarded(),
      database,
      scratchName,
    });
    const { invalidIndexes } = await control(settings, `look at ${scratchName}`).lookAfterRecovery({
      database: `ysql.${scratchName}`,
    });
    await control(settings, `name it ${as}`).nameDatabase({
      guarded: held.guardians.guarded(),
      scratchName,
      name: as,
    });
    await held.guardian.release(key);
    return { database: copy, recoveredTo: formatMicros(toMicros), mode: 'clone' as const, invalidIndexes };
  });
}

/** Under which the guardian knows how to undo a try. */
const cloneKey = (take: number): string => `clone ${take}`;

/** Returns a complete clone. */
async function clone(
  { request, guardian, guardians, settings, progress, warn }: HeldDatabase<RecoverToPointInTimeInput>,
  { namespaceId }: Recovery,
  toMicros: string,
): Promise<{ scratchName: string; key: string }> {
  const { database } = request;
  for (let take = 1; ; take += 1) {
    const { scratchName } = await control(settings, 'name until it is complete').nameScratch({
      chain: ownChain(),
      take,
    });
    // Only its start needs the cluster: the clone itself goes on in the background.
    await guardians.withCluster(async () => {
      await guardian.note(cloneKey(take), { kind: 'clone', scratchName, namespaceId });
      await control(settings, `clone ${database} at ${formatMicros(toMicros)}`).startClone({
        guarded: guardians.guarded(),
        database,
        namespaceId,
        scratchName,
        toMicros,
      });
    });
    const { aborted } = await wait(settings, `until the clone of ${database} is COMPLETE`).waitForClone({
      namespaceId,
      scratchName,
    });
    if (aborted === undefined) return { scratchName, key: cloneKey(take) };
    if (take === CLONES_AT_MOST)
      throw failure(
        'RestoreFailed',
        `The cluster aborted the clone of ${database} ${take} times (last: ${aborted}). Nothing is left of it; try again later, or restore a backup.`,
      );
    progress.say(`Cloning again: ${aborted}`);
    warn(`The clone was started again: ${aborted}`);
  }
}
