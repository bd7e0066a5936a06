import { hashRanges, rangesAt } from '../../emulator/journal/records';
import { translate, type StorageNote } from '../../emulator/ysql/yb-syntax';

/** What PostgreSQL gets, and what is noted beside it. */
function translated(sql: string, release: Parameters<typeof translate>[1] = '2025.1') {
  const { sql: made, template } = translate(sql, release);
  const notes: Partial<StorageNote>[] = [];
  const left = made.replace(/\/\*yb_emulator ([^*]+)\*\/ /g, (_, note: string) => {
    notes.push(JSON.parse(Buffer.from(note, 'base64').toString()) as StorageNote);
    return '';
  });
  return { sql: left.replace(/\s+/g, ' ').trim(), notes, ...(template ? { template } : {}) };
}

it.each([
  [
    "CREATE TABLE public.t (a int, b text, CONSTRAINT t_pkey PRIMARY KEY((a, b) HASH, c ASC)) WITH (fillfactor='70', colocation_id='20001');",
    "CREATE TABLE public.t (a int, b text, CONSTRAINT t_pkey PRIMARY KEY(a, b, c)) WITH (fillfactor='70');",
    { of: 'table', schema: 'public', name: 't', id: 20001, hash: 2 },
  ],
  [
    'CREATE TABLE "Odd ""one" (id int, PRIMARY KEY (id DESC)) SPLIT AT VALUES ((100), (50, MINVALUE))',
    'CREATE TABLE "Odd ""one" (id int, PRIMARY KEY (id))',
    { of: 'table', name: 'Odd "one', splitAt: '((100), (50, MINVALUE))', hash: 0 },
  ],
  [
    'CREATE TABLE t (id int PRIMARY KEY) WITH (colocation = false) SPLIT INTO 3 TABLETS;',
    'CREATE TABLE t (id int PRIMARY KEY) ;',
    { of: 'table', name: 't', colocation: false, tablets: 3 },
  ],
  [
    "CREATE UNIQUE INDEX NONCONCURRENTLY i ON s.t USING lsm ((lower(a)) HASH, b DESC) INCLUDE (c) WITH (colocation_id=7) WHERE (d = 'x;y')",
    "CREATE UNIQUE INDEX i ON s.t USING btree ((lower(a)), b DESC) INCLUDE (c) WHERE (d = 'x;y')",
    { of: 'index', name: 'i', id: 7, hash: 1 },
  ],
  [
    'CREATE INDEX ON t (b HASH) TABLEGROUP g SPLIT INTO 2 TABLETS',
    'CREATE INDEX ON t (b)',
    { of: 'index', tablegroup: 'g', tablets: 2, hash: 1 },
  ],
  [
    'CREATE INDEX v ON t USING ybhnsw (v vector_l2_ops)',
    'CREATE INDEX v ON t USING hnsw (v vector_l2_ops)',
    { of: 'index', name: 'v', method: 'ybhnsw' },
  ],
  [
    "CREATE MATERIALIZED VIEW m WITH (colocation_id='20005') AS SELECT 1",
    'CREATE MATERIALIZED VIEW m AS SELECT 1',
    { of: 'table', name: 'm', id: 20005 },
  ],
] as const)('24.8: %s', (sql, expected, note) => {
  expect(translated(sql)).toEqual({ sql: expected, notes: [note] });
});

it.each([
  'SELECT * FROM t ORDER BY a DESC',
  "INSERT INTO t VALUES ('CREATE TABLE x () SPLIT INTO 3 TABLETS')",
  'CREATE FUNCTION f() RETURNS void LANGUAGE sql AS $f$ CREATE TABLE x (id int) SPLIT INTO 3 TABLETS $f$',
  'CREATE TABLE p PARTITION OF days FOR VALUES WITH (modulus 2, remainder 0) -- hash',
  'CREATE TABLE t (split int, hash text, "desc" text); -- PRIMARY KEY (a HASH)',
])('24.8: %s is passed on unchanged', (sql) => {
  expect(translate(sql, '2025.1')).toEqual({ sql });
});

it('24.8: a colocated database is a copy of one', () => {
  expect(translated("CREATE DATABASE d WITH TEMPLATE = template0 ENCODING = 'UTF8' colocation = true;")).toEqual({
    sql: "CREATE DATABASE d WITH ENCODING = 'UTF8' TEMPLATE = pg_yb_colocation;",
    notes: [],
    template: 'colocation',
  });
  expect(translated('CREATE DATABASE d colocated = true', '2.6')).toMatchObject({ template: 'legacy' });
  expect(translated('CREATE DATABASE d colocated = false', '2.6')).toEqual({ sql: 'CREATE DATABASE d', notes: [] });
  const unknown = 'CREATE DATABASE d colocation = true';
  expect(translated(unknown, '2.14')).toEqual({ sql: unknown, notes: [] }); // PostgreSQL says that it does not know the option
});

it('24.8: a vector index is unknown before 2025.1', () => {
  const sql = 'CREATE INDEX v ON t USING ybhnsw (v vector_l2_ops)';
  expect(translated(sql, '2024.2')).toEqual({ sql, notes: [] });
});

it('24.8: ranges of a split table are its keys as DocDB has them', () => {
  expect(rangesAt("((-5), (50, 'm'))")).toEqual([
    { start: '', end: '487FFFFFFB21' },
    { start: '487FFFFFFB21', end: '4880000032536D000021' },
    { start: '4880000032536D000021', end: '' },
  ]);
  expect(hashRanges(1)).toEqual([{ start: '', end: '' }]);
});
