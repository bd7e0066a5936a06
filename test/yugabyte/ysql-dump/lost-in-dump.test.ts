import { LostInDump, scanSql } from '../../../src/yugabyte';
import { losable } from '../../../src/yugabyte/ysql/tables/losable';

const CATALOGUE = {
  tablegroups: ['shelf', 'Odd "group"'],
  namedKeys: [
    { table: { schema: 'public', name: 'orders' }, name: 'orders_key' },
    { table: { schema: 'Odd', name: 'lines' }, name: 'Key' },
    { table: { schema: 'public', name: 'not_chosen' }, name: 'k' },
  ],
};

function lost(text: string, catalogue = CATALOGUE): string[] {
  const found = new LostInDump(catalogue);
  for (const statement of scanSql(text)) found.note([statement]); // a dump arrives in pieces
  return found.warnings('ysql.shop');
}

describe('24: what old releases of ysql_dump silently leave out', () => {
  it('is named: tablegroups, and the names of primary keys of tables that are in the dump', () => {
    const [groups, keys, ...more] = lost(`
      CREATE TABLE public.orders (id integer NOT NULL, what text DEFAULT 'CONSTRAINT orders_key PRIMARY KEY', PRIMARY KEY((id) HASH));
      CREATE UNLOGGED TABLE "Odd".lines (id integer NOT NULL, CONSTRAINT other PRIMARY KEY(id ASC));
      CREATE TABLE public.orders_key (shelf integer);`);
    expect(groups).toMatch(/leaves tablegroups out .*#10168\): the tables of shelf, Odd "group" come back outside/);
    expect(keys).toMatch(
      /names of primary keys \(#4806\).* copy of ysql\.shop: orders_key of public\.orders, Key of Odd\.lines\./,
    );
    expect(more).toEqual([]);
  });

  it('is not reported where the text has it, in whatever form it names a key', () => {
    expect(
      lost(`
        CREATE TABLEGROUP shelf;
        CREATE TABLEGROUP "Odd ""group""";
        CREATE TABLE public.orders (id integer NOT NULL, CONSTRAINT orders_key PRIMARY KEY((id) HASH)) TABLEGROUP shelf;
        CREATE TABLE "Odd".lines (id integer NOT NULL);
        ALTER TABLE ONLY "Odd".lines ADD CONSTRAINT "Key" PRIMARY KEY USING INDEX "Key";`),
    ).toEqual([]);
    expect(lost('CREATE TABLE public.orders (id integer);', { tablegroups: [], namedKeys: [] })).toEqual([]);
  });

  it.each([
    ['pg_tablegroup', 'of releases before #10190'],
    ['pg_yb_tablegroup', 'of later ones'],
    [undefined, 'of a server without tablegroups'],
  ])('is looked up in the catalogue %s, %s', async (catalog, _of) => {
    const asked: string[] = [];
    const query = async (text: string): Promise<object[]> => {
      asked.push(text);
      if (text.includes('regnamespace')) return await Promise.resolve(catalog === undefined ? [] : [{ name: catalog }]);
      return await Promise.resolve(text.includes('grpname') ? [{ name: 'shelf' }] : []);
    };
    const sql = { use: async (_: string, __: string, work: (q: typeof query) => unknown) => await work(query) };
    const found = await losable(sql as never, 'shop');
    expect(found).toEqual({ tablegroups: catalog === undefined ? [] : ['shelf'], namedKeys: [] });
    expect(asked.filter((text) => text.includes('grpname')).map((text) => /FROM (\S+)/.exec(text)?.[1])).toEqual(
      catalog === undefined ? [] : [`pg_catalog.${catalog}`],
    );
  });
});
