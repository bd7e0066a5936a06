import { UnknownVersion } from '../errors';

const PRINTED = /\bversion:? +v?(\d+(?:\.\d+)+)/i;

/**
 * The release in `yb-admin --version` (`version 2025.1.1.0 build 100 revision … build_type RELEASE …`).
 * Fails with `UnknownVersion`.
 */
export function releaseOf(printed: string, tool = 'yb-admin'): string {
  const release = PRINTED.exec(printed)?.[1];
  if (release === undefined) throw new UnknownVersion(tool, printed, 'its version could not be read');
  return release;
}
