import type { Recovery } from '../../activities/control/pitr/preflight-recovery';
import { apiOf, formatMicros, languageOf, type RecoverToPointInTimeInput } from '../../contract';
import type { Settings, Undo } from '../../contract/internal';
import { failure } from '../run/failure';
import { finishRun } from '../run/finish-run';
import { holdDatabase, type HeldDatabase } from '../lock/hold-database';
import { shortStep, wait } from '../run/policies';
import { notedStep } from '../run/noted-step';
import { ownChain } from '../run/run-context';
import type { Recovered, RecoveryRun } from './recovery';
import { given } from '../../objects/given';

/** A clone that the cluster aborts (a snapshot being taken, a split, #24432) is tried again at the same moment. */
const MAX_CLONES = 3;

/**
 * `clone_namespace` under a scratch name, which is replaced by the requested name when the clone is complete. A
 * keyspace can't be renamed: it is cloned under its final name, which nothing had before.
 */
export async function cloneAside(
  { request, toMicros, settings, progress }: RecoveryRun,
  as: string,
): Promise<Recovered> {
  const { database } = request;
  const api = apiOf(database);
  const { hasSequences, renames } = languageOf(database);
  const copy = `${api}.${as}`;
  const held = await holdDatabase(
    { operation: 'recoverToPointInTime', request, database: copy, alsoHold: [database], settings, progress },
    (questions) =>
      questions.ask(
        `may ${database} be cloned?`,
        async (summary, patience) =>
          await shortStep(settings, summary).preflightRecovery({ database, toMicros, as, ...patience }),
      ),
  );
  held.checked.warnings.forEach(held.warn);
  held.storeIsAway = !held.checked.storeAnswers;
  return await finishRun(held, async () => {
    progress.enter('clone');
    const { name, key, cloneId } = await clone(held, held.checked, { toMicros, as });
    progress.enter('verify');
    if (hasSequences) {
      const sequences = await shortStep(settings, 'sequences continue where those of the original are').carrySequences({
        guarded: held.guardians.guarded(),
        database,
        namespaceId: held.checked.namespaceId,
        scratchName: name,
        ...given({ cloneId }),
      });
      sequences.warnings.forEach(held.warn);
    }
    const sameAs = cloneId === undefined ? {} : { namespaceId: cloneId };
    const { invalidIndexes } = await shortStep(settings, `look at ${name}`).lookAfterRecovery({
      database: `${api}.${name}`,
      ...sameAs,
    });
    if (renames)
      await shortStep(settings, `name it ${as}`).nameDatabase({
        guarded: held.guardians.guarded(),
        scratchName: name,
        ...sameAs,
        name: as,
      });
    await held.guardian.release(key);
    return { database: copy, recoveredTo: formatMicros(toMicros), mode: 'clone' as const, invalidIndexes };
  });
}

/** Returns a complete clone, under its present name. */
async function clone(
  held: HeldDatabase<RecoverToPointInTimeInput>,
  { namespaceId, clonesBefore }: Recovery,
  { toMicros, as }: { toMicros: string; as: string },
): Promise<{ name: string; key: string; cloneId?: string }> {
  const { request, guardians, settings, progress, warn } = held;
  const { database } = request;
  const listedBefore = clonesBefore ?? [];
  let again: string | undefined;
  for (let take = 1; ; take += 1) {
    const { renames } = languageOf(database);
    const name = renames ? await scratchNameOf(settings, take) : as;
    // Under a final name each try has the same one, so the undo of an aborted try must not outlive it.
    const key = renames ? `clone ${take}` : 'clone';
    const undo: Undo = renames
      ? { kind: 'clone', scratchName: name, of: `${ownChain().workflowId} ${take}`, namespaceId }
      : { kind: 'keyspaceClone', database: `${apiOf(database)}.${as}`, namespaceId, listedBefore: [...listedBefore] };
    const { cloneId, aborted, sequence } = await progress.during(again, async () => {
      // Only its start needs the cluster lock: the clone itself continues in the background.
      await guardians.withCluster(async () => {
        await notedStep(held, { key, undo }, () =>
          shortStep(settings, `clone ${database} at ${formatMicros(toMicros)}`).startClone({
            guarded: guardians.guarded(),
            database,
            namespaceId,
            scratchName: name,
            listedBefore,
            ...(take > 1 ? { again: true } : {}),
            toMicros,
          }),
        );
      });
      return await wait(settings, `until the clone of ${database} is COMPLETE`, 'restoreDeadline').waitForClone({
        database,
        namespaceId,
        scratchName: name,
        listedBefore,
      });
    });
    if (aborted === undefined) {
      if (cloneId === undefined) return { name, key };
      if (undo.kind === 'keyspaceClone') await held.guardian.note(key, { ...undo, cloneId });
      return { name, key, cloneId };
    }
    if (take === MAX_CLONES)
      throw failure(
        'RestoreFailed',
        `The cluster aborted the clone of ${database} ${take} times (last: ${aborted}). Nothing is left of it; try again later, or restore a backup.`,
      );
    if (sequence !== undefined) listedBefore.push(sequence);
    again = `Cloning again: ${aborted}`;
    warn(`The clone was started again: ${aborted}`);
  }
}

async function scratchNameOf(settings: Settings, take: number): Promise<string> {
  const named = await shortStep(settings, 'name until it is complete').nameScratch({ chain: ownChain(), take });
  return named.scratchName;
}
