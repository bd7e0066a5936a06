/** A batch is one activity: long enough to be worth its history events, short enough to be repeated. */
const BYTES_AT_MOST = 1024 ** 3;
const FILES_AT_MOST = 2_000;

/** Cuts a list into batches of at most 1 GiB and 2,000 files; what is larger alone is a batch of its own. */
export function intoBatches<T extends { files: number; bytes: number }>(items: readonly T[]): T[][] {
  const batches: T[][] = [];
  let current: T[] = [];
  let files = 0;
  let bytes = 0;
  for (const item of items) {
    if (current.length > 0 && (files + item.files > FILES_AT_MOST || bytes + item.bytes > BYTES_AT_MOST)) {
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
