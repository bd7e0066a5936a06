import type { KalpaConfig } from '../../config';
import { ok, warning, type Check } from './check';

/** Whether backups must be signed by a known key to be trusted. */
export function signingCheck({ signing }: KalpaConfig): Check {
  const keys = signing?.publicKeys.length ?? 0;
  return keys === 0
    ? warning(
        'signatures',
        'manifests are not signed: anyone who may create objects in the bucket can forge a backup',
        'create keys (kalpa keys create) and set signing.publicKeys in kalpa.yaml',
      )
    : ok(
        'signatures',
        keys === 1 ? 'the configured key signs the backups' : `one of the ${keys} configured keys signs each backup`,
      );
}
