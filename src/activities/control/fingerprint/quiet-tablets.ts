import { tablesOf, type Yugabyte } from '../../../yugabyte';
import type { WritesLine } from '../../work-lines';
import { grouped } from '../../../objects/grouped';

/**
 * What has been written to each replica of a database's tablets so far, as every live tserver counts it. Empty when one
 * of them can't be asked: then no tablet can be shown to be quiet.
 */
export async function writesOf(yugabyte: Yugabyte, database: string, signal: AbortSignal): Promise<WritesLine[]> {
  try {
    const entities = await yugabyte.http.dumpEntities(signal);
    const tables = new Set(tablesOf(entities, database).map(({ id }) => id));
    const tablets = new Set(entities.tablets.filter(({ tableId }) => tables.has(tableId)).map(({ id }) => id));
    const alive = (await yugabyte.tservers(signal)).filter((tserver) => tserver.alive);
    const each = await Promise.all(
      alive.map(async ({ uuid, http }) =>
        (await yugabyte.http.tabletWrites(http, signal)).map((writes) => ({ ...writes, tserver: uuid })),
      ),
    );
    return each.flat().filter(({ tablet }) => tablets.has(tablet));
  } catch (error) {
    if (signal.aborted) throw error;
    return [];
  }
}

/**
 * Tablets without writes between the two looks: the same replicas with the same counters, and no transaction open at
 * the first look. A replica that moved, a tserver that restarted or died, a tablet that was split: not shown to be
 * quiet.
 */
export function quietTablets(first: readonly WritesLine[], second: readonly WritesLine[]): Set<string> {
  const of = (lines: readonly WritesLine[]): Map<string, string> => {
    const replicas = grouped(lines, ({ tablet }) => tablet);
    const texts = (of: readonly WritesLine[]): string[] => of.map(({ tserver, written }) => `${tserver} ${written}`);
    return new Map([...replicas].map(([tablet, written]) => [tablet, texts(written).sort().join()]));
  };
  const [before, after] = [of(first), of(second)];
  const busy = new Set(first.filter(({ open }) => open > 0).map(({ tablet }) => tablet));
  return new Set(
    [...before].flatMap(([tablet, text]) => (!busy.has(tablet) && after.get(tablet) === text ? [tablet] : [])),
  );
}
