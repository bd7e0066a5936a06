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
  private free: number;
  private readonly waiting: { slots: number; start: () => void }[] = [];

  constructor(
    readonly slots = SLOTS,
    readonly slotBytes = SLOT_BYTES,
  ) {
    this.free = slots;
  }

  /** Slots that nobody holds. */
  get available(): number {
    return this.free;
  }

  /**
   * A Buffer of exactly `bytes`. More than one slot's worth (parts of files over 140 GiB) is accounted as several
   * slots and allocated for the purpose.
   */
  async take(bytes: number, signal?: AbortSignal): Promise<Slot> {
    const slots = Math.min(Math.max(1, Math.ceil(bytes / this.slotBytes)), this.slots);
    await this.enter(slots, signal);
    const pooled = bytes <= this.slotBytes ? (this.idle.pop() ?? Buffer.allocUnsafeSlow(this.slotBytes)) : undefined;
    let held = true;
    return {
      buffer: pooled?.subarray(0, bytes) ?? Buffer.allocUnsafeSlow(bytes),
      release: () => {
        if (!held) return;
        held = false;
        if (pooled !== undefined) this.idle.push(pooled);
        this.free += slots;
        this.admit();
      },
    };
  }

  private async enter(slots: number, signal: AbortSignal | undefined): Promise<void> {
    signal?.throwIfAborted();
    if (this.waiting.length === 0 && this.free >= slots) {
      this.free -= slots;
      return;
    }
    await new Promise<void>((resolve, reject) => {
      const leave = () => {
        this.waiting.splice(this.waiting.indexOf(entry), 1);
        this.admit();
        reject(signal?.reason as Error);
      };
      const entry = {
        slots,
        start: () => {
          signal?.removeEventListener('abort', leave);
          resolve();
        },
      };
      signal?.addEventListener('abort', leave, { once: true });
      this.waiting.push(entry);
    });
  }

  private admit(): void {
    for (let next = this.waiting[0]; next !== undefined && this.free >= next.slots; next = this.waiting[0]) {
      this.waiting.shift();
      this.free -= next.slots;
      next.start();
    }
  }
}
