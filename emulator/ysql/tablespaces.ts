import { DatabaseError } from 'pg';
import { connect, quoted, type Postgres } from '../postgres/connect';
import { plainName, tokensOf } from './tokens';

interface NewTablespace {
  name: string;
  owner?: string;
  /** JSON, as written in the statement. */
  placement?: string;
}

/**
 * `CREATE TABLESPACE name [OWNER role] [LOCATION ''] [WITH (replica_placement='…')]`: in YSQL a tablespace has a
 * placement instead of a folder.
 */
export function newTablespace(sql: string): NewTablespace | undefined {
  const tokens = tokensOf(sql).filter(({ kind }) => kind !== 'space');
  const is = (at: number, word: string): boolean => tokens[at]?.text.toUpperCase() === word;
  if (!is(0, 'CREATE') || !is(1, 'TABLESPACE')) return undefined;
  const at = (word: string): number => tokens.findIndex((_, i) => is(i, word));
  const owner = at('OWNER');
  const placement = at('REPLICA_PLACEMENT');
  return {
    name: plainName(tokens[2]?.text ?? ''),
    ...(owner === -1 ? {} : { owner: plainName(tokens[owner + 1]?.text ?? '') }),
    ...(placement === -1 ? {} : { placement: (tokens[placement + 2]?.text ?? '').slice(1, -1).replaceAll("''", "'") }),
  };
}

/**
 * Creates it. PostgreSQL keeps its files in its own data directory; the options, which it does not know, are stored
 * where YSQL has them. Returns why it was refused.
 */
export async function createTablespace(
  postgres: Postgres,
  { name, owner, placement }: NewTablespace,
): Promise<{ code: string; message: string } | undefined> {
  const admin = await connect(postgres, 'postgres');
  try {
    await admin.query('SET allow_in_place_tablespaces = on');
    await admin.query('SET allow_system_table_mods = on');
    await admin.query(
      `CREATE TABLESPACE ${quoted(name)} ${owner === undefined ? '' : `OWNER ${quoted(owner)}`} LOCATION ''`,
    );
    if (placement !== undefined)
      await admin.query('UPDATE pg_tablespace SET spcoptions = ARRAY[$2] WHERE spcname = $1', [
        name,
        `replica_placement=${placement}`,
      ]);
    return undefined;
  } catch (error) {
    if (error instanceof DatabaseError) return { code: error.code ?? 'XX000', message: error.message };
    throw error;
  } finally {
    await admin.end();
  }
}
