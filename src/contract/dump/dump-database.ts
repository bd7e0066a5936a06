import { z } from 'zod';
import { busyFields } from '../fields/common-fields';
import { copyOptions } from '../fields/copy-options';
import { databaseName } from '../fields/database-fields';
import { languageOf } from '../fields/languages';

export const TABLE_LIST = 'a list of 1 to 1,000 tables, each "orders" (of schema public) or "sales.lines"';

/** Names of tables as people type them; they are looked up in the database. */
export const tableList = z
  .array(z.string({ error: TABLE_LIST }).min(1, { error: TABLE_LIST }).max(200, { error: TABLE_LIST }), {
    error: TABLE_LIST,
  })
  .min(1, { error: TABLE_LIST })
  .max(1000, { error: TABLE_LIST });

const flag = (description: string) => z.boolean({ error: 'true or false' }).optional().describe(description);

export const dumpDatabaseInput = z
  .strictObject({
    database: databaseName.describe(
      'The database or keyspace to dump, as the tools write it: "ysql.orders", "ycql.shop".',
    ),
    schemaOnly: flag('Everything but rows.'),
    dataOnly: flag('Rows and sequence values alone, to be loaded into a database that has the tables.'),
    tables: tableList
      .optional()
      .describe(
        'Only these tables, with their indexes, constraints, partitions and own sequences, and the types, functions and schemas of the database. Default: everything. Of a keyspace: bare names.',
      ),
    copyOptions: copyOptions.optional().describe('Options of COPY. Keyspaces only.'),
    ...busyFields,
  })
  .refine(({ schemaOnly, dataOnly }) => !(schemaOnly && dataOnly), {
    path: ['dataOnly'],
    error: 'false or nothing beside "schemaOnly": true, since nothing would be left to dump',
  })
  .refine((input) => input.copyOptions === undefined || languageOf(input.database).takesCopyOptions, {
    path: ['copyOptions'],
    error: 'nothing beside a database of YSQL, which is not dumped with COPY',
  });

export type DumpDatabaseInput = z.output<typeof dumpDatabaseInput>;

export const dumpDatabaseResult = z.strictObject({
  dumpId: z.string().describe('`<database>-dump-<yyyymmddThhmmssZ>-<6 hex>`.'),
  database: z.string(),
  tables: z.number().describe('Tables that the dump creates, or whose rows it holds.'),
  files: z.number().describe('Objects in the bucket; a long dump is cut into several.'),
  bytes: z.number().describe('Bytes in the bucket, compressed.'),
  rows: z.number().describe('Rows in the dump, counted as they passed. Of YSQL those of the one moment that it holds.'),
  recoveryPoint: z.string().optional().describe('Only where the cluster can dump as of a known moment.'),
  manifest: z.strictObject({ key: z.string(), sha256: z.string() }),
  durationSeconds: z.number(),
  warnings: z.array(z.string()).optional(),
});

export type DumpDatabaseResult = z.output<typeof dumpDatabaseResult>;
