import { has, type Feature, type Release } from '../releases';
import { translate } from './yb-syntax';

/** A setting at the beginning of a dump with YugabyteDB's metadata, and the statement that sets it there. */
interface RestoreSetting {
  name: string;
  since: Feature;
  sets: (dialect: Release) => string;
}

/** Sets it in PostgreSQL's syntax if the server has it; an unknown setting would be an error. */
const ifKnown = (name: string, value: string): string =>
  `DO $$\nBEGIN\n  IF EXISTS (SELECT 1 FROM pg_settings WHERE name = '${name}') THEN\n    EXECUTE 'SET ${name} TO ${value}';\n  END IF;\nEND $$;`;

/**
 * In the order of the expected outputs of yugabyte/yugabyte-db, src/postgres/src/test/regress/data:
 * yb_ysql_dump_colocated_database.data.sql of 2.17.1 (00850e8), yb_ysql_dump_colocated_tables_with_tablespaces.data.sql
 * of 2.23.1 (414e64c), the dumps of 2.25.2 and newer.
 */
const SETTINGS: readonly RestoreSetting[] = [
  { name: 'yb_binary_restore', since: 'emptyExtensions', sets: () => 'SET yb_binary_restore = true;' },
  {
    name: 'yb_ignore_pg_class_oids',
    since: 'preservesClassOids',
    sets: () => 'SET yb_ignore_pg_class_oids = false;',
  },
  {
    name: 'yb_ignore_relfilenode_ids',
    since: 'preservesClassOids',
    sets: (dialect) =>
      has(dialect, 'postgres15')
        ? ifKnown('yb_ignore_relfilenode_ids', 'false')
        : 'SET yb_ignore_relfilenode_ids = false;',
  },
  {
    name: 'yb_non_ddl_txn_for_sys_tables_allowed',
    since: 'nonDdlTransactions',
    sets: () => 'SET yb_non_ddl_txn_for_sys_tables_allowed = true;',
  },
];

/**
 * The text before PostgreSQL's own first setting in a dump with metadata; empty for a release whose dumps have none.
 */
export const restoreSettings = (dialect: Release): string =>
  SETTINGS.filter(({ since }) => has(dialect, since))
    .map(({ sets }) => sets(dialect))
    .join('\n');

/** Calls in a dump that preserve ids which this release does not preserve yet. Its tables have no TOAST. */
export const notPreserved = (dialect: Release): string =>
  has(dialect, 'preservesClassOids') ? 'toast' : 'toast|heap|index';

const SET = /^\s*SET\s+(yb_\w+)\s*(?:TO|=)\s*'?(true|false|on|off)'?\s*;?\s*$/i;

/**
 * A statement that sets one of these settings, changed so that PostgreSQL keeps the value: under a name with a dot,
 * which only superusers may set (PGC_SUSET in guc.c). Undefined: it is another statement, or the release has no such
 * setting.
 */
export function keptSetting(text: string, dialect: Release): string | undefined {
  const [, name = '', value = ''] = SET.exec(text) ?? [];
  const known = SETTINGS.find((one) => one.name === name.toLowerCase());
  if (!known || !has(dialect, known.since)) return undefined;
  return `DO $$ BEGIN
    IF current_setting('is_superuser') <> 'on' THEN
      RAISE insufficient_privilege USING MESSAGE = 'permission denied to set parameter "${known.name}"';
    END IF;
    PERFORM set_config('${known.name.replace('yb_', 'yb.')}', '${value.toLowerCase()}', false);
  END $$`;
}

/** The text of a dump as plain PostgreSQL accepts it, with its settings kept. */
export function asPostgresTakesIt(dump: string, dialect: Release): string {
  const kept = dump.split('\n').map((line) => {
    const statement = keptSetting(line, dialect);
    return statement === undefined ? line : `${statement};`;
  });
  return translate(kept.join('\n'), dialect).sql;
}
