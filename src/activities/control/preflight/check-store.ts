import { probeStore } from '../../../repository';
import type { ControlDependencies } from '../dependencies';
import type { Findings } from './findings';

/**
 * The store exists, lets us in, honours conditional writes and refuses wrong checksums (repository format, rule 8).
 * Says whether it answers.
 */
export async function checkStore({ store, config }: ControlDependencies, findings: Findings): Promise<boolean> {
  const probe = await findings.check(`The store ${store.location}`, async () => await probeStore(store));
  if (!probe || probe.safe) return probe !== undefined;
  const message = `The store ${store.location} is not safe for backups: ${probe.findings.join('; ')}.`;
  if (config.repository.allowUnsafeStore === true)
    findings.warnings.push(`${message} allowUnsafeStore is set, so this is a warning.`);
  else
    findings.add(
      'StoreUnsafe',
      `${message} Use another store, or set repository.allowUnsafeStore when you accept that a backup may be overwritten or damaged unnoticed.`,
      { findings: probe.findings },
    );
  return true;
}
