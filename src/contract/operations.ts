import {
  backUpDatabaseInput,
  backUpDatabaseResult,
  type BackUpDatabaseInput,
  type BackUpDatabaseResult,
} from './back-up-database';
import { dumpClusterInput, dumpClusterResult, type DumpClusterInput, type DumpClusterResult } from './dump-cluster';
import {
  dumpDatabaseInput,
  dumpDatabaseResult,
  type DumpDatabaseInput,
  type DumpDatabaseResult,
} from './dump-database';
import {
  inspectClusterInput,
  inspectClusterResult,
  type InspectClusterInput,
  type InspectClusterResult,
} from './inspect-cluster';
import { loadDumpInput, loadDumpResult, type LoadDumpInput, type LoadDumpResult } from './load-dump';
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
  dumpDatabase: {
    input: dumpDatabaseInput,
    result: dumpDatabaseResult,
    what: 'Dumps one database as SQL text to the bucket, compressed on the way, with the number of rows of each table.',
    example: { database: 'ysql.orders' },
  },
  dumpCluster: {
    input: dumpClusterInput,
    result: dumpClusterResult,
    what: 'Dumps roles, tablespaces and every database as SQL text to the bucket.',
    example: { api: 'ysql' },
  },
  loadDump: {
    input: loadDumpInput,
    result: loadDumpResult,
    what: 'Loads a dump under a name that does not exist yet; stops at the first SQL error, and compares the rows of each table.',
    example: { dump: 'ysql.orders-dump-20261122T020007Z-3fa9c1', as: 'orders_copy' },
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
  dumpDatabase: { input: DumpDatabaseInput; result: DumpDatabaseResult };
  dumpCluster: { input: DumpClusterInput; result: DumpClusterResult };
  loadDump: { input: LoadDumpInput; result: LoadDumpResult };
  inspectCluster: { input: InspectClusterInput; result: InspectClusterResult };
}
