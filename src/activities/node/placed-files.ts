import { listFiles, SourceRefused, TargetRefused } from '../../transfer';
import type { PlaceLine } from '../work-lines';
import type { SnapshotPlace } from './snapshot-files';

/**
 * Why a placed directory is not as recorded (names and sizes), or undefined when it is. Fails with `TargetRefused` when
 * it has, or its path crosses, anything but files and directories.
 */
export async function placedProblem(
  { directory, within }: SnapshotPlace,
  lines: readonly Pick<PlaceLine, 'path' | 'size'>[],
): Promise<string | undefined> {
  let found: Map<string, number>;
  try {
    found = new Map((await listFiles(directory, { within })).map(({ path, size }) => [path, size]));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return 'its snapshot directory is missing';
    throw error instanceof SourceRefused ? new TargetRefused(error.path, error.problem) : error;
  }
  for (const { path, size } of lines)
    if (found.get(path) !== size) return `${path} has ${found.get(path) ?? 'no'} bytes instead of the recorded ${size}`;
  return found.size === lines.length
    ? undefined
    : `${found.size} files are there instead of the recorded ${lines.length}`;
}
