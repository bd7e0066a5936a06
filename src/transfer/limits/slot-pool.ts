import { FifoSemaphore } from './fifo-semaphore';

/** Size of one slot, and so of the usual part, pack and range: 16 MiB is the knee of the measured curve. */
export const SLOT_BYTES = 16 * 1024 * 1024;

/** Slots of a process: 128 MiB, shared by the files of every run. */
export const SLOTS = 8;

/** A buffer on loan until it is released. */
export interface Slot {
  readonly buffer: Buffer;
  release(): void;
}

/**
 * The buffers that every transfer of a process goes through: backpressure by bytes, whatever the number of files. First
 * come, first served. The holder of a slot must not wait for another one.
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

  /** Free slots. */
  get available(): number {
    return this.semaphore.free;
  }

  /**
   * A buffer of exactly `bytes`. More than one slot's worth (parts of files over 140 GiB) counts as several slots and
   * is allocated separately.
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
