import type { Batch, CopyCounters } from '../internal-types';

/**
 * Tablets of a batch that are worked on side by side: while the folder of one is listed or compared, bytes of others
 * flow. A table without rows costs its listing alone.
 */
export const CONCURRENT_TABLETS = 4;

/** How far a batch is, over tablets that go on side by side. */
export class BatchCounters {
  private readonly total: CopyCounters;
  private readonly tablets = new Map<string, { files: number; bytes: number }>();

  constructor({ work: { files, bytes } }: Batch) {
    this.total = { filesDone: 0, filesTotal: files, bytesDone: 0, bytesTotal: bytes };
  }

  /** How far a tablet is now. */
  set(tablet: string, files: number, bytes: number): void {
    const before = this.tablets.get(tablet) ?? { files: 0, bytes: 0 };
    this.total.filesDone += files - before.files;
    this.total.bytesDone += bytes - before.bytes;
    this.tablets.set(tablet, { files, bytes });
  }

  read(): CopyCounters {
    return { ...this.total };
  }
}
