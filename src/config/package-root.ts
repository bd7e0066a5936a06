import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

interface Manifest {
  name?: string;
  version?: string;
}

function manifestIn(folder: string): Manifest | undefined {
  const file = join(folder, 'package.json');
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Manifest) : undefined;
}

/** The folder of this package, both from the sources and from `dist/`. */
export function packageRoot(): string {
  for (let folder = __dirname; ; folder = dirname(folder)) {
    if (manifestIn(folder)?.name === 'kalpa') return folder;
    if (dirname(folder) === folder) return __dirname;
  }
}

/** As in its package.json. */
function kalpaVersion(): string {
  return manifestIn(packageRoot())?.version ?? 'unknown';
}

/** Recorded in manifests and reported by workers. */
export const KALPA_VERSION = kalpaVersion();
