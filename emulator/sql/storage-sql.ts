import { EDIT, MESSAGE, NOTE, SCHEMA } from './names';

/** A tablegroup's parent table, which has the group's one tablet. */
export interface DescribedGroup {
  /** 0: of a database that is colocated in the old way, which has no tablegroup. */
  oid: number;
  dropped?: true;
}

/** How YSQL stores a relation, if not by default: hash of the first key column, three tablets. */
export interface DescribedStorage {
  /** Oid of the group in whose tablet it is stored, … */
  group: number | null;
  /** … under this number. */
  colocation: number | null;
  tablets: number | null;
  /** `((50), (100))` */
  splitAt: string | null;
  /** How many key columns are hashed; 0: the key is ordered. */
  hash: number | null;
  vector: boolean;
}

/**
 * What YSQL knows of a relation's storage and PostgreSQL does not: colocation, tablegroups, how a table is split, which
 * key columns are hashed. `place` records it in the transaction of the DDL; `dump_edits` returns the differences
 * between the text of ysql_dump and that of pg_dump.
 *
 * `database` has one row. In a colocated database of the old kind (`colocated = true`) the parent table belongs to the
 * database itself; in one of the new kind (`colocation = true`) it belongs to the tablegroup `default`, which is
 * created with the first colocated table.
 */
export const STORAGE_SQL = `
CREATE TABLE ${SCHEMA}.database (colocated boolean NOT NULL, legacy boolean NOT NULL);
ALTER TABLE ${SCHEMA}.database REPLICA IDENTITY FULL;
INSERT INTO ${SCHEMA}.database VALUES (false, false);
CREATE TABLE ${SCHEMA}.tablegroup (oid oid NOT NULL, grpname name NOT NULL UNIQUE, grpowner oid NOT NULL, grptablespace oid NOT NULL DEFAULT 0);
ALTER TABLE ${SCHEMA}.tablegroup REPLICA IDENTITY FULL;
CREATE TABLE ${SCHEMA}.storage (relation oid PRIMARY KEY, tablegroup oid, colocation_id bigint, note json);
ALTER TABLE ${SCHEMA}.storage REPLICA IDENTITY FULL;
CREATE VIEW pg_catalog.pg_yb_tablegroup AS SELECT oid, grpname, grpowner, NULL::aclitem[] AS grpacl, NULL::text[] AS grpoptions, grptablespace FROM ${SCHEMA}.tablegroup;
GRANT SELECT ON pg_catalog.pg_yb_tablegroup TO PUBLIC;
-- As a right that came with the database, it is in no dump.
INSERT INTO pg_catalog.pg_init_privs SELECT oid, 'pg_catalog.pg_class'::pg_catalog.regclass, 0, 'i', relacl FROM pg_catalog.pg_class WHERE oid = 'pg_catalog.pg_yb_tablegroup'::pg_catalog.regclass;

CREATE FUNCTION pg_catalog.yb_is_database_colocated(check_legacy boolean DEFAULT false) RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER AS
  $$ SELECT colocated AND (legacy OR NOT check_legacy) FROM ${SCHEMA}.database $$;
CREATE FUNCTION pg_catalog.binary_upgrade_set_next_tablegroup_oid(oid) RETURNS void LANGUAGE sql AS
  $$ SELECT set_config('${SCHEMA}.next_tablegroup', $1::text, false) $$;
CREATE FUNCTION pg_catalog.binary_upgrade_set_next_tablegroup_default(boolean) RETURNS void LANGUAGE sql AS $$ SELECT $$;

CREATE FUNCTION ${SCHEMA}.create_tablegroup(which name, owner name, space name) RETURNS oid LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
  made oid := coalesce(nullif(current_setting('${SCHEMA}.next_tablegroup', true), '')::oid, (SELECT greatest(max(oid::bigint) + 1, 16384) FROM ${SCHEMA}.tablegroup)::oid);
BEGIN
  IF (SELECT colocated FROM ${SCHEMA}.database) AND which <> 'default' THEN
    RAISE feature_not_supported USING MESSAGE = 'cannot use tablegroups in a colocated database';
  END IF;
  PERFORM set_config('${SCHEMA}.next_tablegroup', '', false);
  INSERT INTO ${SCHEMA}.tablegroup VALUES (made, which, coalesce((SELECT oid FROM pg_roles WHERE rolname = owner), session_user::regrole::oid), coalesce((SELECT oid FROM pg_tablespace WHERE spcname = space), 0));
  PERFORM pg_logical_emit_message(true, '${MESSAGE.group}', json_build_object('oid', made::bigint)::text);
  RETURN made;
END $$;

CREATE FUNCTION ${SCHEMA}.drop_tablegroup(which name, missing_ok boolean) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
  gone oid := (SELECT oid FROM ${SCHEMA}.tablegroup WHERE grpname = which);
BEGIN
  IF gone IS NULL THEN
    IF missing_ok THEN RETURN; END IF;
    RAISE undefined_object USING MESSAGE = format('tablegroup "%s" does not exist', which);
  END IF;
  IF EXISTS (SELECT 1 FROM ${SCHEMA}.storage WHERE tablegroup = gone) THEN
    RAISE dependent_objects_still_exist USING MESSAGE = format('cannot drop tablegroup %s because other objects depend on it', which);
  END IF;
  DELETE FROM ${SCHEMA}.tablegroup WHERE oid = gone;
  PERFORM pg_logical_emit_message(true, '${MESSAGE.group}', json_build_object('oid', gone::bigint, 'dropped', true)::text);
END $$;

CREATE FUNCTION ${SCHEMA}.alter_tablegroup(which name, new_name name, owner name) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
  UPDATE ${SCHEMA}.tablegroup SET grpname = coalesce(new_name, grpname), grpowner = coalesce((SELECT oid FROM pg_roles WHERE rolname = owner), grpowner) WHERE grpname = which;
  IF NOT FOUND THEN RAISE undefined_object USING MESSAGE = format('tablegroup "%s" does not exist', which); END IF;
END $$;

CREATE FUNCTION ${SCHEMA}.storage_of(which oid) RETURNS json LANGUAGE sql STABLE SET search_path = pg_catalog AS $$
  SELECT json_build_object('group', tablegroup::bigint, 'colocation', colocation_id, 'tablets', note -> 'tablets', 'splitAt', note ->> 'splitAt', 'hash', note -> 'hash',
           'vector', note ->> 'method' IS NOT DISTINCT FROM 'ybhnsw')
    FROM ${SCHEMA}.storage WHERE relation = which $$;

CREATE FUNCTION ${SCHEMA}.place(which oid[]) RETURNS void LANGUAGE plpgsql SET search_path = pg_catalog AS $$
DECLARE
  mine ${SCHEMA}.database%ROWTYPE;
  notes json[];
  one record;
  said json;
  lies_in oid;
BEGIN
  SELECT * INTO mine FROM ${SCHEMA}.database;
  SELECT array_agg(convert_from(decode(hit[1], 'base64'), 'UTF8')::json) INTO notes
    FROM regexp_matches(current_query(), '${NOTE.replace('/*', '/\\*')}([A-Za-z0-9+/=]+)\\*/', 'g') AS hit;
  IF notes IS NULL AND NOT mine.colocated AND NOT EXISTS (SELECT 1 FROM ${SCHEMA}.tablegroup) THEN RETURN; END IF;
  FOR one IN
    SELECT c.oid, c.relname, n.nspname, c.relkind IN ('i', 'I') AS index, i.indrelid
      FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace LEFT JOIN pg_index i ON i.indexrelid = c.oid
     WHERE (c.oid = ANY (which) AND c.relkind IN ('r', 'p', 'm') OR i.indrelid = ANY (which) AND NOT i.indisprimary)
       AND c.relpersistence <> 't' AND n.nspname !~ '^pg_' AND NOT EXISTS (SELECT 1 FROM ${SCHEMA}.storage WHERE relation = c.oid)
     ORDER BY i.indrelid IS NOT NULL, c.oid
  LOOP
    SELECT n INTO said FROM unnest(notes) AS n
     WHERE (n ->> 'of' = 'index') = one.index AND coalesce(n ->> 'schema', one.nspname) = one.nspname AND coalesce(n ->> 'name', one.relname) = one.relname
     ORDER BY n ->> 'name' LIMIT 1;
    lies_in := NULL;
    IF one.index THEN
      SELECT tablegroup INTO lies_in FROM ${SCHEMA}.storage WHERE relation = one.indrelid;
    ELSIF mine.colocated THEN
      IF coalesce((said ->> 'colocation')::boolean, true) THEN
        lies_in := CASE WHEN mine.legacy THEN 0::oid ELSE coalesce((SELECT oid FROM ${SCHEMA}.tablegroup WHERE grpname = 'default'), ${SCHEMA}.create_tablegroup('default', NULL, NULL)) END;
      END IF;
    ELSIF said ->> 'tablegroup' IS NOT NULL THEN
      SELECT oid INTO lies_in FROM ${SCHEMA}.tablegroup WHERE grpname = said ->> 'tablegroup';
      IF lies_in IS NULL THEN RAISE undefined_object USING MESSAGE = format('tablegroup "%s" does not exist', said ->> 'tablegroup'); END IF;
    END IF;
    CONTINUE WHEN lies_in IS NULL AND said IS NULL;
    -- YBCCreateTable, YBCCreateIndex (ybccmds.c)
    IF lies_in IS NOT NULL AND (said ->> 'tablets' IS NOT NULL OR said ->> 'splitAt' IS NOT NULL) THEN
      RAISE invalid_table_definition USING MESSAGE = 'cannot create colocated table with split option';
    END IF;
    IF lies_in IS NOT NULL AND (said ->> 'hash')::integer > 0 THEN
      RAISE invalid_table_definition USING MESSAGE = format('cannot colocate hash partitioned %s', CASE WHEN one.index THEN 'index' ELSE 'table' END);
    END IF;
    IF lies_in IS NOT NULL AND EXISTS (SELECT 1 FROM ${SCHEMA}.storage WHERE tablegroup = lies_in AND colocation_id = (said ->> 'id')::bigint) THEN
      RAISE duplicate_object USING MESSAGE = format('Duplicate colocation ID %s', said ->> 'id');
    END IF;
    INSERT INTO ${SCHEMA}.storage VALUES (one.oid, lies_in, CASE WHEN lies_in IS NOT NULL THEN
      coalesce((said ->> 'id')::bigint, (SELECT greatest(max(colocation_id), 20000) + 1 FROM ${SCHEMA}.storage WHERE tablegroup = lies_in)) END, said);
  END LOOP;
END $$;

-- Columns of an index as YSQL prints them, or (hashed = -1) as PostgreSQL does; nothing where they are more than names, expressions and their order.
CREATE FUNCTION ${SCHEMA}.lsm_columns(which oid, hashed integer, of_key boolean) RETURNS text LANGUAGE sql STABLE SET search_path = pg_catalog AS $$
  WITH columns AS (
    SELECT k, pg_get_indexdef(which, k, false) AS name, i.indoption[k - 1] & 1 = 1 AS down, i.indoption[k - 1] & 2 = 2 AS nulls_first
      FROM pg_index i, generate_series(1, i.indnkeyatts) AS k WHERE i.indexrelid = which
  ), texts AS (
    SELECT string_agg(name || CASE WHEN down AND nulls_first THEN ' DESC' WHEN down THEN ' DESC NULLS LAST' WHEN nulls_first THEN ' NULLS FIRST' ELSE '' END, ', ' ORDER BY k) AS plain,
           string_agg(name, ', ' ORDER BY k) FILTER (WHERE k <= hashed) AS hash,
           string_agg(name || CASE WHEN down AND nulls_first THEN ' DESC' WHEN down THEN ' DESC NULLS LAST' WHEN nulls_first THEN ' ASC NULLS FIRST' ELSE ' ASC' END, ', ' ORDER BY k) FILTER (WHERE k > hashed) AS range
      FROM columns
  )
  SELECT CASE WHEN hashed = -1 THEN plain ELSE concat_ws(', ', CASE WHEN hash IS NOT NULL THEN (CASE WHEN of_key OR hashed > 1 THEN '(' || hash || ')' ELSE hash END) || ' HASH' END, range) END
    FROM texts WHERE strpos(pg_get_indexdef(which), ' USING btree (' || plain || ')') > 0 $$;

-- What ysql_dump prints otherwise than pg_dump, a line an edit: T(able), K(ey that stands in its table), I(ndex), V(iew), D(atabase), G(roup).
CREATE FUNCTION ${SCHEMA}.dump_edits(metadata boolean, id_word text, database_word text, build text, nodes boolean, groups boolean, key_names boolean) RETURNS SETOF text LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
  WITH mine AS (SELECT * FROM ${SCHEMA}.database), relations AS (
    SELECT c.*, n.nspname, s.tablegroup, s.colocation_id, s.note, format('%I.%I', n.nspname, c.relname) AS full_name,
           coalesce((s.note ->> 'hash')::integer, CASE WHEN s.tablegroup IS NULL THEN 1 ELSE 0 END) AS hashed,
           concat_ws(', ', CASE WHEN s.tablegroup <> 0 AND NOT groups AND NOT mine.colocated THEN NULL
                                WHEN s.tablegroup IS NOT NULL AND metadata AND c.relkind <> 'i' THEN format('%s=''%s''', id_word, s.colocation_id)
                                WHEN s.tablegroup IS NOT NULL AND metadata THEN format('%s=%s', id_word, s.colocation_id)
                                WHEN mine.colocated AND s.tablegroup IS NULL AND c.relkind <> 'i' THEN format('%s=''false''', database_word) END) AS options,
           concat_ws(E'${EDIT.newline}', CASE WHEN groups AND s.tablegroup IS NOT NULL AND NOT mine.colocated AND c.relkind <> 'i' THEN 'TABLEGROUP ' || (SELECT quote_ident(grpname) FROM ${SCHEMA}.tablegroup g WHERE g.oid = s.tablegroup) END,
             CASE WHEN s.note ->> 'splitAt' IS NOT NULL THEN 'SPLIT AT VALUES ' || (s.note ->> 'splitAt')
                  WHEN s.tablegroup IS NULL AND (s.note ->> 'hash' IS DISTINCT FROM '0' AND c.relkind <> 'i' OR s.note ->> 'tablets' IS NOT NULL) THEN format('SPLIT INTO %s TABLETS', coalesce(s.note ->> 'tablets', '3')) END) AS placed
      FROM mine, pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace LEFT JOIN ${SCHEMA}.storage s ON s.relation = c.oid
     WHERE c.relkind IN ('r', 'p', 'm', 'i', 'I') AND c.relpersistence <> 't' AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
  ), keys AS (
    SELECT k.conrelid, k.conname, r.full_name, format('    ADD CONSTRAINT %I %s;', k.conname, pg_get_constraintdef(k.oid)) AS line,
           CASE WHEN key_names THEN format('CONSTRAINT %I ', k.conname) ELSE '' END || format('PRIMARY KEY(%s)', ${SCHEMA}.lsm_columns(k.conindid, r.hashed, true)) ||
             coalesce((SELECT format(' INCLUDE (%s)', string_agg(pg_get_indexdef(i.indexrelid, x, false), ', ' ORDER BY x)) FROM pg_index i, generate_series(i.indnkeyatts + 1, i.indnatts) AS x WHERE i.indexrelid = k.conindid HAVING count(*) > 0), '') AS clause
      FROM pg_constraint k JOIN relations r ON r.oid = k.conrelid WHERE k.contype = 'p' AND NOT k.condeferrable
  ), indexes AS (
    SELECT r.*, i.indrelid, pg_get_indexdef(r.oid) AS was, regexp_replace(
             CASE WHEN ${SCHEMA}.lsm_columns(r.oid, r.hashed, false) IS NULL THEN replace(pg_get_indexdef(r.oid), ' USING btree (', ' USING lsm (')
                  ELSE replace(pg_get_indexdef(r.oid), ' USING btree (' || ${SCHEMA}.lsm_columns(r.oid, -1, false) || ')', ' USING lsm (' || ${SCHEMA}.lsm_columns(r.oid, r.hashed, false) || ')') END,
             ' USING (gin|hnsw) \\(', ' USING yb\\1 (') AS text
      FROM relations r JOIN pg_index i ON i.indexrelid = r.oid WHERE r.relkind IN ('i', 'I') AND NOT i.indisprimary
  ), printed AS (
    SELECT *, regexp_replace(concat(split_part(regexp_replace(text, '^CREATE (UNIQUE )?INDEX ', 'CREATE \\1INDEX ' || build), ' WHERE ', 1),
             CASE WHEN options <> '' THEN ' WITH (' || options || ')' END, CASE WHEN placed <> '' AND relkind = 'i' THEN ' ' || placed END,
             substr(text, length(split_part(text, ' WHERE ', 1)) + 1)), '$', ';') AS line
      FROM indexes
  )
  SELECT concat_ws(E'${EDIT.field}', 'T', format('CREATE %sTABLE %s (', CASE relpersistence WHEN 'u' THEN 'UNLOGGED ' ELSE '' END, full_name), coalesce((SELECT clause FROM keys WHERE conrelid = oid), ''), options, placed,
           CASE WHEN metadata AND tablegroup <> 0 AND (SELECT colocated FROM mine) THEN format(E'\\n-- For YB colocation backup, must preserve implicit tablegroup pg_yb_tablegroup oid${EDIT.newline}SELECT pg_catalog.binary_upgrade_set_next_tablegroup_oid(''%s''::pg_catalog.oid);', tablegroup) ELSE '' END)
    FROM relations WHERE relkind IN ('r', 'p')
  UNION ALL SELECT concat_ws(E'${EDIT.field}', 'K', 'ALTER TABLE ONLY ' || full_name, line, '') FROM keys WHERE clause IS NOT NULL
  UNION ALL SELECT concat_ws(E'${EDIT.field}', 'K', 'ALTER TABLE ONLY ' || r.full_name, format('    ADD CONSTRAINT %I %s;', k.conname, pg_get_constraintdef(k.oid)),
           concat(p.line, E'${EDIT.newline}${EDIT.newline}ALTER TABLE ONLY ', r.full_name, E'${EDIT.newline}', format('    ADD CONSTRAINT %I UNIQUE USING INDEX %I;', k.conname, k.conname)))
    FROM pg_constraint k JOIN relations r ON r.oid = k.conrelid AND r.relkind = 'r' JOIN printed p ON p.oid = k.conindid WHERE k.contype = 'u' AND NOT k.condeferrable AND (p.tablegroup IS NOT NULL OR p.note IS NOT NULL)
  UNION ALL SELECT concat_ws(E'${EDIT.field}', 'I', was || ';', line) FROM printed
  UNION ALL SELECT concat_ws(E'${EDIT.field}', 'V', format('CREATE MATERIALIZED VIEW %s AS', full_name), format(E'CREATE MATERIALIZED VIEW %s${EDIT.newline}WITH (%s) AS', full_name, options)) FROM relations WHERE relkind = 'm' AND options <> ''
  UNION ALL SELECT concat_ws(E'${EDIT.field}', 'N', format('CREATE %s%s %s %s', CASE relpersistence WHEN 'u' THEN 'UNLOGGED ' ELSE '' END, CASE relkind WHEN 'm' THEN 'MATERIALIZED VIEW' ELSE 'TABLE' END, full_name, CASE relkind WHEN 'm' THEN 'AS' ELSE '(' END),
           format('SELECT pg_catalog.binary_upgrade_set_next_heap_relfilenode(''%s''::pg_catalog.oid);', relfilenode)) FROM relations WHERE nodes AND metadata AND relkind IN ('r', 'm')
  UNION ALL SELECT concat_ws(E'${EDIT.field}', 'N', was || ';', format('SELECT pg_catalog.binary_upgrade_set_next_index_relfilenode(''%s''::pg_catalog.oid);', relfilenode)) FROM printed WHERE nodes AND metadata AND relkind = 'i'
  UNION ALL SELECT concat_ws(E'${EDIT.field}', 'N', format(E'ALTER TABLE ONLY %s${EDIT.newline}    ADD CONSTRAINT %I %s;', r.full_name, k.conname, pg_get_constraintdef(k.oid)), format('SELECT pg_catalog.binary_upgrade_set_next_index_relfilenode(''%s''::pg_catalog.oid);', p.relfilenode))
    FROM pg_constraint k JOIN relations r ON r.oid = k.conrelid JOIN printed p ON p.oid = k.conindid WHERE nodes AND metadata AND k.contype IN ('u', 'x') AND p.relkind = 'i'
  UNION ALL SELECT concat_ws(E'${EDIT.field}', 'D', format(' %s = true', database_word)) FROM mine WHERE colocated
  UNION ALL SELECT concat_ws(E'${EDIT.field}', 'G', CASE WHEN metadata THEN format(E'-- For YB tablegroup backup, must preserve pg_yb_tablegroup oid${EDIT.newline}SELECT pg_catalog.binary_upgrade_set_next_tablegroup_oid(''%s''::pg_catalog.oid);${EDIT.newline}', oid) ELSE '' END
           || format(E'CREATE TABLEGROUP %I;${EDIT.newline}${EDIT.newline}${EDIT.newline}ALTER TABLEGROUP %I OWNER TO %I;${EDIT.newline}', grpname, grpname, (SELECT rolname FROM pg_roles WHERE pg_roles.oid = grpowner)))
    FROM ${SCHEMA}.tablegroup WHERE groups AND NOT (SELECT colocated FROM mine) $$;
`;
