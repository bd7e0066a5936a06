import {
  backUpDatabaseInput,
  backUpDatabaseResult,
  type BackUpDatabaseInput,
  type BackUpDatabaseResult,
} from './back-up-database';
import {
  inspectClusterInput,
  inspectClusterResult,
  type InspectClusterInput,
  type InspectClusterResult,
} from './inspect-cluster';
import {
  restoreDatabaseInput,
  restoreDatabaseResult,
  type RestoreDatabaseInput,
  type RestoreDatabaseResult,
} from './restore-database';

/** Every workflow that callers start: its type name is the key. The reference pages are made from this table. */
export const operations = {
  backUpDatabase: {
    input: backUpDatabaseInput,
    result: backUpDatabaseResult,
    what: 'Backs up one database to the bucket: snapshot, schema, tablet files from every node, manifest last.',
    example: { database: 'ysql.orders' },
  },
  restoreDatabase: {
    input: restoreDatabaseInput,
    result: restoreDatabaseResult,
    what: 'Restores a backup under a name that does not exist yet, and compares it with what the backup recorded.',
    example: { backup: { database: 'ysql.orders' }, as: 'orders_copy' },
  },
  inspectCluster: {
    input: inspectClusterInput,
    result: inspectClusterResult,
    what: 'The cluster as Kalpa sees it: nodes, databases, backups, the store, problems. Changes nothing.',
    example: {},
  },
} as const;

/** Workflow types that callers start. */
export type OperationName = keyof typeof operations;

/** Input and result of each workflow type. */
export interface OperationTypes {
  backUpDatabase: { input: BackUpDatabaseInput; result: BackUpDatabaseResult };
  restoreDatabase: { input: RestoreDatabaseInput; result: RestoreDatabaseResult };
  inspectCluster: { input: InspectClusterInput; result: InspectClusterResult };
}
