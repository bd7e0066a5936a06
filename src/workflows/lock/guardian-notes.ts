import type { Timing } from '../../contract';
import { droppedByReplacement, undoTimeoutMs, type Undo } from '../../contract/internal';

/** What a guardian would undo, as noted by its owner. */
export class Notes {
  private readonly named = new Map<string, Undo>();
  /** Remaining undos of notes that were replaced after a reset of the owner. */
  private readonly forgotten = new Set<Undo>();

  constructor(private readonly timing: Timing) {}

  /** Under an existing key it replaces that note; `null` withdraws it. */
  note(key: string, undo: Undo | null): void {
    const earlier = this.named.get(key);
    const left = earlier && undo && droppedByReplacement(earlier, undo);
    this.named.delete(key);
    if (undo) this.named.set(key, undo);
    if (left) this.forgotten.add(left);
  }

  done(undo: Undo): void {
    this.forgotten.delete(undo);
    for (const [key, noted] of this.named) if (noted === undo) this.named.delete(key);
  }

  /**
   * Newest first, but undos that have to wait come last: a restoration that runs for days must not keep the load
   * balancer off. Replaced notes come before the imported database: nothing is dropped while one of their restorations
   * may be running.
   */
  inOrder(): Undo[] {
    const newestFirst = [...this.named.values()].reverse();
    const last = (undo: Undo): boolean =>
      undo.kind === 'scratch' || undo.kind === 'keyspace' || undoTimeoutMs(undo, this.timing) > 0;
    return [
      ...newestFirst.filter((undo) => !last(undo)),
      ...this.forgotten,
      ...newestFirst.filter((undo) => last(undo)),
    ];
  }
}
