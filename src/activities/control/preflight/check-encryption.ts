import { cancellationSignal } from '@temporalio/activity';
import type { ManifestHeader } from '../../../repository';
import { allMastersHaveUniverseKey, isEncryptionEnabled, lacksUniverseKey, type Yugabyte } from '../../../yugabyte';
import type { Checks } from './checks';

/** The universe key that the cluster encrypts its files with; undefined: they are not encrypted. */
export async function universeKeyOf(yugabyte: Yugabyte): Promise<string | undefined> {
  return (await yugabyte.run(isEncryptionEnabled, {}, { signal: cancellationSignal() })).keyId;
}

/**
 * Files of an encrypted cluster can be read only with its universe key, and a restore without it fails halfway (#13773,
 * #4344): the target's masters must have that key. Fault 57.
 */
export async function checkEncryption(checks: Checks, header: ManifestHeader): Promise<void> {
  const { backupId, encryptionKeyId: keyId } = header;
  if (keyId === undefined) return;
  const held = await checks.look(
    'The universe keys',
    async ({ yugabyte }, { signal }) => await mastersHold(yugabyte(), keyId, signal),
  );
  if (held === false)
    checks.add(
      'PreflightFailed',
      `The files of ${backupId} are encrypted with the universe key ${keyId}, which this cluster's masters do not have. Give it to them (yb-admin add_universe_key_to_all_masters ${keyId} <file>), or restore into the cluster that it comes from.`,
      { encryptionKeyId: keyId },
    );
}

async function mastersHold(yugabyte: Yugabyte, keyId: string, signal: AbortSignal): Promise<boolean> {
  try {
    return await yugabyte.run(allMastersHaveUniverseKey, { keyId }, { signal });
  } catch (error) {
    if (lacksUniverseKey(error)) return false;
    throw error;
  }
}
