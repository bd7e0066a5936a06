import type { Micros } from '../micros';
import { activeConnections, endConnections, endOwnSessions, type ActiveConnection } from './session/active-connections';
import { catalogVersionOfDatabase } from './catalog-version-of-database';
import { dropLoadRole } from '../sql-script/load-role';
import { dropDatabase, renameDatabase, type ChangeDatabaseOptions } from './change-database';
import { chooseTables, type TableChoice } from './tables/choose-tables';
import { countRows } from './rows/count-rows';
import { createdRelationsWithStorage, type CreatedRelation } from './tables/created-relations';
import { databaseExists, closedDatabases, listDatabases, type ListedDatabase } from './databases';
import { digestRows, type RowsAsDumped } from './rows/digest-rows';
import { fingerprintTable, type TableFingerprint } from './rows/fingerprint-table';
import {
  firingTriggers,
  enableTriggers,
  maySilenceTriggers,
  userTriggers,
  type FiringTrigger,
} from './tables/firing-triggers';
import { countViolators, rowChecks, type RowCheck } from './tables/foreign-keys';
import { hasRows } from './rows/has-rows';
import { invalidIndexes, type InvalidIndex } from './tables/invalid-indexes';
import { losable, type Losable } from './tables/losable';
import { availableExtensions, listProfiles, listRoles, listTablespaces } from './list-cluster-objects';
import { knownSettings } from './session/session-settings';
import type { QualifiedName } from './session/quote';
import { readClock } from './rows/read-clock';
import { canReadAtMoment, type ReadAt } from './rows/read-moment';
import { readSequences, type SequenceState } from './rows/read-sequences';
import { mayCreateDatabases, unreadableRelations } from './rights';
import { serverVersion } from './session/server-version';
import { setSequences, type OutOfBounds, type SequenceValue } from './rows/set-sequence';
import { tableLinks, type TableLinks } from './tables/table-links';
import { SqlConnection, type SqlOptions } from './session/sql-connection';
import { tablesWithAmbiguousText, type AmbiguousTable } from './tables/ambiguous-texts';

/**
 * The SQL that Kalpa runs on a cluster; each function is described in the file named after it. Failures: `SqlFailed`.
 */
export class Ysql {
  constructor(private readonly connection: SqlConnection) {}

  /** The same over connections that are kept from call to call while `work` runs: as many as it uses at once. */
  keeping = <T>(work: (sql: Ysql) => Promise<T>): Promise<T> =>
    this.connection.keeping(async (kept) => await work(new Ysql(kept)));
  databaseExists = (name: string, options?: SqlOptions): Promise<boolean> =>
    databaseExists(this.connection, name, options);
  listDatabases = (options?: SqlOptions): Promise<ListedDatabase[]> => listDatabases(this.connection, options);
  closedDatabases = (options?: SqlOptions): Promise<string[]> => closedDatabases(this.connection, options);
  createdRelationsWithStorage = (database: string, options?: SqlOptions): Promise<CreatedRelation[]> =>
    createdRelationsWithStorage(this.connection, database, options);
  catalogVersionOfDatabase = (database: string, options?: SqlOptions): Promise<string | undefined> =>
    catalogVersionOfDatabase(this.connection, database, options);
  readClock = (options?: SqlOptions): Promise<Micros> => readClock(this.connection, options);
  readSequences = (database: string, options?: SqlOptions): Promise<SequenceState[]> =>
    readSequences(this.connection, database, options);
  setSequences = (
    database: string,
    values: readonly SequenceValue[],
    options?: SqlOptions,
  ): Promise<{ outOfBounds: OutOfBounds[] }> => setSequences(this.connection, database, values, options);
  countRows = (database: string, table: QualifiedName, options?: ReadAt): Promise<number> =>
    countRows(this.connection, database, table, options);
  hasRows = (database: string, table: QualifiedName, options?: SqlOptions & { below?: boolean }): Promise<boolean> =>
    hasRows(this.connection, database, table, options);
  firingTriggers = (
    database: string,
    tables: readonly QualifiedName[],
    options?: SqlOptions,
  ): Promise<FiringTrigger[]> => firingTriggers(this.connection, database, tables, options);
  userTriggers = (database: string, tables: readonly QualifiedName[], options?: SqlOptions): Promise<string[]> =>
    userTriggers(this.connection, database, tables, options);
  enableTriggers = (database: string, triggers: readonly FiringTrigger[], options?: SqlOptions): Promise<number> =>
    enableTriggers(this.connection, database, triggers, options);
  maySilenceTriggers = (database: string, options?: SqlOptions): Promise<boolean> =>
    maySilenceTriggers(this.connection, database, options);
  rowChecks = (database: string, tables: readonly QualifiedName[], options?: SqlOptions): Promise<RowCheck[]> =>
    rowChecks(this.connection, database, tables, options);
  countViolators = (database: string, check: RowCheck, options?: SqlOptions): Promise<number | undefined> =>
    countViolators(this.connection, database, check, options);
  fingerprintTable = (database: string, table: QualifiedName, options?: ReadAt): Promise<TableFingerprint> =>
    fingerprintTable(this.connection, database, table, options);
  digestRows = (
    database: string,
    rows: RowsAsDumped,
    options?: SqlOptions,
  ): Promise<{ rows: number; digest: string }> => digestRows(this.connection, database, rows, options);
  knownSettings = (options?: SqlOptions): Promise<Record<string, string>> => knownSettings(this.connection, options);
  unlikeTexts = (
    database: string,
    tables: readonly QualifiedName[],
    options: SqlOptions & { otherRelease: boolean },
  ): Promise<AmbiguousTable[]> => tablesWithAmbiguousText(this.connection, database, tables, options);
  canReadAtMoment = (database: string, options?: SqlOptions): Promise<boolean> =>
    canReadAtMoment(this.connection, database, options);
  chooseTables = (
    database: string,
    requested: readonly string[],
    options?: SqlOptions & { rowsAlone?: boolean },
  ): Promise<TableChoice> => chooseTables(this.connection, database, requested, options);
  tableLinks = (database: string, options?: SqlOptions): Promise<TableLinks[]> =>
    tableLinks(this.connection, database, options);
  losable = (database: string, options?: SqlOptions): Promise<Losable> => losable(this.connection, database, options);
  unreadableRelations = (database: string, options?: SqlOptions): Promise<string[]> =>
    unreadableRelations(this.connection, database, options);
  mayCreateDatabases = (options?: SqlOptions): Promise<boolean> => mayCreateDatabases(this.connection, options);
  listRoles = (options?: SqlOptions): Promise<string[]> => listRoles(this.connection, options);
  listProfiles = (options?: SqlOptions): Promise<string[]> => listProfiles(this.connection, options);
  listTablespaces = (options?: SqlOptions): Promise<string[]> => listTablespaces(this.connection, options);
  availableExtensions = (options?: SqlOptions): Promise<string[]> => availableExtensions(this.connection, options);
  invalidIndexes = (database: string, options?: SqlOptions): Promise<InvalidIndex[]> =>
    invalidIndexes(this.connection, database, options);
  dropDatabase = async (name: string, options?: ChangeDatabaseOptions): Promise<{ dropped: boolean }> => {
    const dropped = await dropDatabase(this.connection, name, options);
    await dropLoadRole(this.connection, name, options);
    return dropped;
  };
  renameDatabase = (from: string, to: string, options?: ChangeDatabaseOptions): Promise<{ renamed: boolean }> =>
    renameDatabase(this.connection, from, to, options);
  activeConnections = (database: string, options?: SqlOptions): Promise<ActiveConnection[]> =>
    activeConnections(this.connection, database, options);
  endConnections = (database: string, options?: SqlOptions): Promise<number> =>
    endConnections(this.connection, database, options);
  endOwnSessions = (database: string, options?: SqlOptions): Promise<void> =>
    endOwnSessions(this.connection, database, options);
  serverVersion = (options?: SqlOptions): Promise<string> => serverVersion(this.connection, options);
}

export { SqlConnection } from './session/sql-connection';
export { qualifiedName, shownName } from './tables/choose-tables';
export { outOfBoundsWarning } from './rows/set-sequence';
export { quoteIdentifier, quoteQualified, type QualifiedName } from './session/quote';
export type { FiringTrigger, OutOfBounds, SequenceState, TableChoice, TableLinks };
