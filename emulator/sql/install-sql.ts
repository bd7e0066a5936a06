import { BINARY_RESTORE_SQL } from './binary-restore-sql';
import { MESSAGE, PUBLICATION, SCHEMA } from './names';
import { STORAGE_SQL } from './storage-sql';

/**
 * What the emulator puts into each database, the templates included, so that a new database has it from its first
 * statement on.
 *
 * DDL announces itself in the log: after each command the affected relations are described in a transactional message,
 * so that readers of the log know the schema in commit order. A rewritten relation's rows (which logical decoding
 * leaves out, as it does those of materialized views) follow as messages. Every table gets REPLICA IDENTITY FULL, so
 * that the log has the whole old row.
 *
 * Being members of the extension plpgsql keeps the event triggers out of dumps.
 */
export const INSTALL_SQL = `
SET allow_system_table_mods = on;
SET client_min_messages = warning;
CREATE SCHEMA ${SCHEMA};
GRANT USAGE ON SCHEMA ${SCHEMA} TO PUBLIC;

-- The catalog version moves within the transaction of the DDL, as the real one does.
CREATE TABLE ${SCHEMA}.catalog_version (current_version bigint NOT NULL, last_breaking_version bigint NOT NULL);
ALTER TABLE ${SCHEMA}.catalog_version REPLICA IDENTITY FULL;
INSERT INTO ${SCHEMA}.catalog_version VALUES (1, 1);
CREATE VIEW pg_catalog.pg_yb_catalog_version AS
  SELECT d.oid AS db_oid, v.current_version, v.last_breaking_version
    FROM ${SCHEMA}.catalog_version v, pg_catalog.pg_database d WHERE d.datname = pg_catalog.current_database();

${STORAGE_SQL}

CREATE FUNCTION pg_catalog.yb_get_current_hybrid_time_lsn() RETURNS bigint LANGUAGE sql VOLATILE AS
  $$ SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint << 12 $$;

${BINARY_RESTORE_SQL}
CREATE FUNCTION ${SCHEMA}.columns_of(which oid) RETURNS json LANGUAGE sql STABLE SET search_path = pg_catalog AS $$
  SELECT coalesce(json_agg(json_build_object('number', a.attnum, 'name', a.attname,
           'missing', CASE WHEN a.atthasmissing THEN (a.attmissingval::text::text[])[1] END) ORDER BY a.attnum), '[]')
    FROM pg_attribute a WHERE a.attrelid = which AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = '' $$;

CREATE FUNCTION ${SCHEMA}.describe(which oid[]) RETURNS json LANGUAGE sql STABLE
  SET search_path = pg_catalog SET datestyle = 'ISO, MDY' SET timezone = 'UTC' SET extra_float_digits = 3
  SET bytea_output = 'hex' SET intervalstyle = 'postgres' SET xmloption = 'content' SET lc_monetary = 'C' AS $$
  SELECT coalesce(json_agg(json_build_object(
      'oid', c.oid::bigint, 'schema', n.nspname, 'name', c.relname, 'kind', c.relkind, 'populated', c.relispopulated,
      'filenode', coalesce(nullif(pg_relation_filenode(c.oid)::bigint, 0), c.oid::bigint),
      'columns', ${SCHEMA}.columns_of(c.oid), 'storage', ${SCHEMA}.storage_of(c.oid), 'comment', obj_description(c.oid, 'pg_class'),
      'key', (SELECT coalesce(array_to_json(i.indkey::int2[]), '[]') FROM pg_index i WHERE i.indrelid = c.oid AND i.indisprimary),
      'indexes', (SELECT coalesce(json_agg(json_build_object('oid', x.oid::bigint, 'name', x.relname, 'schema', n.nspname,
                    'filenode', pg_relation_filenode(x.oid)::bigint, 'storage', ${SCHEMA}.storage_of(x.oid)) ORDER BY x.oid), '[]')
                    FROM pg_index i JOIN pg_class x ON x.oid = i.indexrelid AND x.relkind = 'i'
                   WHERE i.indrelid = c.oid AND NOT i.indisprimary))
    ORDER BY c.oid), '[]')
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
   WHERE c.oid = ANY (which) AND c.relkind IN ('r', 'p', 'm') AND c.relpersistence <> 't' AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' $$;

-- Writes a relation's rows into the log.
CREATE FUNCTION ${SCHEMA}.log_rows(which oid) RETURNS void LANGUAGE plpgsql
  SET search_path = pg_catalog SET datestyle = 'ISO, MDY' SET timezone = 'UTC' SET extra_float_digits = 3
  SET bytea_output = 'hex' SET intervalstyle = 'postgres' SET xmloption = 'content' SET lc_monetary = 'C' AS $$
DECLARE
  columns text;
  line text;
BEGIN
  SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum) INTO columns
    FROM pg_attribute WHERE attrelid = which AND attnum > 0 AND NOT attisdropped AND attgenerated = '';
  PERFORM pg_logical_emit_message(true, '${MESSAGE.rewritten}', which::text);
  IF NOT (SELECT relispopulated FROM pg_class WHERE oid = which) THEN RETURN; END IF;
  FOR line IN EXECUTE format('SELECT ROW(%s)::text FROM ONLY %s', columns, which::regclass) LOOP
    PERFORM pg_logical_emit_message(true, '${MESSAGE.row}', which::text || ' ' || line);
  END LOOP;
END $$;

CREATE FUNCTION ${SCHEMA}.on_rewrite() RETURNS event_trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
  PERFORM set_config('${SCHEMA}.rewritten', concat_ws(',', nullif(current_setting('${SCHEMA}.rewritten', true), ''), pg_event_trigger_table_rewrite_oid()::text), true);
END $$;

CREATE FUNCTION ${SCHEMA}.on_drop() RETURNS event_trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
  gone json;
BEGIN
  SELECT json_agg(objid::bigint) INTO gone FROM pg_event_trigger_dropped_objects() WHERE classid = 'pg_class'::regclass AND objsubid = 0;
  IF gone IS NOT NULL THEN PERFORM pg_logical_emit_message(true, '${MESSAGE.dropped}', gone::text); END IF;
  DELETE FROM ${SCHEMA}.storage WHERE relation IN (SELECT objid FROM pg_event_trigger_dropped_objects() WHERE classid = 'pg_class'::regclass AND objsubid = 0);
  IF NOT EXISTS (SELECT 1 FROM pg_event_trigger_dropped_objects() WHERE is_temporary AND original) THEN
    UPDATE ${SCHEMA}.catalog_version SET current_version = current_version + 1, last_breaking_version = current_version + 1;
  END IF;
END $$;

CREATE FUNCTION ${SCHEMA}.on_ddl() RETURNS event_trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
  affected oid[];
  rewritten text[];
  one text;
BEGIN
  WITH RECURSIVE named AS (
    SELECT classid, objid FROM pg_event_trigger_ddl_commands()
  ), direct AS (
    SELECT objid AS oid FROM named WHERE classid = 'pg_class'::regclass
    UNION SELECT i.indrelid FROM named JOIN pg_index i ON i.indexrelid = objid WHERE classid = 'pg_class'::regclass
    UNION SELECT c.conrelid FROM named JOIN pg_constraint c ON c.oid = objid WHERE classid = 'pg_constraint'::regclass
    UNION SELECT c.oid FROM named JOIN pg_class c ON c.relnamespace = objid WHERE classid = 'pg_namespace'::regclass
  ), tree AS (
    SELECT oid FROM direct
    UNION SELECT h.inhrelid FROM tree JOIN pg_inherits h ON h.inhparent = tree.oid
  )
  SELECT array_agg(oid) INTO affected FROM tree;

  UPDATE pg_class c SET relreplident = 'f' FROM pg_namespace n
   WHERE c.oid = ANY (affected) AND c.relkind IN ('r', 'p') AND c.relreplident <> 'f' AND c.relpersistence <> 't'
     AND n.oid = c.relnamespace AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema';
  PERFORM ${SCHEMA}.place(affected);
  PERFORM pg_logical_emit_message(true, '${MESSAGE.described}', ${SCHEMA}.describe(affected)::text);

  rewritten := string_to_array(nullif(current_setting('${SCHEMA}.rewritten', true), ''), ',');
  IF TG_TAG IN ('CREATE MATERIALIZED VIEW', 'REFRESH MATERIALIZED VIEW') THEN
    rewritten := rewritten || (SELECT array_agg(objid::text) FROM pg_event_trigger_ddl_commands() WHERE classid = 'pg_class'::regclass);
  END IF;
  FOREACH one IN ARRAY coalesce(rewritten, '{}') LOOP
    IF EXISTS (SELECT 1 FROM pg_class WHERE oid = one::oid AND relkind IN ('r', 'm') AND relpersistence <> 't') THEN
      PERFORM ${SCHEMA}.log_rows(one::oid);
    END IF;
  END LOOP;
  PERFORM set_config('${SCHEMA}.rewritten', '', true);

  -- A plain CREATE TABLE moves no version; one that touches another table (foreign key, partition) does.
  IF TG_TAG NOT IN ('CREATE TABLE', 'CREATE TABLE AS', 'SELECT INTO')
     OR EXISTS (SELECT 1 FROM pg_constraint WHERE conrelid = ANY (affected) AND contype = 'f')
     OR EXISTS (SELECT 1 FROM pg_inherits WHERE inhrelid = ANY (affected)) THEN
    UPDATE ${SCHEMA}.catalog_version SET current_version = current_version + 1;
  END IF;
END $$;

CREATE EVENT TRIGGER ${SCHEMA}_rewrite ON table_rewrite EXECUTE FUNCTION ${SCHEMA}.on_rewrite();
CREATE EVENT TRIGGER ${SCHEMA}_drop ON sql_drop EXECUTE FUNCTION ${SCHEMA}.on_drop();
CREATE EVENT TRIGGER ${SCHEMA}_ddl ON ddl_command_end EXECUTE FUNCTION ${SCHEMA}.on_ddl();
ALTER EVENT TRIGGER ${SCHEMA}_rewrite ENABLE ALWAYS;
ALTER EVENT TRIGGER ${SCHEMA}_drop ENABLE ALWAYS;
ALTER EVENT TRIGGER ${SCHEMA}_ddl ENABLE ALWAYS;
ALTER EXTENSION plpgsql ADD EVENT TRIGGER ${SCHEMA}_rewrite;
ALTER EXTENSION plpgsql ADD EVENT TRIGGER ${SCHEMA}_drop;
ALTER EXTENSION plpgsql ADD EVENT TRIGGER ${SCHEMA}_ddl;

UPDATE pg_class c SET relreplident = 'f' FROM pg_namespace n
 WHERE c.relkind IN ('r', 'p') AND n.oid = c.relnamespace AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema';
CREATE PUBLICATION ${PUBLICATION} FOR ALL TABLES;
UPDATE ${SCHEMA}.catalog_version SET current_version = 1, last_breaking_version = 1;
`;
