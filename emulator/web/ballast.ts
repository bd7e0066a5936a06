import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Cluster } from '../cluster';
import { databaseOf } from '../commands/command';
import { baseName, writeBallast } from '../journal/tablet-file';
import { tabletDir } from '../paths';

/** Adds large incompressible files to the tablets of a database's tables, in turn; its next snapshots contain them. */
export async function addBallast(
  cluster: Cluster,
  { database, bytes, files = 1 }: { database: string; bytes: number; files?: number },
): Promise<object> {
  if (!(bytes > 0) || !(files > 0)) throw new RangeError('Ballast needs a number of bytes and of files above 0.');
  const { oid } = await databaseOf(cluster, database);
  await cluster.databases.atMoment(oid, async () => {
    const tables =
      cluster.state.databases
        .find((one) => one.oid === oid)
        ?.tables.filter(({ kind }) => kind === 'r' || kind === 'g') ?? [];
    const tablets = tables.flatMap((table) => table.tablets.map((tablet) => ({ table, tablet })));
    if (tablets.length === 0) throw new RangeError(`Database ${database} has no table to put ballast into.`);
    for (let n = 0; n < files; n += 1) {
      const { table, tablet } = tablets[n % tablets.length] ?? {};
      if (!table || !tablet) continue;
      for (const tserver of tablet.replicas) {
        const directory = tabletDir({ home: cluster.options.home, tserver, tableId: table.id, tabletId: tablet.id });
        await mkdir(directory, { recursive: true });
        await writeBallast(join(directory, baseName(tablet.nextFile)), bytes);
      }
      tablet.files.push({ number: tablet.nextFile, ballast: true });
      tablet.nextFile += 1;
    }
    cluster.save();
  });
  return { database, files, bytes };
}
