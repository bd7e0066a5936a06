import type { FiringTrigger } from '../../ysql/tables/firing-triggers';
import { triggerStatement } from '../../ysql/tables/firing-triggers';
import type { RowCheck } from '../../ysql/tables/foreign-keys';
import { quoteQualified, type QualifiedName } from '../../ysql/session/quote';

/** What surrounds the rows of a dump, within its single transaction. */
export interface RowsFrame {
  before: string[];
  after: string[];
}

/**
 * No user trigger fires, so rows are stored as they were dumped, in any order; what the database would have checked row
 * by row is checked once they are all loaded, including circular foreign keys. Rows outside of the load that are
 * referred to are locked until the end.
 */
export function rowsFrame({
  silent,
  triggers,
  checks,
  tables,
}: {
  /** The user may set `session_replication_role`. */
  silent: boolean;
  triggers: readonly FiringTrigger[];
  checks: readonly RowCheck[];
  /** The tables whose rows are loaded: no one else sees these rows yet. */
  tables: readonly QualifiedName[];
}): RowsFrame {
  const loaded = new Set(tables.map(quoteQualified));
  const checked = checks.filter(({ validated }) => validated);
  return {
    before: [
      ...(silent ? ['SET LOCAL session_replication_role = replica;\n'] : []),
      ...triggers.map((trigger) => `${triggerStatement(trigger, 'stopped')};\n`),
    ],
    after: [
      ...checked.flatMap(({ lock, refersTo }) =>
        lock === undefined || (refersTo && loaded.has(quoteQualified(refersTo))) ? [] : [`${lock};\n`],
      ),
      ...checked.map(checkStatement),
      ...[...triggers].reverse().map((trigger) => `${triggerStatement(trigger, 'firing')};\n`),
    ],
  };
}

function checkStatement({ name: what, refersTo, violators }: RowCheck): string {
  const reason = refersTo ? `refer to what is not in ${quoteQualified(refersTo)}` : 'have a value that others have too';
  const quoted = (text: string): string => `'${text.replaceAll("'", "''")}'`;
  const body = `DECLARE broken bigint; BEGIN
  SELECT pg_catalog.count(*) INTO broken FROM (SELECT 1 ${violators} LIMIT 1000) AS found;
  IF broken > 0 THEN RAISE integrity_constraint_violation USING
    MESSAGE = pg_catalog.concat(${quoted(`the ${what} does not hold: `)}, broken, ${quoted(` rows ${reason}`)}); END IF;
END`;
  let tag = '$check$';
  for (let i = 0; body.includes(tag); i += 1) tag = `$check${i}$`;
  return `DO ${tag} ${body} ${tag};\n`;
}
