import { apiOf, type Api } from './database-name';

/**
 * What databases of a language can and what they have, as data. How a cluster is asked is another matter: `yugabyte`'s
 * `DatabaseApi`.
 */
export interface Language {
  /** What people call one of its databases. */
  noun: 'database' | 'keyspace';
  /** A database can be renamed, so what is made gets its name when it is proved, and has a scratch name until then. */
  renames: boolean;
  /** Single tables can be snapshotted, restored, and renamed on the way. */
  choosesTables: boolean;
  /**
   * A restore loads its definitions, and a snapshot fills what they made; without it, they are for people, and the
   * snapshot brings its own.
   */
  loadsDefinitions: boolean;
  /** Values of sequences stand beside the rows, and go on whatever is restored. */
  hasSequences: boolean;
  /** The cluster can be asked for its clock. */
  tellsTime: boolean;
  /** All databases have one catalog, so that a rewind of one may lose the DDL of others. */
  sharesCatalog: boolean;
  /** The masters say which databases there are and what they hold, even while the language itself is away. */
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

/** The name of a language alone, `ysql`: all of its databases are meant. */
export const isApi = (text: string): text is Api => Object.hasOwn(LANGUAGES, text);

/** The language of a database, `ysql.orders`. */
export const languageOf = (database: string): Language => LANGUAGES[apiOf(database)];
