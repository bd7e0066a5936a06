import { dirname } from 'node:path';
import { grouped } from '../../objects/grouped';

/** Indexes of the paths of each folder, so that each folder is opened once. */
export function byFolder(paths: readonly string[]): Map<string, number[]> {
  return grouped(paths.keys(), (index) => dirname(paths[index] as string));
}
