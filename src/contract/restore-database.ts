import { z } from 'zod';
import { acceptField, busyFields, manifestSha256 } from './fields/common-fields';
import { clusterName } from './fields/cluster-name';
import { databaseName, newName } from './fields/database-fields';
import { instant } from './fields/instant';
import { languageOf } from './fields/languages';
import { newNamesOfTables, tablesOfKeyspace, ONLY_KEYSPACES, tablesOnlyOfKeyspace } from './fields/tables-of-keyspace';
import { limitsSchema } from './fields/limits';

export const VERIFY_LEVELS = ['objects', 'counts', 'full'] as const;

const BACKUP_FORM =
  'a backup id, or { "database": "ysql.orders", "before": "<instant>" } for the newest one (before is optional)';

export const restoreDatabaseInput = z
  .strictObject({
    backup: z
      .union(
        [
          z.string().min(1).max(400),
          z.strictObject({
            database: databaseName.describe('Whose newest committed backup to take.'),
            before: instant.optional().describe('Only backups whose recovery point is before this instant.'),
          }),
        ],
        { error: BACKUP_FORM },
      )
      .describe('A backup id, or the newest committed backup of a database, optionally before an instant.'),
    fromCluster: clusterName.optional().describe('The cluster that made the backup, when it is another one.'),
    manifestSha256: manifestSha256.describe(
      'Restores only the backup whose manifest has this hash, as its result and `kalpa show` gave it. Needed for one that is not signed where the repository signs.',
    ),
    as: newName
      .optional()
      .describe(
        'The new, bare name. Default: the original name. Refused if such a database exists; a keyspace may exist where the tables to restore are absent.',
      ),
    to: instant
      .optional()
      .describe('A moment inside the history that the backup carries. Default: its recovery point.'),
    tables: tablesOfKeyspace.describe(
      'Of a keyspace (YCQL): only these tables, with their indexes. Default: everything that the backup holds.',
    ),
    renameTables: newNamesOfTables.describe(
      'Of a keyspace (YCQL): new names for single tables or indexes, such as {"orders": "orders_then"}; with it everything that the backup holds is restored.',
    ),
    verify: z
      .enum(VERIFY_LEVELS, { error: '"objects", "counts" or "full"' })
      .optional()
      .describe('How deep the restored database is compared with what the backup recorded. Default: counts.'),
    roles: z
      .enum(['require', 'create', 'skip'], { error: '"require", "create" or "skip"' })
      .optional()
      .describe(
        'Roles that the backup needs and the cluster lacks: refuse, create them without password, or leave out what names roles (owners, grants, policies, user mappings, settings). Default: require.',
      ),
    tablespaces: z
      .enum(['require', 'skip'], { error: '"require" or "skip"' })
      .optional()
      .describe('Tablespaces that the cluster lacks: refuse, or restore without. Default: require.'),
    ...limitsSchema.shape,
    ...acceptField,
    ...busyFields,
  })
  .refine(
    ({ backup, tables }) =>
      tablesOnlyOfKeyspace({ database: typeof backup === 'string' ? backup : backup.database, tables }),
    { path: ['tables'], error: ONLY_KEYSPACES },
  )
  .refine(
    ({ backup, renameTables }) =>
      renameTables === undefined || languageOf(typeof backup === 'string' ? backup : backup.database).choosesTables,
    { path: ['renameTables'], error: 'nothing beside a database of YSQL: its tables keep their names' },
  )
  .refine(({ backup, manifestSha256 }) => manifestSha256 === undefined || typeof backup === 'string', {
    path: ['manifestSha256'],
    error: 'nothing beside the newest backup of a database: a hash belongs to one backup, so name that one by its id',
  })
  .refine(({ tables, renameTables }) => renameTables === undefined || tables === undefined, {
    path: ['renameTables'],
    error:
      'nothing beside "tables": the cluster imports chosen tables under their own names. Back up the tables alone ("tables" of backUpDatabase), then restore that backup with new names',
  });

export type RestoreDatabaseInput = z.output<typeof restoreDatabaseInput>;

export const restoreDatabaseResult = z.strictObject({
  database: z.string().describe('The restored database, as the tools write it.'),
  backupId: z.string(),
  recoveryPoint: z.string(),
  tables: z.number(),
  tablets: z.number(),
  files: z.number(),
  bytes: z.number(),
  verified: z.strictObject({ level: z.enum(VERIFY_LEVELS), tablesChecked: z.number(), rowsChecked: z.number() }),
  durationSeconds: z.number(),
  warnings: z.array(z.string()).optional(),
});

export type RestoreDatabaseResult = z.output<typeof restoreDatabaseResult>;
