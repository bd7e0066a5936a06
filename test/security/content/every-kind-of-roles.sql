CREATE ROLE app LOGIN;
CREATE ROLE "Odd `role`: it's" NOLOGIN CREATEDB;
CREATE ROLE boss SUPERUSER PASSWORD 'secret';
GRANT app TO boss WITH ADMIN OPTION;
GRANT pg_monitor TO app;
ALTER ROLE app SET search_path = public, pg_catalog;
COMMENT ON ROLE app IS 'the role of the application';
