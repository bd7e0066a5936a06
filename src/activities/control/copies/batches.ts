/** A batch is one activity: large enough to be worth its history events. */
const MIN_BATCH_BYTES = 1024 ** 3;
const MIN_BATCH_FILES = 2_000;
/** What one history can take. */
const MAX_BATCHES_PER_NODE = 500;
/** A plan names every batch of every node in one payload. */
const MAX_BATCHES_PER_PLAN = 1_500;
/** Neighbours share a batch where they fit, so batches are at least half full, by files or by bytes. */
const SLACK = 4;

/**
 * Cuts one node's list, in order, into batches that grow with the work: at most 1 GiB and 2,000 files each, or more
 * where the node, or the whole plan with its `nodes`, would otherwise have too many batches. A tablet larger than that
 * is a batch of its own.
 */
export function intoBatches<T extends { files: number; bytes: number }>(items: readonly T[], nodes = 1): T[][] {
  const atMost = Math.max(1, Math.min(MAX_BATCHES_PER_NODE, Math.floor(MAX_BATCHES_PER_PLAN / nodes)));
  const share = (total: number): number => Math.ceil((SLACK * total) / atMost);
  const bytesAtMost = Math.max(MIN_BATCH_BYTES, share(items.reduce((sum, item) => sum + item.bytes, 0)));
  const filesAtMost = Math.max(MIN_BATCH_FILES, share(items.reduce((sum, item) => sum + item.files, 0)));
  const batches: T[][] = [];
  let current: T[] = [];
  let files = 0;
  let bytes = 0;
  for (const item of items) {
    if (current.length > 0 && (files + item.files > filesAtMost || bytes + item.bytes > bytesAtMost)) {
      batches.push(current);
      [current, files, bytes] = [[], 0, 0];
    }
    current.push(item);
    files += item.files;
    bytes += item.bytes;
  }
  if (current.length > 0) batches.push(current);
  return batches;
}
