import { placesOf, readPlaces } from '../../repository';
import { ChecksumMismatch, isStoreError, type ObjectStore, type TransferLimits } from '../../transfer';
import { given } from '../../objects/given';
import type { PlaceLine } from '../work-lines';

/** Parallel reads of objects. */
const WIDTH = 4;

/**
 * Where each file is read: one that was fetched again is read from its new place if an object of that size and ETag is
 * there. Nothing is read to decide that; the file must have its SHA-256 in any case.
 */
export async function placesByHead(store: ObjectStore, lines: readonly PlaceLine[]): Promise<PlaceLine[]> {
  const chosen: PlaceLine[] = [];
  for (const line of lines) {
    let found = line;
    for (const place of placesOf(line, line.elsewhere ?? []).slice(0, -1))
      if (found === line && (await isPresent(store, place))) found = place;
    chosen.push(found);
  }
  return chosen;
}

/** The same by reading each place until one has the recorded SHA-256. If none has, the place in the file lists. */
export async function placesByContent(
  store: ObjectStore,
  lines: readonly PlaceLine[],
  { limits, signal }: { limits: TransferLimits; signal: AbortSignal },
): Promise<PlaceLine[]> {
  const found = await readPlaces({ store, files: lines.filter(isElsewhere), limits, signal, width: WIDTH });
  let next = 0;
  return lines.map((line) => (isElsewhere(line) ? (found[next++]?.place ?? line) : line));
}

const isElsewhere = ({ elsewhere }: PlaceLine): boolean => elsewhere !== undefined;

/** Whether a download failed because an object is not the recorded one: the file may be elsewhere. */
export const isUnexpectedContent = (error: unknown): boolean =>
  error instanceof ChecksumMismatch || isStoreError(error, 'missing') || isStoreError(error, 'changed');

async function isPresent(
  store: ObjectStore,
  { object, etag, versionId, offset = 0, size }: PlaceLine,
): Promise<boolean> {
  try {
    const found = await store.head(object, given({ versionId }));
    return plain(found.etag) === plain(etag) && found.size >= offset + size;
  } catch (error) {
    if (isStoreError(error, 'missing') && error.code !== 'NoSuchBucket') return false;
    throw error;
  }
}

/** Some stores list ETags without their quotes. */
const plain = (etag: string): string => etag.replaceAll('"', '');
