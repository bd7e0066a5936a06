import { FifoSemaphore } from './fifo-semaphore';

/** Size of one slot, and so of the usual part, pack and range: 16 MiB is the knee of the measured curve. */
export const SLOT_BYTES = 16 * 1024 * 1024;

/** Slots of a process: 128 MiB, shared by all files of all runs. */
export const SLOTS = 8;

/** Bytes that a piece of work may use until it gives them back. */
export interface Slot {
  readonly buffer: Buffer;
  release(): void;
}

/**
 * The Buffers that every transfer of a process goes through: backpressure by bytes, whatever the number of files.
 * First come, first served. Whoever holds a slot must not wait for another one.
 */
export class SlotPool {
  private readonly idle: Buffer[] = [];
  private readonly semaphore: FifoSemaphore;

  constructor(
    readonly slots = SLOTS,
    readonly slotBytes = SLOT_BYTES,
  ) {
    this.semaphore = new FifoSemaphore(slots);
  }

  /** Slots that nobody holds. */
  get available(): number {
    return this.semaphore.free;
  }

  /**
   * A Buffer of exactly `bytes`. More than one slot's worth (parts of files over 140 GiB) is accounted as several
   * slots and allocated for the purpose.
   */
  async take(bytes: number, signal?: AbortSignal): Promise<Slot> {
    const slots = Math.min(Math.max(1, Math.ceil(bytes / this.slotBytes)), this.slots);
    await this.semaphore.acquire(slots, signal);
    const pooled = bytes <= this.slotBytes ? (this.idle.pop() ?? shared(this.slotBytes)) : undefined;
    let held = true;
    return {
      buffer: pooled?.subarray(0, bytes) ?? shared(bytes),
      release: () => {
        if (!held) return;
        held = false;
        if (pooled !== undefined) this.idle.push(pooled);
        this.semaphore.release(slots);
      },
    };
  }
}

/** Seen by the thread that hashes, too. */
const shared = (bytes: number): Buffer => Buffer.from(new SharedArrayBuffer(bytes));
