import { heartbeat } from '@temporalio/activity';
import { readForPlan } from '../../holdings';
import { grouped } from '../../objects/grouped';
import { parseBackupId, type BackupKind, type ClusterStore } from '../../repository';
import { brokenPromises } from '../../retention';

/**
 * What a sweep must not remove although it was deleted, since a promise of the policies would be broken for good. A
 * deletion looks at the promises before and after it is written, but a run that is terminated in between does not look
 * again, and policies, damage and other deletions may have come since. What is kept here goes once newer backups exist;
 * until then it can be undeleted.
 */
export async function whyKept(
  repository: ClusterStore,
  due: readonly { kind: BackupKind; id: string }[],
): Promise<Map<string, string>> {
  const kept = new Map<string, string>();
  const ofDatabase = grouped(due, ({ id }) => parseBackupId(id)?.database ?? '');
  for (const [database, candidates] of ofDatabase) {
    const ids = new Set(candidates.map(({ id }) => id));
    const now = await readForPlan(repository, {
      ...(database === '' ? {} : { database }),
      evenDeleted: ids,
      onRead: heartbeat,
    });
    // The oldest first, so that of several which can't all go the newest stay.
    const goes = new Set<string>();
    for (const id of [...ids].sort((a, b) => ageOf(now, a) - ageOf(now, b))) {
      const [broken] = brokenPromises(now, new Set([...goes, id]));
      if (broken === undefined) goes.add(id);
      else
        kept.set(
          id,
          `a promise of the policies would be broken: ${broken}. Make a newer backup, or undelete it (kalpa undelete ${id})`,
        );
    }
  }
  return kept;
}

/** When it was made; 0 if nothing of it can be restored any more. */
const ageOf = ({ backups }: Awaited<ReturnType<typeof readForPlan>>, id: string): number =>
  backups.find((one) => one.id === id)?.at ?? 0;
