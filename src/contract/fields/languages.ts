import { apiOf, type Api } from './database-name';

/**
 * What databases of each API can do and have, as data. How a cluster is asked is another matter: `DatabaseApi` of
 * `yugabyte`.
 */
export interface Language {
  /** What people call one of its databases. */
  noun: 'database' | 'keyspace';
  /** A database can be renamed, so a restored or loaded one has a scratch name until it is verified. */
  renames: boolean;
  /** Single tables can be snapshotted, restored, and renamed on the way. */
  choosesTables: boolean;
  /**
   * A restore loads its definitions, and the snapshot fills the tables; otherwise the definitions are for people, and
   * the snapshot has its own.
   */
  loadsDefinitions: boolean;
  /** Sequences have values apart from the rows, which continue whatever is restored. */
  hasSequences: boolean;
  /** The cluster can be asked for its clock. */
  tellsTime: boolean;
  /** All databases share one catalog, so that a rewind of one may lose the DDL of others. */
  sharesCatalog: boolean;
  /** The masters list its databases and their tables, even while the API itself is unavailable. */
  listedByMasters: boolean;
  /** Its tools dump roles. */
  dumpsRoles: boolean;
  /** Rows are dumped by COPY, whose speed can be set. */
  takesCopyOptions: boolean;
  /** What a rewind leaves as it is, whatever the release. */
  notRewound: readonly string[];
}

export const LANGUAGES: Readonly<Record<Api, Language>> = {
  ysql: {
    noun: 'database',
    renames: true,
    choosesTables: false,
    loadsDefinitions: true,
    hasSequences: true,
    tellsTime: true,
    sharesCatalog: true,
    listedByMasters: false,
    dumpsRoles: true,
    takesCopyOptions: false,
    notRewound: ['roles and their rights', 'tablespaces', 'the values of sequences'],
  },
  ycql: {
    noun: 'keyspace',
    renames: false,
    choosesTables: true,
    loadsDefinitions: false,
    hasSequences: false,
    tellsTime: false,
    sharesCatalog: false,
    listedByMasters: true,
    dumpsRoles: false,
    takesCopyOptions: true,
    notRewound: ['roles and their rights'],
  },
};

/** The name of an API alone, `ysql`: all of its databases are meant. */
export const isApi = (text: string): text is Api => Object.hasOwn(LANGUAGES, text);

/** The API of a database, `ysql.orders`. */
export const languageOf = (database: string): Language => LANGUAGES[apiOf(database)];
