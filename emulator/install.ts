import type { EmulatorOptions } from './options';
import { quoted, withDatabase } from './sql';

/** The schema that holds what the emulator needs in a database; left out of every dump. */
export const SCHEMA = 'kalpa_emulator';
const PUBLICATION = 'kalpa_emulator';

/**
 * Everything that the emulator adds to a database. It goes into the templates too, so that a new database has it from
 * birth: `ysql_dump --create` writes `TEMPLATE = template0`.
 */
const INSTALL = `
CREATE SCHEMA IF NOT EXISTS ${SCHEMA};
CREATE TABLE IF NOT EXISTS ${SCHEMA}.catalog_version (only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row), current_version bigint NOT NULL);
INSERT INTO ${SCHEMA}.catalog_version (current_version) VALUES (1) ON CONFLICT DO NOTHING;
ALTER TABLE ${SCHEMA}.catalog_version REPLICA IDENTITY FULL;
CREATE OR REPLACE FUNCTION ${SCHEMA}.on_ddl() RETURNS event_trigger LANGUAGE plpgsql SECURITY DEFINER AS $emulator$
DECLARE command record; moved boolean := false;
BEGIN
  FOR command IN SELECT * FROM pg_event_trigger_ddl_commands() LOOP
    IF command.object_type = 'table' AND command.schema_name IS DISTINCT FROM 'pg_temp' AND command.command_tag IN ('CREATE TABLE', 'CREATE TABLE AS', 'SELECT INTO') THEN
      EXECUTE format('ALTER TABLE %s REPLICA IDENTITY FULL', command.object_identity);
    ELSIF command.command_tag NOT IN ('CREATE TABLE', 'CREATE SEQUENCE', 'ALTER SEQUENCE') AND command.object_type <> 'index' THEN
      moved := true; -- a plain CREATE TABLE, with its sequences and indexes, moves no catalog version
    ELSIF command.command_tag = 'CREATE INDEX' THEN
      moved := true;
    END IF;
  END LOOP;
  IF moved THEN UPDATE ${SCHEMA}.catalog_version SET current_version = current_version + 1; END IF;
END $emulator$;
CREATE OR REPLACE FUNCTION ${SCHEMA}.on_drop() RETURNS event_trigger LANGUAGE plpgsql SECURITY DEFINER AS $emulator$
BEGIN
  UPDATE ${SCHEMA}.catalog_version SET current_version = current_version + 1;
END $emulator$;
DO $$ BEGIN
  IF NOT EXISTS (SELECT FROM pg_event_trigger WHERE evtname = '${SCHEMA}_ddl') THEN
    CREATE EVENT TRIGGER ${SCHEMA}_ddl ON ddl_command_end EXECUTE FUNCTION ${SCHEMA}.on_ddl();
    CREATE EVENT TRIGGER ${SCHEMA}_drop ON sql_drop EXECUTE FUNCTION ${SCHEMA}.on_drop();
  END IF;
  IF NOT EXISTS (SELECT FROM pg_publication WHERE pubname = '${PUBLICATION}') THEN
    CREATE PUBLICATION ${PUBLICATION} FOR ALL TABLES;
  END IF;
END $$;
SET allow_system_table_mods = on;
CREATE OR REPLACE VIEW pg_catalog.pg_yb_catalog_version AS
  SELECT d.oid AS db_oid, v.current_version, v.current_version AS last_breaking_version FROM ${SCHEMA}.catalog_version v, pg_database d WHERE d.datname = current_database();
GRANT SELECT ON pg_catalog.pg_yb_catalog_version TO PUBLIC;
GRANT USAGE ON SCHEMA ${SCHEMA} TO PUBLIC;
`;

/** Installs into the templates and the databases that are there; done again it changes nothing. */
export async function install(options: EmulatorOptions): Promise<void> {
  const names = await withDatabase(options, 'postgres', async (query) => {
    const rows = await query<{ datname: string }>(
      'SELECT datname FROM pg_database ORDER BY datistemplate DESC, datname',
    );
    return rows.map(({ datname }) => datname);
  });
  for (const name of names) await installInto(options, name);
}

async function installInto(options: EmulatorOptions, name: string): Promise<void> {
  const open = async (allow: boolean): Promise<void> => {
    if (name === 'template0')
      await withDatabase(options, 'postgres', async (query) => {
        await query(`ALTER DATABASE ${quoted(name)} ALLOW_CONNECTIONS ${String(allow)}`);
      });
  };
  await open(true);
  try {
    await withDatabase(options, name, async (query) => {
      const [there] = await query<{ there: boolean }>(
        `SELECT to_regclass('pg_catalog.pg_yb_catalog_version') IS NOT NULL AS there`,
      );
      if (!there?.there) await query(INSTALL);
    });
  } finally {
    await open(false);
  }
}

export const slotOf = (oid: number): string => `kalpa_emulator_${oid}`;
export const publication = PUBLICATION;
