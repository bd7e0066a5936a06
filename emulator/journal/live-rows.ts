import { tabletDir } from '../paths';
import type { TableState } from '../state';
import { tabletsHolding, type Row } from './records';
import { TableReplay } from './replay';
import { parseBody, readTabletFile } from './tablet-file';
import type { Disks } from './write-lines';

/** Later than every hybrid time. */
export const FOREVER = 2n ** 62n;

/** The rows in a table's live files, read from one replica of each tablet. */
export async function liveRows(disks: Disks, table: TableState, tables: readonly TableState[]): Promise<Row[]> {
  return (await rowsAt(disks, { table, tables }, FOREVER)).rows;
}

/** The rows of a moment, with the names of their columns. `tables`: all of the database. */
export async function rowsAt(
  disks: Disks,
  { table, tables }: { table: TableState; tables: readonly TableState[] },
  micros: bigint,
): Promise<{ columns: string[]; rows: Row[] }> {
  const replay = new TableReplay(micros, table.colocated?.id);
  const { holder, tablets } = tabletsHolding(table, tables);
  for (const tablet of tablets) {
    const directory = tabletDir({
      home: disks.home,
      tserver: tablet.replicas[0] ?? 0,
      tableId: holder.id,
      tabletId: tablet.id,
    });
    const files = tablet.files.filter(({ ballast }) => !ballast);
    const bodies = await Promise.all(files.map(async ({ number }) => (await readTabletFile(directory, number)).body));
    replay.tablet(bodies.flatMap(parseBody));
  }
  return replay.rows();
}
