import { z } from 'zod';
import { languageOf } from './languages';

const FORM = 'a list of 1 to 1,000 names of tables, each as in "orders"';

/** Bare names of tables of one keyspace. */
export const tablesOfKeyspace = z
  .array(z.string({ error: FORM }).min(1, { error: FORM }).max(200, { error: FORM }), { error: FORM })
  .min(1, { error: FORM })
  .max(1000, { error: FORM })
  .refine((names) => new Set(names).size === names.length, { error: `${FORM}, none of them twice` })
  .optional();

const RENAMED_FORM =
  'an object of 1 to 1,000 names of tables or indexes and their new names, as in {"orders": "orders_then"}, no new name twice';

/** New names for tables and indexes of one keyspace. */
export const newNamesOfTables = z
  .record(
    z.string().min(1, { error: RENAMED_FORM }).max(200, { error: RENAMED_FORM }),
    z.string({ error: RENAMED_FORM }).regex(/^[a-zA-Z][a-zA-Z0-9_]{0,47}$/, {
      error: 'a new name of a letter, then letters, digits and _, 48 at most',
    }),
    { error: RENAMED_FORM },
  )
  .refine((names) => Object.keys(names).length > 0 && Object.keys(names).length <= 1000, { error: RENAMED_FORM })
  .refine((names) => new Set(Object.values(names)).size === Object.keys(names).length, { error: RENAMED_FORM })
  .optional();

export const ONLY_KEYSPACES =
  'nothing beside a database of YSQL: its snapshots hold it whole. Take single tables of it with a logical dump';

/** Tables can be chosen in keyspaces only: the cluster takes snapshots of a YSQL database as a whole. */
export const tablesOnlyOfKeyspace = ({
  database,
  tables,
}: {
  database: string;
  tables?: string[] | undefined;
}): boolean => tables === undefined || languageOf(database).choosesTables;
