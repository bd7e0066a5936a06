import { schemaToLoad } from '../../src/activities/control/content/schema-to-load';

const dump = `CREATE DATABASE orders WITH TEMPLATE = template0;
ALTER DATABASE orders OWNER TO ada;
\\connect orders
SET default_tablespace = fast;
CREATE TABLE public.t (a int);
ALTER TABLE public.t OWNER TO ada;
GRANT SELECT ON TABLE public.t TO bob;
CREATE FUNCTION public.f() RETURNS text LANGUAGE sql AS $$ SELECT 'GRANT ALL TO orders;' $$;
REVOKE ALL ON FUNCTION public.f() FROM PUBLIC;
CREATE POLICY mine ON public.t TO bob USING (a > 0);
CREATE VIEW public.self AS SELECT pg_database.oid FROM pg_database WHERE (pg_database.datname = 'orders'::name);
`;
const names = { from: 'orders', scratch: 'kalpa_0123456789ab', to: 'copy' };

describe('the schema that is loaded', () => {
  it('has the new name, and is otherwise unchanged', () => {
    const { sql } = schemaToLoad(dump, names, { roles: 'require', tablespaces: 'require' });
    expect(sql).toBe(
      dump
        .replace('CREATE DATABASE orders', 'CREATE DATABASE "kalpa_0123456789ab"')
        .replace('ALTER DATABASE orders', 'ALTER DATABASE "kalpa_0123456789ab"')
        .replace('\\connect orders', '\\connect kalpa_0123456789ab'),
    );
  });

  it('22.3: keeps a constant that equals the name, and a warning names the definition that contains it', () => {
    const choices = { roles: 'require', tablespaces: 'require' } as const;
    expect(schemaToLoad(dump, names, choices).warnings).toEqual([
      expect.stringMatching(
        /^The constant 'orders', .* stays as it is in VIEW public\.self\. .* change it to 'copy'\.$/,
      ),
    ]);
    expect(schemaToLoad(dump, { ...names, to: 'orders' }, choices).warnings).toEqual([]); // its own name again
  });

  it('22.5: leaves out what names a role or tablespace when they are skipped, keeps grants to PUBLIC, and reports what is lost', () => {
    const { sql, warnings } = schemaToLoad(dump, { ...names, to: 'orders' }, { roles: 'skip', tablespaces: 'skip' });
    expect(sql).not.toMatch(/\bada\b|\bbob\b|default_tablespace/);
    expect(sql).toContain('CREATE TABLE public.t');
    expect(sql).toContain("'GRANT ALL TO orders;'");
    expect(sql).toContain('REVOKE ALL ON FUNCTION public.f() FROM PUBLIC;');
    expect(warnings).toEqual(['Left out with the roles ("roles": "skip"): POLICY mine ON public.t.']);
  });
});
