-- One of every kind of object that pg_dump writes, with names and texts that look like something else.
ALTER DATABASE "every ""kind"" of" SET work_mem = '8MB';
ALTER DATABASE "every ""kind"" of" SET "app.note" = 'it''s \ "so"';
ALTER ROLE app IN DATABASE "every ""kind"" of" SET statement_timeout = '5s';
COMMENT ON DATABASE "every ""kind"" of" IS E'a ; \\! in a comment\nDROP DATABASE x;';
GRANT CONNECT, TEMPORARY ON DATABASE "every ""kind"" of" TO app WITH GRANT OPTION;
CREATE EXTENSION IF NOT EXISTS plpgsql;
CREATE SCHEMA "Odd ""schema""" AUTHORIZATION app;
CREATE SCHEMA language;
COMMENT ON SCHEMA language IS 'a schema named like a word';
CREATE TYPE mood AS ENUM ('calm', 'it''s', E'back\\slash', ';');
CREATE TYPE pair AS (a integer, b text COLLATE "C");
CREATE TYPE span AS RANGE (subtype = float8, subtype_diff = float8mi);
CREATE TYPE shell_only;
CREATE TYPE base;
CREATE FUNCTION base_in(cstring) RETURNS base LANGUAGE internal IMMUTABLE STRICT AS 'int4in';
CREATE FUNCTION base_out(base) RETURNS cstring LANGUAGE internal IMMUTABLE STRICT AS 'int4out';
CREATE TYPE base (INPUT = base_in, OUTPUT = base_out, INTERNALLENGTH = 4, PASSEDBYVALUE, ALIGNMENT = int4);
CREATE DOMAIN positive AS integer DEFAULT 1 CONSTRAINT over_zero CHECK (VALUE > 0);
CREATE DOMAIN checked AS text CONSTRAINT no_backslash CHECK (VALUE !~ '\\!');
CREATE COLLATION german (provider = libc, locale = 'C');
CREATE FUNCTION add(a integer, b integer DEFAULT 1) RETURNS integer LANGUAGE sql IMMUTABLE RETURN a + b;
CREATE FUNCTION atomic(a integer) RETURNS integer LANGUAGE sql BEGIN ATOMIC SELECT CASE WHEN a > 0 THEN 1 ELSE 2 END; SELECT 3; END;
CREATE FUNCTION language.language(language text, OUT "begin" text) LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $f$
BEGIN
  -- \! ls; COPY x FROM PROGRAM 'id';
  "begin" := $q$ DROP DATABASE x; $q$ || language;
  EXECUTE 'COPY t FROM stdin;
1
\.
';
END $f$;
CREATE PROCEDURE clean(INOUT a integer) LANGUAGE plpgsql AS $$ BEGIN a := a + 1; END $$;
CREATE FUNCTION set_returning() RETURNS TABLE(a integer, b text) LANGUAGE sql AS 'SELECT 1, ''x'';';
CREATE AGGREGATE total(integer) (SFUNC = int4pl, STYPE = integer, INITCOND = '0');
CREATE FUNCTION eq(pair, pair) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT $1.a = $2.a';
CREATE OPERATOR === (LEFTARG = pair, RIGHTARG = pair, FUNCTION = eq, COMMUTATOR = ===);
CREATE OPERATOR FAMILY own_family USING btree;
CREATE FUNCTION own_cmp(positive, positive) RETURNS integer LANGUAGE sql IMMUTABLE AS 'SELECT btint4cmp($1, $2)';
CREATE OPERATOR CLASS own_ops FOR TYPE integer USING btree FAMILY own_family AS OPERATOR 1 <, OPERATOR 3 =, FUNCTION 1 btint4cmp(integer, integer);
CREATE FUNCTION to_pair(text) RETURNS pair LANGUAGE sql IMMUTABLE AS 'SELECT ROW(1, $1)::pair';
CREATE CAST (text AS pair) WITH FUNCTION to_pair(text) AS ASSIGNMENT;
CREATE CONVERSION own_conversion FOR 'LATIN1' TO 'UTF8' FROM iso8859_1_to_utf8;
CREATE TEXT SEARCH DICTIONARY own_dictionary (TEMPLATE = simple, stopwords = 'english');
CREATE TEXT SEARCH CONFIGURATION own_search (COPY = simple);
CREATE TEXT SEARCH PARSER own_parser (START = prsd_start, GETTOKEN = prsd_nexttoken, END = prsd_end, LEXTYPES = prsd_lextype);
CREATE TEXT SEARCH TEMPLATE own_template (LEXIZE = dsimple_lexize);
CREATE TABLE customers (
  id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  name text NOT NULL DEFAULT E'it''s \\ "so"',
  feeling mood DEFAULT 'calm',
  twice integer GENERATED ALWAYS AS (length(name) * 2) STORED,
  parts integer[] DEFAULT '{1,2}',
  slice integer[] CHECK (slice[1:2] IS NULL OR slice[1:2] = ARRAY[1, 2]),
  CONSTRAINT "odd ; constraint" CHECK (name <> 'a;\!' AND add(id) > 0)
);
CREATE TABLE execute (program text, "AS" text, language text);
CREATE UNLOGGED TABLE unlogged (a positive);
CREATE TABLE typed OF pair (PRIMARY KEY (a));
CREATE TABLE parent (a integer, b text) PARTITION BY RANGE (a, (lower(b)));
CREATE TABLE child PARTITION OF parent FOR VALUES FROM (1, MINVALUE) TO (10, MAXVALUE);
CREATE TABLE other_child PARTITION OF parent DEFAULT;
CREATE TABLE old_parent (a integer, gone text, b text);
CREATE TABLE old_child (c integer) INHERITS (old_parent);
ALTER TABLE old_parent DROP COLUMN gone;
ALTER TABLE customers ALTER COLUMN name SET STATISTICS 500, ALTER COLUMN name SET STORAGE EXTERNAL, ALTER COLUMN name SET (n_distinct = 5);
CREATE TABLE lines (
  id bigserial PRIMARY KEY,
  customer integer NOT NULL REFERENCES customers ON DELETE CASCADE DEFERRABLE,
  during tsrange,
  EXCLUDE USING gist (during WITH &&)
);
ALTER TABLE lines ADD CONSTRAINT later CHECK (id > 0) NOT VALID;
CREATE UNIQUE INDEX lines_odd ON lines (customer DESC NULLS LAST, (id + 1)) INCLUDE (during) WHERE id > 0;
ALTER TABLE lines CLUSTER ON lines_pkey;
ALTER TABLE customers REPLICA IDENTITY FULL;
CREATE INDEX ON parent (b);
CREATE SEQUENCE numbers AS smallint START 5 INCREMENT -1 MINVALUE -10 MAXVALUE 5 CACHE 3 CYCLE;
CREATE VIEW seen WITH (security_barrier) AS SELECT id, name AS "begin", 'a;\!'::text AS x FROM customers WITH LOCAL CHECK OPTION;
CREATE RECURSIVE VIEW counted (n) AS VALUES (1) UNION ALL SELECT n + 1 FROM counted WHERE n < 5;
CREATE MATERIALIZED VIEW kept AS SELECT count(*) AS n FROM customers;
CREATE UNIQUE INDEX kept_n ON kept (n);
CREATE RULE noted AS ON UPDATE TO customers WHERE new.name = ';' DO ALSO (SELECT 1; DELETE FROM lines WHERE id = 0);
CREATE FUNCTION fires() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN new; END $$;
CREATE TRIGGER fires BEFORE INSERT OR UPDATE OF name ON customers FOR EACH ROW WHEN (new.name <> '\!') EXECUTE FUNCTION fires('a', '\!');
CREATE CONSTRAINT TRIGGER fires_late AFTER INSERT ON lines DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION fires();
ALTER TABLE customers DISABLE TRIGGER fires;
CREATE FUNCTION watches() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN END $$;
CREATE EVENT TRIGGER watches ON ddl_command_end WHEN TAG IN ('CREATE TABLE') EXECUTE FUNCTION watches();
ALTER EVENT TRIGGER watches DISABLE;
ALTER TABLE customers ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON customers AS RESTRICTIVE FOR UPDATE TO app USING (name = current_user) WITH CHECK (name <> '\!');
CREATE STATISTICS more (ndistinct, mcv) ON id, name FROM customers;
ALTER STATISTICS more SET STATISTICS 100;
CREATE FOREIGN DATA WRAPPER wrapper OPTIONS (debug 'true');
CREATE SERVER far TYPE 'x' VERSION '1' FOREIGN DATA WRAPPER wrapper OPTIONS (host 'h', program 'no program');
CREATE USER MAPPING FOR app SERVER far OPTIONS (password 'hunter2');
CREATE FOREIGN TABLE outside (a integer OPTIONS (name 'b') NOT NULL, b text DEFAULT 'x') SERVER far OPTIONS (schema_name 's');
CREATE PUBLICATION some_of FOR TABLE customers, lines WITH (publish = 'insert');
CREATE PUBLICATION everything FOR ALL TABLES;
CREATE SUBSCRIPTION away CONNECTION 'host=localhost password=hunter2' PUBLICATION some_of WITH (connect = false);
CREATE ACCESS METHOD own_method TYPE INDEX HANDLER bthandler;
CREATE TRANSFORM FOR integer LANGUAGE sql (FROM SQL WITH FUNCTION prsd_lextype(internal));
ALTER DEFAULT PRIVILEGES FOR ROLE app IN SCHEMA public GRANT SELECT ON TABLES TO PUBLIC;
ALTER DEFAULT PRIVILEGES FOR ROLE app REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;
GRANT SELECT (id), UPDATE ON customers TO app, "Odd `role`: it's" WITH GRANT OPTION;
SET SESSION AUTHORIZATION app;
GRANT UPDATE ON customers TO boss;
RESET SESSION AUTHORIZATION;
GRANT USAGE ON FOREIGN SERVER far TO app;
REVOKE ALL ON FUNCTION add FROM PUBLIC;
REVOKE EXECUTE ON FUNCTION pg_catalog.pg_ls_dir(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pg_catalog.pg_ls_dir(text) TO app;
ALTER TABLE customers OWNER TO app;
COMMENT ON COLUMN customers.name IS E'; \\connect template1\n\\! id';
COMMENT ON CONSTRAINT "odd ; constraint" ON customers IS 'x';
INSERT INTO customers (name) VALUES (E'\\.'), (E'tab\tnew\nline\\!'), ('\! ls');
INSERT INTO lines (customer) VALUES (1);
INSERT INTO parent VALUES (1, 'a'), (50, E'\\.');
REFRESH MATERIALIZED VIEW kept;
SELECT nextval('numbers');
