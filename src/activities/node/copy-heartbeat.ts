import type { CopyHeartbeat } from '../../contract/internal';
import type { CopyCounters, EarlierProgress } from '../internal-types';

/**
 * Open multipart uploads from an earlier attempt's last heartbeat, by key. A hint only: what can't be read starts over,
 * since the store is asked what it holds.
 */
export function readCursor(heartbeat: unknown): { uploads: Record<string, string> } {
  const cursor = (heartbeat as { cursor?: { uploads?: unknown } } | undefined)?.cursor;
  if (typeof cursor?.uploads !== 'object' || cursor.uploads === null) return { uploads: {} };
  return {
    uploads: Object.fromEntries(
      Object.entries(cursor.uploads).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
    ),
  };
}

/** The counters of a batch in its heartbeat: with those of its node, for readers that see only this one. */
export function withNodeTotals(
  counters: CopyCounters,
  before: EarlierProgress = { files: 0, bytes: 0 },
): CopyCounters & CopyHeartbeat {
  return {
    ...counters,
    ofNode: { filesDone: before.files + counters.filesDone, bytesDone: before.bytes + counters.bytesDone },
  };
}

/** The same of all tablets that are on their way now. */
export class OpenUploads {
  private readonly tablets = new Map<string, Record<string, string>>();

  set(tablet: string, uploads: Record<string, string>): void {
    if (Object.keys(uploads).length === 0) this.tablets.delete(tablet);
    else this.tablets.set(tablet, uploads);
  }

  read(): { uploads: Record<string, string> } {
    return { uploads: Object.assign({}, ...this.tablets.values()) as Record<string, string> };
  }
}
