import { forgottenBy, undoWaitsMs, type Timing, type Undo } from '../../contract';

/** What a guardian would undo, as its owner has noted it. */
export class Notes {
  private readonly named = new Map<string, Undo>();
  /** Left of notes that were replaced after a reset of the owner. */
  private readonly forgotten = new Set<Undo>();

  constructor(private readonly timing: Timing) {}

  /** Under a key that is noted already it replaces that note; `null` takes it back. */
  note(key: string, undo: Undo | null): void {
    const earlier = this.named.get(key);
    const left = earlier && undo && forgottenBy(earlier, undo);
    this.named.delete(key);
    if (undo) this.named.set(key, undo);
    if (left) this.forgotten.add(left);
  }

  done(undo: Undo): void {
    this.forgotten.delete(undo);
    for (const [key, noted] of this.named) if (noted === undo) this.named.delete(key);
  }

  /**
   * Newest first, but what has to wait comes last: a restoration that runs for days must not keep the load balancer
   * off. What was forgotten comes before what was imported into: nothing is dropped while a forgotten restoration may
   * run.
   */
  inOrder(): Undo[] {
    const newestFirst = [...this.named.values()].reverse();
    const last = (undo: Undo): boolean =>
      undo.kind === 'scratch' || undo.kind === 'keyspace' || undoWaitsMs(undo, this.timing) > 0;
    return [
      ...newestFirst.filter((undo) => !last(undo)),
      ...this.forgotten,
      ...newestFirst.filter((undo) => last(undo)),
    ];
  }
}
