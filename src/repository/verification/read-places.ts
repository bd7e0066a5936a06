import { checkFiles, type CheckRequest, type ObjectStore, type RecordedFile } from '../../transfer';
import { placesOf, type OtherPlace } from './repairs';

type Repaired = RecordedFile & { elsewhere?: readonly OtherPlace[] | undefined };

/** How files with several places are read. */
export interface PlacesRequest<F extends Repaired> extends Omit<CheckRequest, 'files' | 'onChecked'> {
  store: ObjectStore;
  files: readonly F[];
  /** Index of the first place to read for each file; earlier ones were already read. Default: 0. */
  from?: number;
}

/** Where a file was found intact, or what is wrong with it in its original place. */
export type FoundPlace<F> = { place: F; problem?: undefined } | { place?: undefined; problem: string };

/**
 * Reads the places of each file, the latest repair first, until one has the recorded SHA-256. Results are in the order
 * of the files.
 */
export async function readPlaces<F extends Repaired>({
  files,
  from = 0,
  ...request
}: PlacesRequest<F>): Promise<FoundPlace<F>[]> {
  const found = files.map((): FoundPlace<F> => ({ problem: 'it stands nowhere' }));
  let left = files.map((file, index) => ({ index, places: placesOf(file, file.elsewhere ?? []) }));
  for (let rank = from; left.length > 0; rank += 1) {
    const candidates = left.flatMap(({ index, places }) => {
      const place = places[rank];
      return place === undefined ? [] : [{ index, places, place }];
    });
    const bad = new Set<number>();
    await checkFiles({
      ...request,
      files: candidates.map(({ place }) => place),
      onChecked: (i, problem) => {
        const one = candidates[i];
        if (!one) return;
        found[one.index] = problem === undefined ? { place: one.place } : { problem };
        if (problem !== undefined) bad.add(i);
      },
    });
    left = candidates.filter((_, i) => bad.has(i));
  }
  return found;
}
