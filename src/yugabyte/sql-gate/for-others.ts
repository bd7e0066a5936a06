import type { Token } from '../ysql-dump/scan/scan-sql';
import { isName, isSymbol, nameOf, wordsAt } from '../ysql-dump/scan/statement';
import { named, type Verdict } from './verdict';

/**
 * Objects that PostgreSQL itself initially denies to everyone (REVOKE … FROM PUBLIC in system_functions.sql and
 * system_views.sql): functions that read the server's files or control it, tables with passwords and with samples of
 * rows. The profiles of roles are YugabyteDB's.
 */
const ONLY_FOR_SUPERUSERS =
  /^(?:pg_(?:read_\w+|ls_\w+|stat_file|stat_reset\w*|current_logfile|rotate_logfile\w*|reload_conf|promote|switch_wal|create_restore_point|(?:start|stop)_backup|backup_(?:start|stop)|wal_replay_\w+|replication_origin_\w+|config|hba_file_rules|ident_file_mappings|file_settings|show_all_file_settings|authid|shadow|user_mapping|subscription|statistic|statistic_ext_data|largeobject|yb_role_profile)|lo_(?:import|export))$/;
/** All objects of a kind in a schema. */
const ALL_IN = 'TABLES|FUNCTIONS|PROCEDURES|ROUTINES|SEQUENCES';

/**
 * A statement that gives others the server's own objects: privileges on them, or their ownership. Privileges on a
 * database's own objects are up to its owner; those on the catalog apply in this database, and show or change what
 * belongs to the whole cluster. `at`: the position of the kind. Undefined: it gives none of that.
 */
export function forOthers(tokens: readonly Token[], at: number): Verdict | undefined {
  const to = tokens.findLastIndex((token, i) => token.depth === 0 && wordsAt(tokens, i, 'TO'));
  const about = tokens.slice(at, to === -1 ? undefined : to);
  if (wordsAt(about, 0, 'ALL') && wordsAt(about, 1, ALL_IN))
    return about.some((token) => isName(token) && nameOf(token) === 'pg_catalog') ? of('all of pg_catalog') : undefined;
  for (const [i, token] of about.entries()) {
    if (token.depth !== 0 || !isName(token) || !ONLY_FOR_SUPERUSERS.test(nameOf(token))) continue;
    const schema = isSymbol(about[i - 1], '.') ? about[i - 2] : undefined;
    if (!isName(schema) || nameOf(schema) === 'pg_catalog') return of(`pg_catalog.${nameOf(token)}`);
  }
  return undefined;
}

const of = (subject: string): Verdict => named(`rights on ${subject}, which are only a superuser's at first`);
