import type { Statement, Token } from '../ysql-dump/scan/scan-sql';
import { qualifiedNameAt } from '../ysql-dump/scan/statement';
import { extensionOf } from './code';
import { CONSTANT, NAME, plainString, QUALIFIED, shape, shapeOf } from './shape';
import { ALLOWED, NEEDS_MORE, refused, type Rule, type Verdict } from './verdict';

/**
 * What dumps set, with the values they may set. The first part is pg_dump's `_doSetFixedOutputState` and its per-object
 * settings; the second is what ysql_dump puts before it (2.6: yb_binary_restore; 2.17:
 * yb_non_ddl_txn_for_sys_tables_allowed; 2.23: yb_ignore_heap_pg_class_oids, also called yb_ignore_pg_class_oids, and
 * yb_ignore_relfilenode_ids; 2.31: yb_enable_update_reltuples_after_create_index).
 */
const SETTINGS: Readonly<Record<string, RegExp>> = {
  statement_timeout: /^\d+$/,
  lock_timeout: /^\d+$/,
  idle_in_transaction_session_timeout: /^\d+$/,
  transaction_timeout: /^\d+$/,
  client_encoding: /^utf-?8$|^unicode$/i,
  standard_conforming_strings: /^(?:on|off)$/,
  escape_string_warning: /^(?:on|off)$/,
  check_function_bodies: /^(?:true|false|on|off)$/,
  xmloption: /^(?:content|document)$/,
  client_min_messages: /^(?:warning|error|notice)$/,
  row_security: /^(?:on|off)$/,
  default_transaction_read_only: /^off$/,
  default_with_oids: /^(?:true|false)$/,
  default_tablespace: /^/,
  default_table_access_method: /^/,
  yb_binary_restore: /^(?:true|false)$/,
  yb_ignore_pg_class_oids: /^(?:true|false)$/,
  yb_ignore_heap_pg_class_oids: /^(?:true|false)$/,
  yb_ignore_relfilenode_ids: /^(?:true|false)$/,
  yb_enable_update_reltuples_after_create_index: /^(?:true|false)$/,
  yb_non_ddl_txn_for_sys_tables_allowed: /^(?:true|false)$/,
};

export const setting: Rule = ({ tokens }, { content }) => {
  const line = shapeOf(tokens);
  if (shape(`set session authorization (?:${NAME}|')`).test(line) && content === 'database') return NEEDS_MORE;
  const [, name, sign, value] = tokens;
  const known = name?.kind === 'word' ? SETTINGS[name.value.toLowerCase()] : undefined;
  if (!known || !/^(?:=|to)$/i.test(sign?.value ?? '') || value === undefined || tokens.length !== 4)
    return refused('a dump has no such setting');
  if (value.kind === 'symbol' || value.escapes || !known.test(value.value))
    return refused('a dump sets it to another value');
  return name?.value.startsWith('yb_') === true ? NEEDS_MORE : ALLOWED;
};

/** Follows GRANTs that were given by someone other than the owner. */
export const reset: Rule = ({ tokens }) =>
  shapeOf(tokens) === 'reset session authorization' ? ALLOWED : refused('a dump resets nothing but the session');

const EXISTS = `exists \\( select 1 from (?:pg_catalog \\. )?(?:pg_roles where rolname|pg_tablespace where spcname) = ' \\)`;

/** Functions that dumps call, only with constants. */
const CALLS: readonly { is: RegExp; needsMore: boolean }[] = [
  { is: shape(`select pg_catalog \\. set_config \\( ' , ' , false \\)`), needsMore: false },
  { is: shape(`select pg_catalog \\. setval \\( ' , (?:- )?\\d+ , (?:true|false) \\)`), needsMore: false },
  // pg_dump --binary-upgrade, on which --include-yb-metadata is based
  {
    is: shape(
      `select pg_catalog \\. (?:yb_)?binary_upgrade_(?:set_\\w+|create_empty_extension|add_sub_rel_state|replorigin_advance) \\( (?:${CONSTANT}(?: , ${CONSTANT})* )?\\)`,
    ),
    needsMore: true,
  },
  // planner statistics: of relations and columns from 2025.2 on, extended ones in the releases that are based on
  // PostgreSQL 19
  {
    is: shape(
      `select(?: \\*)? (?:from )?pg_catalog \\. (?:yb_)?pg_restore_(?:relation|attribute|extended)_stats \\( ${CONSTANT}(?: , ${CONSTANT})* \\)`,
    ),
    needsMore: false,
  },
];

/** Whether it is the query that precedes `\gset`. */
export const isRoleQuestion = ({ tokens }: Statement): boolean =>
  shape(`select ${EXISTS}(?: and ${EXISTS})* as (?:role_exists|tablespace_exists)`).test(shapeOf(tokens));

export const select: Rule = (statement, { content, connected }) => {
  const line = shapeOf(statement.tokens);
  if (isRoleQuestion(statement)) return ALLOWED;
  const call = CALLS.find(({ is }) => is.test(line));
  if (!call) return refused('a dump selects nothing but the functions of a dump, with constants');
  if (line.includes(' set_config ')) {
    const [name, value] = [statement.tokens[5], statement.tokens[7]].map(plainString);
    return name === 'search_path' && value === ''
      ? ALLOWED
      : refused('a dump sets search_path to nothing, and no more');
  }
  if (call.needsMore && content !== 'database') return refused('only a dump of a database has such a call');
  // Preserved oids are set in the session, also for the database itself.
  if (!connected && !/binary_upgrade_set_next_/.test(line)) return outside();
  if (line.includes('_create_empty_extension ')) {
    const name = plainString(statement.tokens[5]);
    if (name !== undefined) return extensionOf(name) ?? NEEDS_MORE;
  }
  return call.needsMore ? NEEDS_MORE : ALLOWED;
};

export const outside = (): Verdict => refused('it stands before the new database is connected to');

const IF_KNOWN = String.raw`^\s*BEGIN\s+IF EXISTS \(SELECT 1 FROM pg_settings WHERE name = '(yb_[a-z_]+)'\) THEN\s+EXECUTE `;
const END = String.raw`;\s+END IF;\s+END;?\s*$`;
const SETS = new RegExp(`${IF_KNOWN}'SET (yb_[a-z_]+) TO (?:true|false|on|off)'${END}`);
const ANALYZES = new RegExp(
  String.raw`${IF_KNOWN}format\('ALTER DATABASE %I SET yb_disable_auto_analyze TO (?:on|off)', current_database\(\)\)${END}`,
);

/** The setting that a DO block of a dump sets in its session. */
export function setByBlock([word, body]: readonly Token[]): string | undefined {
  return word?.value.toUpperCase() === 'DO' && body?.kind === 'dollar' ? SETS.exec(body.value)?.[2] : undefined;
}

/**
 * `DO` blocks of 2.25 and newer: a setting that older servers lack, and planner statistics suspended while the catalog
 * changes.
 */
export const doBlock: Rule = ({ tokens }, { content, connected }) => {
  const [, body] = tokens;
  if (tokens.length !== 2 || body?.kind !== 'dollar') return refused('it is no DO block of a dump');
  const [, asked, set] = SETS.exec(body.value) ?? [];
  if (asked !== undefined && asked === set && SETTINGS[asked] !== undefined) return NEEDS_MORE;
  if (ANALYZES.exec(body.value)?.[1] !== 'yb_disable_auto_analyze') return refused('it is no DO block of a dump');
  if (content === 'database' && connected) return NEEDS_MORE;
  return { kind: 'leftOut', because: 'it would change a database that was there before' };
};

/** Columns of the catalog that dumps update, for objects that they have created. */
const CATALOG: Readonly<Record<string, readonly string[]>> = {
  pg_attribute: ['attlen', 'attalign', 'attbyval', 'attislocal', 'attinhcount'],
  pg_class: ['relfrozenxid', 'relminmxid', 'relispopulated'],
  pg_constraint: ['conislocal', 'coninhcount'],
  pg_database: ['datfrozenxid', 'datminmxid'],
  pg_extension: ['extconfig'],
  pg_index: ['indisvalid'],
};
const LIST = `\\( ${CONSTANT}(?: , ${CONSTANT})* \\)`;
const TERM = `${NAME} (?:= (?:${CONSTANT}|any \\( ${CONSTANT} \\))|in ${LIST})`;
const UPDATE = shape(`update (?:pg_catalog \\. )?(${NAME}) set (.+?) where (${TERM}(?: and ${TERM})*)`);
const ASSIGNED = shape(`(${NAME}) = ${CONSTANT}`);
/** Dropped columns, as PostgreSQL 17 and newer recreate them: all of a table in one statement. */
const DROPPED_COLUMNS = shape(
  `update pg_catalog \\. pg_attribute set attlen = v \\. dlen , attalign = v \\. dalign , attbyval = false from \\( values ${LIST}(?: , ${LIST})* \\) v \\( dname , dlen , dalign \\) where attrelid = ${CONSTANT} and attname = v \\. dname`,
);
/** A role's profile, as 2.25 and newer write it in a dump of roles. */
const PROFILE = shape(
  `update pg_catalog \\. pg_yb_role_profile set rolprfstatus = ' , rolprffailedloginattempts = \\d+ where rolprfrole = \\( select oid from pg_authid where rolname = ' \\) and rolprfprofile = \\( select oid from pg_yb_profile where prfname = ' \\)`,
);
/** As a build of 2.27 wrote it in the dump of a database: with oids of the source. */
const PROFILE_BY_OID = shape(
  `update pg_catalog \\. pg_yb_role_profile set rolprfstatus = ' , rolprffailedloginattempts = \\d+ , rolprflockeduntil = ' where rolprfrole = \\d+ and rolprfprofile = \\d+`,
);

export const catalogUpdate: Rule = ({ tokens }, { content, connected, database }) => {
  const line = shapeOf(tokens);
  if (content === 'roles' && PROFILE.test(line)) return NEEDS_MORE;
  if (PROFILE_BY_OID.test(line) || PROFILE.test(line))
    return { kind: 'leftOut', because: 'a role that exists is not changed' };
  if (content === 'database' && connected && DROPPED_COLUMNS.test(line)) return NEEDS_MORE;
  const [, table = '', assignments = '', where = ''] = UPDATE.exec(line) ?? [];
  const columns = CATALOG[table];
  if (!columns || content !== 'database') return refused('a dump updates no such table');
  const wrong = assignments.split(/ , (?=[a-z_]+ = )/).some((one) => {
    const column = ASSIGNED.exec(one)?.[1];
    return column === undefined || !columns.includes(column);
  });
  if (wrong) return refused('a dump updates other columns');
  if (table === 'pg_database') {
    const rows = tokens.filter(({ kind }) => kind === 'string');
    if (where !== "datname = '" || plainString(rows.at(-1)) !== database) return refused('it is of another database');
    return NEEDS_MORE;
  }
  return connected ? NEEDS_MORE : outside();
};

/** The server's catalog; an unqualified name with this prefix is looked up there first. */
const isOfServer = ({ schema, name, qualified }: { schema: string; name: string; qualified: boolean }): boolean =>
  qualified ? /^(?:pg_|information_schema$)/.test(schema) : name.startsWith('pg_');

/** Rows are loaded only by this statement. */
export const copy: Rule = ({ tokens }, { connected, rowsInto }) => {
  const columns = `\\( ${NAME}(?: , ${NAME})* \\) `;
  if (!shape(`copy ${QUALIFIED} (?:${columns})?from stdin`).test(shapeOf(tokens)))
    return refused('a dump copies from stdin and nowhere else');
  const table = qualifiedNameAt(tokens, 1);
  if (!table || isOfServer(table)) return refused('a dump has no rows of the catalog');
  if (rowsInto?.(table) === false) return refused('its manifest names no such table');
  return connected ? ALLOWED : outside();
};

/** Extensions that a dump fills member by member are created again. */
export const drop: Rule = ({ tokens }, { content, connected }) => {
  if (!shape(`drop extension if exists ${NAME}`).test(shapeOf(tokens)) || content !== 'database')
    return refused('a dump drops nothing that it did not make');
  return connected ? NEEDS_MORE : outside();
};

/** Large objects are carried over as files where oids are preserved; YugabyteDB has none. */
export const truncate: Rule = ({ tokens }) =>
  shapeOf(tokens) === 'truncate pg_catalog . pg_largeobject'
    ? { kind: 'leftOut', because: 'there are no large objects' }
    : refused('a dump empties no table');

export const refresh: Rule = ({ tokens }, { connected }) =>
  !shape(`refresh materialized view ${QUALIFIED}`).test(shapeOf(tokens))
    ? refused('a dump refreshes materialized views whole')
    : connected
      ? ALLOWED
      : outside();
