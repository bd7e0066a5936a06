import type { Token } from '../ysql-dump/scan/scan-sql';
import { isName, isSymbol, nameOf, wordsAt } from '../ysql-dump/scan/statement';
import { named, type Verdict } from './verdict';

/**
 * What PostgreSQL itself takes from everybody at first (REVOKE … FROM PUBLIC in system_functions.sql and
 * system_views.sql): functions that read the server's files or steer it, tables with passwords and with samples of
 * rows. The profiles of roles are YugabyteDB's.
 */
const ONLY_FOR_SUPERUSERS =
  /^(?:pg_(?:read_\w+|ls_\w+|stat_file|stat_reset\w*|current_logfile|rotate_logfile\w*|reload_conf|promote|switch_wal|create_restore_point|(?:start|stop)_backup|backup_(?:start|stop)|wal_replay_\w+|replication_origin_\w+|config|hba_file_rules|ident_file_mappings|file_settings|show_all_file_settings|authid|shadow|user_mapping|subscription|statistic|statistic_ext_data|largeobject|yb_role_profile)|lo_(?:import|export))$/;
/** Whole kinds of what a schema holds. */
const ALL_IN = 'TABLES|FUNCTIONS|PROCEDURES|ROUTINES|SEQUENCES';

/**
 * What gives others the server's own: rights on it, or its ownership. Rights of a database's own things are its owner's
 * business; those on the catalog hold in this database, and show or do what belongs to the whole cluster. `at`: the
 * place of the kind. Undefined: it gives nothing of that.
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

const of = (what: string): Verdict => named(`rights on ${what}, which are only a superuser's at first`);
