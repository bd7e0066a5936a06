import { languageOf, type InspectClusterResult, type Policies } from '../../../contract';
import { listBackups, newestRehearsal } from '../../../repository';
import { durationWords, rulesOf } from '../../../retention';
import type { ControlDependencies } from '../dependencies';

type Rehearsed = Pick<InspectClusterResult['databases'][number], 'lastRehearsal'>;

/** When a restore of the database was last proved, and a problem if that is too long ago. */
export async function rehearsed(
  { repository }: Pick<ControlDependencies, 'repository'>,
  { database, policies, now }: { database: string; policies: Policies; now: Date },
): Promise<Rehearsed & { problems: string[] }> {
  if (!languageOf(database).renames) return { problems: [] };
  const proof = await newestRehearsal(repository, database);
  const { rehearsedWithinMs } = rulesOf(policies, { kind: 'backup', database });
  const since = now.getTime() - rehearsedWithinMs;
  const problems =
    proof === undefined
      ? await neverProved(repository, { database, since, withinMs: rehearsedWithinMs })
      : Date.parse(proof.verifiedAt) < since
        ? [
            `No restore of ${database} has been proved for ${durationWords(rehearsedWithinMs)}; the last one was at ${proof.verifiedAt} (${proof.backupId}): ${cure(database)}`,
          ]
        : [];
  if (!proof) return { problems };
  const { backupId, verifiedAt: provedAt, rehearsal } = proof;
  const { level, recoveryTimeSeconds } = rehearsal;
  return { problems, lastRehearsal: { backupId, provedAt, level, recoveryTimeSeconds } };
}

const cure = (database: string): string =>
  `kalpa rehearse ${database}, or kalpa schedule add rehearse ${database} --every "1 day".`;

/**
 * A database that has just had its first backup has had no time for a rehearsal. A first backup that has been deleted
 * since counts too.
 */
async function neverProved(
  repository: ControlDependencies['repository'],
  { database, since, withinMs }: { database: string; since: number; withinMs: number },
): Promise<string[]> {
  const had = (await listBackups(repository, { database })).filter(
    ({ state }) => state === 'committed' || state === 'deleted',
  );
  const [first] = had;
  if (!first || Date.parse(first.startedAt) >= since) return [];
  return [
    `No restore of ${database} has ever been proved, and it has had backups for more than ${durationWords(withinMs)}: ${cure(database)}`,
  ];
}
