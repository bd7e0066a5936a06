import { probeStore } from '../../../repository';
import type { Checks } from './checks';

/**
 * The store exists, lets us in, honours conditional writes and refuses wrong checksums (repository format, rule 8).
 * Says whether it answers.
 */
export async function checkStore(checks: Checks): Promise<boolean> {
  const location = checks.storeLocation;
  const probed = await checks.look(`The store ${location}`, async ({ store }) => await probeStore(store));
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
