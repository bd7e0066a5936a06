import { resolve, sep } from 'node:path';
import { PathRefused } from '../transfer-error';

/**
 * The absolute path of a recorded relative path below a root. Fails with `PathRefused` where it would leave the root.
 */
export function resolveInside(root: string, path: string): string {
  const base = resolve(root);
  const target = resolve(base, path);
  if (path === '' || path.includes('\0') || !target.startsWith(base.endsWith(sep) ? base : base + sep)) {
    throw new PathRefused(JSON.stringify(path).slice(0, 200), `it leads out of ${base}`);
  }
  return target;
}
