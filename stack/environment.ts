import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Prefixes of variables that could direct a component of the stack to someone's real Temporal, store or database. */
const LEADS_AWAY = /^(TEMPORAL|AWS|PG|KALPA)_?/;

/** The environment of the stack's processes: this one's, without variables that point elsewhere. */
export function stackEnvironment(home: string): NodeJS.ProcessEnv {
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !LEADS_AWAY.test(name)));
  return {
    ...env,
    KALPA_HOME: home,
    TEMPORAL_CONFIG_FILE: emptyProfile(home),
    UV_THREADPOOL_SIZE: '16',
    AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
  };
}

/** Otherwise Temporal's tools would read the user's own profile, with its keys and TLS settings. */
function emptyProfile(home: string): string {
  const file = join(home, 'config', 'temporal.toml');
  mkdirSync(join(home, 'config'), { recursive: true });
  writeFileSync(file, '[profile.default]\n');
  return file;
}
