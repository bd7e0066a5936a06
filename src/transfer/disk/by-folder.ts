import { dirname } from 'node:path';

/** Indexes of the paths of each folder, so that each folder is opened once. */
export function byFolder(paths: readonly string[]): Map<string, number[]> {
  const folders = new Map<string, number[]>();
  for (const [index, path] of paths.entries()) {
    const folder = dirname(path);
    const others = folders.get(folder);
    if (others) others.push(index);
    else folders.set(folder, [index]);
  }
  return folders;
}
