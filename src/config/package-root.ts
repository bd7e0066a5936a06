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
export function packageRoot(from: string = __dirname): string {
  for (let folder = from; ; folder = dirname(folder)) {
    if (manifestIn(folder)?.name === 'kalpa') return folder;
    if (dirname(folder) === folder) return from;
  }
}

/** As in its package.json. */
function kalpaVersion(): string {
  return manifestIn(packageRoot())?.version ?? 'unknown';
}

/** Recorded in manifests and reported by workers. */
export const KALPA_VERSION = kalpaVersion();
