import type { BigIntStats } from 'node:fs';

/** Something other than a regular file or folder exists where one is expected; callers say what that means. */
export class LinkFound extends Error {
  override readonly name = 'LinkFound';
  constructor(
    readonly path: string,
    /** `a symbolic link`, `a FIFO`. */
    readonly found: string,
  ) {
    super(`${path} is ${found}`);
  }
}

/** What exists under a name, in words. */
export function describeEntry(found: Pick<BigIntStats, `is${Kind}`>): string {
  const kind = KINDS.find(([is]) => found[`is${is}`]());
  return kind?.[1] ?? 'something that is not a file';
}

type Kind = 'SymbolicLink' | 'FIFO' | 'Socket' | 'BlockDevice' | 'CharacterDevice' | 'Directory' | 'File';

const KINDS: readonly (readonly [Kind, string])[] = [
  ['SymbolicLink', 'a symbolic link'],
  ['FIFO', 'a FIFO'],
  ['Socket', 'a socket'],
  ['BlockDevice', 'a device'],
  ['CharacterDevice', 'a device'],
  ['Directory', 'a folder'],
  ['File', 'an ordinary file'],
];
