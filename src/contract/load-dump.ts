import { z } from 'zod';
import { acceptField, busyFields, manifestSha256 } from './fields/common-fields';
import { databaseName, newName } from './fields/database-fields';
import { tableList } from './dump/dump-database';
import { clusterName } from './fields/cluster-name';

const DUMP_FORM = 'a dump id, as `kalpa dumps` lists them';

export const loadDumpInput = z.strictObject({
  dump: z
    .string({ error: DUMP_FORM })
    .min(1, { error: DUMP_FORM })
    .max(400, { error: DUMP_FORM })
    .describe('The id of the dump.'),
  database: databaseName.optional().describe('Which database or keyspace of a dump of the whole cluster.'),
  fromCluster: clusterName.optional().describe('The cluster that made the dump, when it is another one.'),
  manifestSha256: manifestSha256.describe(
    'Restores only the dump whose manifest has this hash, as its result gave it. Needed for one that is not signed where the repository signs.',
  ),
  as: newName
    .optional()
    .describe(
      'The new, bare name; default: the original name. Refused if it exists; a dump of rows alone is loaded into a database that exists and whose tables are empty.',
    ),
  tables: tableList.optional().describe('Only the rows of these tables; the schema comes whole. Default: all.'),
  roles: z
    .enum(['require', 'skip'], { error: '"require" or "skip"' })
    .optional()
    .describe(
      'Roles that the dump names and the cluster lacks: refuse, or leave out what names roles (owners, grants, policies, user mappings, settings). Default: require.',
    ),
  ...acceptField,
  ...busyFields,
});

export type LoadDumpInput = z.output<typeof loadDumpInput>;

export const loadDumpResult = z.strictObject({
  database: z.string().describe('The loaded database, as the tools write it.'),
  dumpId: z.string(),
  tables: z.number(),
  rows: z.number().describe('Rows that were loaded, and counted again in the database.'),
  comparedByValue: z
    .number()
    .optional()
    .describe(
      'Tables whose values were compared with the dump too, by a digest; of the others only the counts (see `warnings`).',
    ),
  asConfiguredRole: z
    .record(z.string(), z.number())
    .optional()
    .describe(
      'Statements of the dump that need more than the owner of a database may do and were run as `ysql.user`, by kind. Everything else was run as a role that owns the new database and no more.',
    ),
  durationSeconds: z.number(),
  warnings: z.array(z.string()).optional(),
});

export type LoadDumpResult = z.output<typeof loadDumpResult>;
