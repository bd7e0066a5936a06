/** What a tool may see of our own environment: where programs, the home and temporary files are. */
const INHERITED_VARIABLES = ['PATH', 'HOME', 'USER', 'TMPDIR', 'LD_LIBRARY_PATH'] as const;

/**
 * The environment of every tool. TZ=UTC because yb-admin prints and reads local time without a zone; English messages
 * because they are matched; UTF-8 because names are.
 */
export function toolEnvironment(more: Readonly<Record<string, string>> = {}): Record<string, string> {
  const environment: Record<string, string> = { TZ: 'UTC', LC_ALL: 'C', PGCLIENTENCODING: 'UTF8', PGAPPNAME: 'kalpa' };
  for (const name of INHERITED_VARIABLES) {
    const value = process.env[name];
    if (value !== undefined) environment[name] = value;
  }
  return { ...environment, ...more };
}
