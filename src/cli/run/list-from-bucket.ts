import { Option, type Command } from 'commander';
import { didYouMeanDatabase } from '../../contract/fields/nearest-name';
import { ListPrinter, type Column } from '../core/list-printer';
import { checkDatabaseArgument } from '../core/check-database-argument';
import { withCatalogue, type Catalogue } from '../core/open-catalogue';
import type { Session } from '../core/session';
import { newestOption } from '../core/whole-number';

export interface BucketListOptions {
  cluster?: string;
  newest?: number;
}

/** Adds the options of every command that lists what the repository holds by database. */
export function withBucketListOptions(command: Command): Command {
  return command
    .addOption(newestOption())
    .addOption(new Option('--cluster <name>', 'another cluster in the same repository'));
}

/** A kind of entry in the repository, each belonging to a database. */
export interface BucketList<Entry, Details> {
  /** In the plural: `backups`. */
  noun: string;
  /** From listings alone, oldest first; of one database if given. */
  list: (catalogue: Catalogue, database?: string) => Promise<Entry[]>;
  databaseOf: (entry: Entry) => string;
  /** Further words that may be given in place of a database. */
  also?: readonly string[];
  details: (catalogue: Catalogue, entries: readonly Entry[]) => AsyncIterable<Details>;
  columns: (entries: readonly Entry[]) => Column<Details>[];
}

/** Prints the list as its rows are read; with `--json`, under its own name. */
export async function listFromBucket<Entry, Details>(
  session: Session,
  { noun, list, databaseOf, also = [], details, columns }: BucketList<Entry, Details>,
  { database, cluster, newest }: BucketListOptions & { database: string | undefined },
): Promise<void> {
  await withCatalogue(session, cluster, async (catalogue) => {
    const known = async (): Promise<string[]> => (await list(catalogue)).map(databaseOf);
    if (database !== undefined && !also.includes(database) && !/^(ysql|ycql)\../s.test(database))
      checkDatabaseArgument(database, await known());
    const all = await list(catalogue, database);
    const entries = newest === undefined ? all : all.slice(-newest);
    const rows: Details[] = [];
    const printer = new ListPrinter(session, columns(entries));
    for await (const row of details(catalogue, entries)) {
      if (session.json) rows.push(row);
      else printer.print(row);
    }
    if (session.json) session.print({ [noun]: rows }, () => '');
    else if (entries.length === 0) {
      const meant = database === undefined ? '' : didYouMeanDatabase(database, await known());
      session.printText(`No ${noun}${database === undefined ? '' : ` of ${database}`} in ${catalogue.where}.${meant}`);
    }
  });
}
