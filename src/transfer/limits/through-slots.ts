import type { SlotPool } from './slot-pool';

/** Pieces of one file that go through the pool's slots. */
export interface SlottedWork {
  /** Bytes of each piece, in order. */
  sizes: readonly number[];
  slots: SlotPool;
  signal: AbortSignal | undefined;
  /** Fills a piece; strictly in order, one at a time. */
  fill?: (index: number, buffer: Buffer) => Promise<void>;
  /** Sends or fetches a piece; started in order, in parallel with others, as far as slots allow. */
  move: (index: number, buffer: Buffer) => Promise<void>;
}

/**
 * Works through the pieces and returns when all have ended. After a failure no further piece begins; the failure is
 * thrown once no slot is in use any more.
 */
export async function throughSlots(work: SlottedWork): Promise<void> {
  const running = new Set<Promise<void>>();
  let failure: { error: unknown } | undefined;
  try {
    for (const [index, bytes] of work.sizes.entries()) {
      const slot = await work.slots.take(bytes, work.signal);
      let moving = false;
      try {
        if (failure !== undefined) break;
        await work.fill?.(index, slot.buffer);
        moving = true;
        const move: Promise<void> = work
          .move(index, slot.buffer)
          .catch((error: unknown) => {
            failure ??= { error };
          })
          .finally(() => {
            slot.release();
            running.delete(move);
          });
        running.add(move);
      } finally {
        if (!moving) slot.release();
      }
    }
  } finally {
    await Promise.all(running);
  }
  if (failure !== undefined) throw failure.error;
}

/** Sizes of the pieces of a whole. */
export function pieceSizes(total: number, pieceBytes: number): number[] {
  return Array.from({ length: Math.ceil(total / pieceBytes) }, (_, i) => Math.min(pieceBytes, total - i * pieceBytes));
}
