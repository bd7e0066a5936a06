import { UnknownVersion } from '../errors';

const PRINTED = /\bversion:? +v?(\d+(?:\.\d+)+)/i;

/**
 * The release in `yb-admin --version` (`version 2025.1.1.0 build 100 revision … build_type RELEASE …`).
 * Fails with `UnknownVersion`.
 */
export function releaseOf(printed: string): string {
  const release = PRINTED.exec(printed)?.[1];
  if (release === undefined) throw new UnknownVersion('yb-admin', printed, 'its version could not be read');
  return release;
}
