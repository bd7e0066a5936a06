import type { StackJson } from '../../../stack/stack-json';
import { withSql } from './sql';

/** Runs SQL in what every database made from now on begins as: a dump's `CREATE DATABASE` copies template0. */
async function inTemplate(ysql: StackJson['ysql'], text: string): Promise<void> {
  const allow = async (yes: boolean): Promise<void> => {
    await withSql(
      ysql,
      'yugabyte',
      async (sql) => await sql.query(`ALTER DATABASE template0 ALLOW_CONNECTIONS ${yes}`),
    );
  };
  await allow(true);
  await withSql(ysql, 'template0', async (sql) => await sql.query(text));
  await allow(false);
}

/** No index is made in any database made from now on. */
export async function refuseIndexes(ysql: StackJson['ysql']): Promise<void> {
  await inTemplate(
    ysql,
    `CREATE FUNCTION public.refuse() RETURNS event_trigger LANGUAGE plpgsql
      AS $$ BEGIN RAISE EXCEPTION 'no index today'; END $$;
    CREATE EVENT TRIGGER refuse ON ddl_command_start WHEN TAG IN ('CREATE INDEX') EXECUTE FUNCTION public.refuse()`,
  );
}

/** Ends every connection that makes an index, for as long as this role is there. */
export async function loseConnectionsWhile(ysql: StackJson['ysql'], role: string): Promise<void> {
  await withSql(ysql, 'yugabyte', async (sql) => await sql.query(`CREATE ROLE ${role}`));
  await inTemplate(
    ysql,
    `CREATE FUNCTION public.lose_connection() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN
      IF EXISTS (SELECT FROM pg_roles WHERE rolname = '${role}') THEN PERFORM pg_terminate_backend(pg_backend_pid()); END IF; END $$;
    CREATE EVENT TRIGGER lose_connection ON ddl_command_start WHEN TAG IN ('CREATE INDEX') EXECUTE FUNCTION public.lose_connection()`,
  );
}

/** Loses a row of one table in every database made from now on, whatever puts rows into it. */
export async function loseARow(ysql: StackJson['ysql'], table = 'customers'): Promise<void> {
  await inTemplate(
    ysql,
    `CREATE FUNCTION public.lose() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF NEW.id = 1 THEN RETURN NULL; END IF; RETURN NEW; END $$;
    CREATE FUNCTION public.watch() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN
      IF to_regclass('public.${table}') IS NOT NULL AND NOT EXISTS (SELECT FROM pg_trigger WHERE tgname = 'lose') THEN
        CREATE TRIGGER lose BEFORE INSERT ON public.${table} FOR EACH ROW EXECUTE FUNCTION public.lose();
        ALTER TABLE public.${table} ENABLE ALWAYS TRIGGER lose;
      END IF; END $$;
    CREATE EVENT TRIGGER watch ON ddl_command_end WHEN TAG IN ('CREATE TABLE') EXECUTE FUNCTION public.watch()`,
  );
}

/** Databases made from now on are as they should be again. */
export async function repairTemplate(ysql: StackJson['ysql']): Promise<void> {
  await inTemplate(
    ysql,
    `DROP FUNCTION IF EXISTS public.refuse, public.lose_connection, public.watch, public.lose CASCADE`,
  );
}
