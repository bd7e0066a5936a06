import type { Draws } from '../support/draws';
import type { FaultCluster } from '../support/cluster/fault-cluster';
import type { Story } from './story';

export const COPY = 'copy_';

/** A backup or dump whose run ended well. */
export interface Kept {
  id: string;
  kind: 'backup' | 'dump';
  story: Story;
  /** It holds what stood after a step between these. */
  from: number;
  to: number;
  /** Made while processes were killed and the store failed. */
  underFire: boolean;
  /** What it was found to hold when it was first restored; it is so ever after. */
  digest?: string;
  /** By a run that ended well, or `maybe`: the run failed, and the bucket says what came of it. */
  deleted: boolean | 'maybe';
  /** The round in which it was restored last. */
  restoredIn: number;
}

/** What the rounds of one seed share. */
export class Scene {
  readonly kept: Kept[] = [];
  private copies = 0;

  constructor(
    readonly cluster: FaultCluster,
    readonly stories: readonly Story[],
    /** Those whose history the cluster keeps. */
    readonly recoverable: readonly Story[],
    readonly draws: Draws,
  ) {}

  /** What is restorable, as far as is known. */
  get alive(): Kept[] {
    return this.kept.filter(({ deleted }) => deleted === false);
  }

  oneOf<T>(things: readonly T[]): T | undefined {
    return things[this.draws.below(things.length)];
  }

  /** A name that no database has; what is left under such a name was left behind. */
  newName(): string {
    this.copies += 1;
    return `${COPY}${this.copies}`;
  }

  /** A restored copy holds what was backed up, to the last row; then it is dropped. */
  async compare(kept: Kept, copy: string): Promise<void> {
    const { id, story, from, to } = kept;
    const digest = await story.subject.digest(copy);
    if (!story.holds(digest, from, to))
      throw new Error(`${id}, restored as ${copy}, holds nothing that stood after one of the steps ${from} to ${to}.`);
    if ((kept.digest ??= digest) !== digest)
      throw new Error(`${id}, restored as ${copy}, holds something else than at its first restore.`);
    await story.subject.drop(copy);
  }
}
