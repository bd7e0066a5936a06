import { resolve, sep } from 'node:path';

/** The absolute path of a recorded relative path below a root; one that would leave the root is refused. */
export function resolveInside(root: string, path: string): string {
  const base = resolve(root);
  const target = resolve(base, path);
  if (path === '' || path.includes('\0') || !target.startsWith(base.endsWith(sep) ? base : base + sep)) {
    throw new RangeError(
      `The recorded path ${JSON.stringify(path)} leads out of ${base}; the manifest it came from is not to be trusted.`,
    );
  }
  return target;
}
