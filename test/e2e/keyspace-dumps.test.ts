import type { Client } from '@temporalio/client';
import type { DumpClusterResult, DumpDatabaseResult, LoadDumpResult } from '../../src/contract';
import { leftovers } from '../support/cluster/cluster-state';
import { copied, cql } from '../support/cluster/cql';
import { dumpsOf } from '../support/store/dump-list';
import { forgeDump } from '../support/store/forged-dump';
import { kalpaJson } from '../support/kalpa-command';
import { slowIt, some } from '../support/matrix';
import { failureOf, start, stackJson, temporalClient, until } from '../support/stack';

const stack = stackJson();
let client: Client;
let dumped: DumpDatabaseResult;
let before: string;

/** Everything that the documented COPY loses or changes. */
const ODD = `
  CREATE KEYSPACE odd;
  CREATE TYPE odd.place (street text, "Zip" int);
  CREATE TABLE odd.texts (part text, id int, what text, PRIMARY KEY (part, id)) WITH CLUSTERING ORDER BY (id DESC);
  CREATE TABLE odd.kinds (id int PRIMARY KEY, d double, f float, b blob, u uuid, at timestamp, day date, moment time, yes boolean, big varint,
    exact decimal, net inet, doc jsonb, tags set<text>, names list<text>, marks map<text, int>, home frozen<place>, spans frozen<list<double>>)
    WITH transactions = {'enabled': 'true'};
  CREATE INDEX kinds_by_day ON odd.kinds (day) INCLUDE (yes);
  CREATE TABLE odd.hits (page text PRIMARY KEY, seen counter);
  CREATE TABLE odd.short (id int PRIMARY KEY) WITH default_time_to_live = 86400;
  INSERT INTO odd.texts (part, id, what) VALUES ('', 1, '');
  INSERT INTO odd.texts (part, id, what) VALUES ('', 2, null);
  INSERT INTO odd.texts (part, id, what) VALUES ('a\\b\\\\n', 1, 'tab\there, "quotes" and ''single''');
  INSERT INTO odd.texts (part, id, what) VALUES ('lines\nin the key', 1, 'a line\nand\r\na carriage\rreturn');
  INSERT INTO odd.texts (part, id, what) VALUES ('markers', 1, '\\N');
  INSERT INTO odd.texts (part, id, what) VALUES ('markers', 2, '\u0001null\u0001');
  INSERT INTO odd.texts (part, id, what) VALUES ('markers', 3, 'null');
  INSERT INTO odd.texts (part, id, what) VALUES ('unicode', 1, '顧客 näme \u007f \u0085 🎉');
  INSERT INTO odd.texts (part, id, what) VALUES ('long', 1, '${'x'.repeat(60_000)}');
  INSERT INTO odd.kinds (id, d, f, b, u, at, day, moment, yes, big, exact, net, doc, tags, names, marks, home, spans) VALUES
    (1, 0.12345678901234567, 0.12345678, 0x00ff0a5c, 11111111-2222-3333-4444-555555555555, '2026-01-02 03:04:05.678+0000', '2026-01-02', '03:04:05.000000001',
     true, 123456789012345678901234567890, 1.10, '10.0.0.1', '{"a": "b\\\\c\\n", "d": [1, 2]}', {'', 'a''b', 'c, d', 'e\\f', 'line\nbreak'}, ['x', '', 'y: z'],
     {'k,1': 1, 'k''2': 2}, {street: 'Elm "5"\\', "Zip": 7}, [1.0, 2.5, 1e-300]);
  INSERT INTO odd.kinds (id, home) VALUES (2, {street: null, "Zip": 7});
  INSERT INTO odd.kinds (id, home) VALUES (4, {street: 'two
lines', "Zip": 7});
  INSERT INTO odd.kinds (id, d, tags) VALUES (3, 1.7976931348623157e308, {});
  UPDATE odd.hits SET seen = seen + 7 WHERE page = 'a';
  UPDATE odd.hits SET seen = seen + 1 WHERE page = 'b
c';
  ${Array.from({ length: 300 }, (_, i) => `INSERT INTO odd.short (id) VALUES (${i});`).join('\n')}
`;

const TABLES = ['texts', 'kinds', 'hits', 'short'];
const content = async (keyspace: string, tables = TABLES): Promise<string> => {
  const names = tables.map((table) => `${keyspace}.${table}`);
  return (await copied(stack, names, "WITH NULL = '<null>' AND DOUBLEPRECISION = 17")).join('\n');
};
const run = async <T>(type: string, input: object): Promise<T> =>
  (await (await start(client, type, input)).result()) as T;
const dump = async (input: object) => await run<DumpDatabaseResult>('dumpDatabase', input);
const load = async (input: object) => await run<LoadDumpResult>('loadDump', input);
const refused = async (type: string, input: object) => await failureOf(await start(client, type, input));

beforeAll(async () => {
  client = await temporalClient(stack);
  await cql(stack, ODD);
  before = await content('odd');
});
afterAll(async () => {
  await client.connection.close();
});
afterEach(async () => {
  await until('nothing is left behind', async () => (await leftovers(stack)).length === 0);
});

it('a keyspace is dumped as CQL and CSV, with what is lost named', async () => {
  dumped = await dump({ database: 'ycql.odd' });
  expect(dumped).toMatchObject({ database: 'ycql.odd', tables: 4, files: 5, rows: 9 + 4 + 2 + 300 });
  expect(dumped.dumpId).toMatch(/^ycql\.odd-dump-\d{8}T\d{6}Z-[0-9a-f]{6}$/);
  expect(dumped.warnings?.join('\n')).toMatch(
    /not of one moment.*times to live[\s\S]*Rows of short have a time to live/,
  );
  const [listed] = await dumpsOf(stack, 'ycql.odd');
  expect(listed).toMatchObject({ dumpId: dumped.dumpId, state: 'committed' });
  const text = (await listed?.text()) ?? '';
  expect(text).toContain('CREATE TABLE odd.texts (');
  expect(text).toContain('part,id,what\r\n');
});

/**
 * Each kind of name that CQL takes in quotes alone; the server prints those of an index's columns without. Types within
 * types, of which COPY FROM reads few: names that are none in Python, nulls, times, JSON, and counters of such names.
 */
const QUOTED = `
  CREATE KEYSPACE "Odd Names";
  CREATE TYPE "Odd Names"."Place" ("Zip" int, "order" text, "from" text, "it's: a" int);
  CREATE TYPE "Odd Names"."Deed" ("To" frozen<"Place">, at time, day date, seen timestamp, net inet, doc jsonb, marks frozen<map<text, frozen<list<int>>>>);
  CREATE TABLE "Odd Names"."Mixed ""Case""" ("Key" int, "a b" text, "order" text, "it's; (odd)" text, plain text, "Home" frozen<"Place">,
    "deeds" list<frozen<"Deed">>, by_name map<text, frozen<"Deed">>, places set<frozen<"Place">>, clocks map<time, inet>, "of" map<frozen<"Place">, frozen<list<frozen<"Place">>>>,
    PRIMARY KEY (("Key", "a b"), "order")) WITH transactions = {'enabled': 'true'};
  CREATE INDEX "By Order" ON "Odd Names"."Mixed ""Case""" (("order", "a b"), plain) INCLUDE ("it's; (odd)", "Home");
  CREATE UNIQUE INDEX odd ON "Odd Names"."Mixed ""Case""" ("it's; (odd)");
  CREATE TABLE "Odd Names"."Table" ("Select" int PRIMARY KEY, "Hits" counter);
  UPDATE "Odd Names"."Table" SET "Hits" = "Hits" + 3 WHERE "Select" = 1;
  INSERT INTO "Odd Names"."Mixed ""Case""" ("Key", "a b", "order", "it's; (odd)", plain, "Home", clocks)
    VALUES (1, 'x', 'y', 'z', 'p', {"Zip": 7, "order": 'o', "from": 'f, }', "it's: a": 1}, {'03:04:05.000000001': '::1'});
  INSERT INTO "Odd Names"."Mixed ""Case""" ("Key", "a b", "order") VALUES (2, 'x', 'y');
  INSERT INTO "Odd Names"."Mixed ""Case""" ("Key", "a b", "order", "Home", "deeds", by_name, places, "of") VALUES (3, 'x', 'y', {"Zip": null, "order": null, "from": null, "it's: a": null},
    [{"To": {"Zip": 1, "order": 'two
lines, \\ and ''quotes''', "from": 'null', "it's: a": 2}, at: '03:04:05.000000001', day: '2026-01-02', seen: '2026-01-02 03:04:05.678+0000', net: '10.0.0.1',
      doc: '{"a": "it''s \\"}"}', marks: {'k: 1': [1, 2], '': [3]}}, {"To": null, at: null, day: null, seen: null, net: null, doc: null, marks: null}],
    {'a: b': {"To": {"Zip": 2, "order": '', "from": 'x', "it's: a": 1}, at: '00:00:00', day: null, seen: null, net: null, doc: null, marks: null}},
    {{"Zip": 1, "order": 'a', "from": 'b', "it's: a": 1}, {"Zip": 2, "order": 'a', "from": 'b', "it's: a": 1}},
    {{"Zip": 1, "order": 'k', "from": 'b', "it's: a": 1}: [{"Zip": 1, "order": 'v', "from": null, "it's: a": 1}]});
`;
const QUOTED_TABLES = ['"Mixed ""Case"""', '"Table"'];

it('24: names that need quotes, and types within types, are dumped and loaded whole', async () => {
  await cql(stack, QUOTED);
  const made = await dump({ database: 'ycql.Odd Names' });
  const [listed] = await dumpsOf(stack, 'ycql.Odd Names');
  expect(await listed?.text()).toContain(
    `ON "Odd Names"."Mixed ""Case""" (("order", "a b"), plain, "Key") INCLUDE ("it's; (odd)", "Home")`,
  );
  expect(await load({ dump: made.dumpId, as: 'Other Names' })).toMatchObject({ tables: 2, rows: 4 });
  const loaded = await content('"Other Names"', QUOTED_TABLES);
  expect(loaded).toBe(await content('"Odd Names"', QUOTED_TABLES));
  for (const kept of ['03:04:05.000000001', 'f, }', '1,3']) expect(loaded).toContain(kept);
});

it('24: rows that the shell prints otherwise than they can be read again are refused before anything is dumped', async () => {
  await cql(
    stack,
    `CREATE KEYSPACE unprintable; CREATE TYPE unprintable."grant" (of_what text); CREATE TYPE unprintable."two words" (a int);
     CREATE TABLE unprintable.grants (id int PRIMARY KEY, all_of list<frozen<"grant">>); CREATE TABLE unprintable.others (id int PRIMARY KEY, one frozen<"two words">);
     CREATE TABLE unprintable.plain (id int PRIMARY KEY);`,
  );
  const failure = await refused('dumpDatabase', { database: 'ycql.unprintable' });
  expect(failure).toMatchObject({ type: 'PreflightFailed' });
  expect(failure.message).toMatch(
    /column all_of of table grants: .*\(grant\).*column one of table others: .*"two words"/,
  );
  const made = await dump({ database: 'ycql.unprintable', tables: ['plain'] });
  expect(made).toMatchObject({ tables: 1 });
  expect(await dump({ database: 'ycql.unprintable', schemaOnly: true })).toMatchObject({ tables: 3 });
  await cql(
    stack,
    `DROP TABLE unprintable.grants; DROP TABLE unprintable.others; DROP TABLE unprintable.plain;
     DROP TYPE unprintable."grant"; DROP TYPE unprintable."two words"; DROP KEYSPACE unprintable;`,
  );
});

it('it is loaded under another name, and every value is the same', async () => {
  const loaded = await load({ dump: dumped.dumpId, as: 'odd_copy' });
  expect(loaded).toMatchObject({ database: 'ycql.odd_copy', dumpId: dumped.dumpId, tables: 4, rows: dumped.rows });
  expect(loaded.warnings).toBeUndefined();
  expect(await content('odd_copy')).toBe(before);
  expect((await cql(stack, 'DESC KEYSPACE odd_copy')).replaceAll('odd_copy', 'odd')).toBe(
    await cql(stack, 'DESC KEYSPACE odd'),
  );
  expect(await cql(stack, "SELECT id FROM odd_copy.kinds WHERE day = '2026-01-02'")).toMatch(/^\s+1$/m);
});

it('it is never loaded over a keyspace that exists', async () => {
  const failure = await refused('loadDump', { dump: dumped.dumpId });
  expect(failure).toMatchObject({ type: 'AlreadyExists' });
  expect(failure.message).toMatch(/ycql\.odd already exists and is never overwritten.*"as"/);
  expect(await content('odd')).toBe(before);
});

it('23.1: a load completes with the definition that its caller has accepted by name, and only then', async () => {
  const made = await dump({ database: 'ycql.odd', schemaOnly: true });
  const forged = await forgeDump(
    stack,
    made.dumpId,
    (text) => `${text}\nINSERT INTO odd.texts (part, id, what) VALUES ('accepted', 9, 'x');\n`,
  );
  const input = { dump: forged, as: 'odd_accepted' };
  const failure = await refused('loadDump', input);
  expect(failure).toMatchObject({ type: 'ContentRefused' });
  const [{ sha256 = '', refusals = [] } = {}] = failure.details as { sha256?: string; refusals?: { at: string }[] }[];
  expect(refusals).toHaveLength(1);
  const accept = refusals.map(({ at }) => `${sha256}:${at}`);
  expect(await load({ ...input, accept })).toMatchObject({ database: 'ycql.odd_accepted', tables: 4 });
  expect(await content('odd_accepted', ['texts'])).toContain('accepted,9,x');
  expect(await content('odd')).toBe(before);
});

slowIt('options of COPY are kept: another separator and null text, in the bucket and for the load', async () => {
  const made = await kalpaJson<DumpDatabaseResult>(
    stack,
    ...[
      'dump',
      'ycql.odd',
      '--table',
      'texts',
      'kinds',
      '--copy-option',
      'DELIMITER=|',
      'NULL=\\N',
      'PAGESIZE=3',
      'CHUNKSIZE=2',
    ],
  );
  expect(made).toMatchObject({ tables: 2, files: 3, rows: 13 });
  const text = (await (await dumpsOf(stack, 'ycql.odd')).find(({ dumpId }) => dumpId === made.dumpId)?.text()) ?? '';
  expect(text).toContain('|2|\\N\r\n');
  expect(text).not.toContain('odd.hits');
  await load({ dump: made.dumpId, as: 'odd_some' });
  expect(await content('odd_some', ['texts', 'kinds'])).toBe(await content('odd', ['texts', 'kinds']));
});

it.each(
  some([
    [{ NULL: 'null' }, /copyOptions\.NULL: given "null", allowed a text that no value is printed as/],
    [{ DELIMITER: 'ab' }, /copyOptions\.DELIMITER.*one character/],
    [{ INGESTRATE: 0 }, /copyOptions\.INGESTRATE.*over 0/],
    [{ SKIPROWS: 1 }, /copyOptions\.SKIPROWS: given 1, allowed nothing: a dump holds every row/],
    [{ NOTHING: 1 }, /copyOptions\.NOTHING.*no such field/],
  ]),
)('options %j are refused before anything is read', async (copyOptions, message) => {
  const failure = await refused('dumpDatabase', { database: 'ycql.odd', copyOptions });
  expect(failure).toMatchObject({ type: 'InvalidInput' });
  expect(failure.message).toMatch(message);
});

slowIt('definitions and rows apart: rows go into tables that are there and empty', async () => {
  const [schema, rows] = [
    await dump({ database: 'ycql.odd', schemaOnly: true }),
    await dump({ database: 'ycql.odd', dataOnly: true, tables: ['texts', 'kinds'] }),
  ];
  expect([schema.rows, rows.rows]).toEqual([0, 13]);
  const absent = await refused('loadDump', { dump: rows.dumpId, as: 'odd_parts' });
  expect(absent).toMatchObject({ type: 'NotFound' });
  await load({ dump: schema.dumpId, as: 'odd_parts' });
  expect(await load({ dump: rows.dumpId, as: 'odd_parts' })).toMatchObject({ tables: 2, rows: 13 });
  expect(await content('odd_parts', ['texts', 'kinds'])).toBe(await content('odd', ['texts', 'kinds']));
  const again = await refused('loadDump', { dump: rows.dumpId, as: 'odd_parts' });
  expect(again).toMatchObject({ type: 'PreflightFailed' });
  expect(again.message).toMatch(/already has rows/);
});

it("rows that the cluster refuses end the load with the shell's word", async () => {
  const rows = await dump({ database: 'ycql.odd', dataOnly: true, tables: ['texts'] });
  await cql(
    stack,
    'CREATE KEYSPACE other; CREATE TABLE other.texts (part text, id int, what int, PRIMARY KEY (part, id))',
  );
  const failure = await refused('loadDump', { dump: rows.dumpId, as: 'other' });
  expect(failure).toMatchObject({ type: 'RestoreFailed' });
  expect(failure.message).toMatch(
    /rows of texts.*could not be loaded.*(?:ParseError|no such value).*Rows that were loaded stay in ycql\.other/,
  );
});

slowIt('every keyspace is dumped by one run, and each can be loaded separately', async () => {
  const all = await run<DumpClusterResult>('dumpCluster', { api: 'ycql' });
  expect(all.dumpId).toMatch(/^ycql-dump-/);
  expect(all.databases).toBeGreaterThan(1);
  const which = await refused('loadDump', { dump: all.dumpId });
  expect(which).toMatchObject({ type: 'InvalidInput' });
  await load({ dump: all.dumpId, database: 'ycql.odd', as: 'odd_of_all' });
  expect(await content('odd_of_all')).toBe(before);
  const roles = await refused('dumpCluster', { api: 'ycql', rolesOnly: true });
  expect(roles).toMatchObject({ type: 'InvalidInput' });
});
