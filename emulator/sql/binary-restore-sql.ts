/**
 * PostgreSQL's functions for pg_upgrade, as YugabyteDB serves them: not in a server that was started for an upgrade,
 * but in a session that has set `yb_binary_restore` (pg_upgrade_support.c, `CHECK_IS_BINARY_UPGRADE`). An extension is
 * registered without its members, which are added one by one. Object ids are accepted but not kept: here
 * everything gets new ones, so the tables of an extension's configuration are not registered either.
 */
const CHECK = `IF coalesce(current_setting('yb.binary_restore', true), '') NOT IN ('true', 'on') THEN
    RAISE cant_change_runtime_param USING MESSAGE = 'function can only be called when server is in binary upgrade mode';
  END IF;`;

const TAKEN = [
  'set_next_pg_type_oid(oid)',
  'set_next_array_pg_type_oid(oid)',
  'set_next_multirange_pg_type_oid(oid)',
  'set_next_multirange_array_pg_type_oid(oid)',
  'set_next_heap_pg_class_oid(oid)',
  'set_next_heap_relfilenode(oid)',
  'set_next_index_pg_class_oid(oid)',
  'set_next_index_relfilenode(oid)',
  'set_next_pg_enum_oid(oid)',
  'set_record_init_privs(boolean)',
];

const ENTERED = 'create_empty_extension(text, text, boolean, text, oid[], text[], text[])';

/**
 * PostgreSQL's own function is renamed out of the way: it is called by its oid, whatever it is replaced with, and
 * can't be dropped.
 */
const setAside = (signature: string): string =>
  `ALTER FUNCTION pg_catalog.binary_upgrade_${signature} RENAME TO pg_upgrade_${signature.replace(/\(.*/, '')};`;

const taken = (signature: string): string =>
  `CREATE FUNCTION pg_catalog.binary_upgrade_${signature} RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  ${CHECK}
END $$;`;

/** To be installed with `allow_system_table_mods`. */
export const BINARY_RESTORE_SQL = `
${[...TAKEN, ENTERED].map(setAside).join('\n')}
${TAKEN.map(taken).join('\n')}

-- As InsertExtensionTuple does it (extension.c).
CREATE FUNCTION pg_catalog.binary_upgrade_${ENTERED}
  RETURNS void LANGUAGE plpgsql SET search_path = pg_catalog AS $$
DECLARE
  schema oid;
  made oid;
  missing text;
BEGIN
  ${CHECK}
  IF $1 IS NULL OR $2 IS NULL OR $3 IS NULL OR $4 IS NULL THEN
    RAISE EXCEPTION 'null argument to binary_upgrade_create_empty_extension is not allowed';
  END IF;
  SELECT oid INTO schema FROM pg_namespace WHERE nspname = $2;
  IF schema IS NULL THEN RAISE invalid_schema_name USING MESSAGE = format('schema "%s" does not exist', $2); END IF;
  SELECT name INTO missing FROM unnest($7) AS name WHERE NOT EXISTS (SELECT 1 FROM pg_extension WHERE extname = name);
  IF missing IS NOT NULL THEN RAISE undefined_object USING MESSAGE = format('extension "%s" does not exist', missing); END IF;
  INSERT INTO pg_extension (oid, extname, extowner, extnamespace, extrelocatable, extversion)
    SELECT pg_nextoid('pg_extension', 'oid', 'pg_extension_oid_index'), $1, r.oid, schema, $3, $4 FROM pg_roles r WHERE r.rolname = current_user
    RETURNING oid INTO made;
  INSERT INTO pg_depend (classid, objid, objsubid, refclassid, refobjid, refobjsubid, deptype)
    SELECT 'pg_extension'::regclass, made, 0, refclass, ref, 0, 'n'
      FROM (SELECT 'pg_namespace'::regclass, schema UNION ALL
            SELECT 'pg_extension'::regclass, e.oid FROM pg_extension e WHERE e.extname = ANY ($7)) AS needed (refclass, ref);
  INSERT INTO pg_shdepend (dbid, classid, objid, objsubid, refclassid, refobjid, deptype)
    SELECT d.oid, 'pg_extension'::regclass, made, 0, 'pg_authid'::regclass, r.oid, 'o'
      FROM pg_database d, pg_roles r WHERE d.datname = current_database() AND r.rolname = current_user AND r.oid >= 16384;
END $$;
`;
