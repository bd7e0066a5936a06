import { probeStore, probeStoreLightly } from '../../../repository';
import type { Checks } from './checks';

const A_DAY_MS = 24 * 3_600_000;

/**
 * The store exists, accepts our credentials, honours conditional writes and refuses wrong checksums (repository format,
 * rule 8): tried in full before its first use, later with the probe that leaves nothing behind. With object lock, in
 * full once a day in each process, since only that shows a lock that is silently dropped, and the probe's own locks
 * take some seconds to expire. Returns whether it answers.
 */
export async function checkStore(checks: Checks): Promise<boolean> {
  const location = checks.storeLocation;
  const { objectLock } = checks.config.repository;
  const probed = await checks.look(`The store ${location}`, async ({ store, locksTried }) => {
    if (!objectLock || Date.now() - (locksTried.keptAt ?? 0) < A_DAY_MS)
      return await probeStoreLightly(store, objectLock);
    const found = await probeStore(store, objectLock);
    if (found.safe && found.lockProblem === undefined) locksTried.keptAt = Date.now();
    return found;
  });
  if (probed?.lockProblem !== undefined) checks.add('PreflightFailed', probed.lockProblem);
  if (!probed || probed.safe) return probed !== undefined;
  const message = `The store ${location} is not safe for backups: ${probed.findings.join('; ')}.`;
  if (checks.config.repository.allowUnsafeStore === true)
    checks.warn(`${message} allowUnsafeStore is set, so this is a warning.`);
  else
    checks.add(
      'StoreUnsafe',
      `${message} Use another store, or set repository.allowUnsafeStore when you accept that a backup may be overwritten or damaged unnoticed.`,
      { findings: probed.findings },
    );
  return true;
}
