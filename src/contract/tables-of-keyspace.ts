import { z } from 'zod';
import { apiOf } from './database-name';

const FORM = 'a list of 1 to 1,000 names of tables, each as in "orders"';

/** Bare names of tables of one keyspace. */
export const tablesOfKeyspace = z
  .array(z.string({ error: FORM }).min(1, { error: FORM }).max(200, { error: FORM }), { error: FORM })
  .min(1, { error: FORM })
  .max(1000, { error: FORM })
  .refine((names) => new Set(names).size === names.length, { error: `${FORM}, none of them twice` })
  .optional();

export const ONLY_KEYSPACES =
  'nothing beside a database of YSQL: its snapshots hold it whole. Take single tables of it with a logical dump';

/** Tables are chosen of keyspaces only: the cluster takes snapshots of a YSQL database as a whole. */
export const onlyOfKeyspaces = ({ database, tables }: { database: string; tables?: string[] | undefined }): boolean =>
  tables === undefined || apiOf(database) === 'ycql';
