import { COPY_FORMAT, CqlFailed, openYugabyte } from '../../../src/yugabyte';
import type { YugabyteConfig, YcqlConnection } from '../../../src/yugabyte/config';
import { EmulatedCluster } from '../../emulator/emulated-cluster';

let cluster: EmulatedCluster;
beforeAll(async () => {
  cluster = await EmulatedCluster.start('2025.1');
});
afterAll(async () => {
  await cluster.stop();
});
afterEach(async () => {
  await cluster.control('POST /flag', { name: 'use_cassandra_authentication', value: 'false' });
  await cluster.control('DELETE /faults');
});

const ycql = (more: Partial<YcqlConnection> = {}) =>
  openYugabyte({
    masters: [],
    ysql: { host: '127.0.0.1', port: 1, user: 'yugabyte', database: 'yugabyte' },
    ycql: { host: '127.0.0.1', port: cluster.options.ports.ycql, ...more },
    timeouts: { rpcMs: 10_000, commandMs: 20_000, httpMs: 1_000 },
  } satisfies YugabyteConfig).cql;
const failure = (of: Partial<CqlFailed>) => expect.objectContaining({ kind: 'CqlFailed', ...of }) as CqlFailed;
const saying = (pattern: RegExp) => expect.stringMatching(pattern) as string;

it('counts rows, over more pages than one, and finds the first', async () => {
  const cql = ycql();
  await cql.define([
    'CREATE KEYSPACE counted',
    'CREATE TABLE counted."Rows" (id int PRIMARY KEY, v text)',
    'CREATE TABLE counted.none (id int PRIMARY KEY)',
    ...Array.from({ length: 30 }, (_, i) => `INSERT INTO counted."Rows" (id, v) VALUES (${i}, 'it''s | ${i}')`),
  ]);
  expect(await cql.countRows('counted', 'Rows')).toBe(30);
  expect(await cql.countRows('counted', 'none')).toBe(0);
  expect([await cql.hasRows('counted', 'Rows'), await cql.hasRows('counted', 'none')]).toEqual([true, false]);
});

it('lists columns whose names look like a shell’s table', async () => {
  const cql = ycql();
  await cql.define([
    'CREATE KEYSPACE listed',
    'CREATE TABLE listed.t (a int, "regular | text | x" text, "back\\slash" int, c int, PRIMARY KEY (a, c))',
  ]);
  const columns = await cql.listColumns('listed', 't');
  expect(columns.sort((one, other) => one.name.localeCompare(other.name))).toEqual([
    { kind: 'partition_key', type: 'int', name: 'a' },
    { kind: 'regular', type: 'int', name: 'back\\slash' },
    { kind: 'clustering', type: 'int', name: 'c' },
    { kind: 'regular', type: 'text', name: 'regular | text | x' },
  ]);
});

it('rows of types within types, and counters, are loaded with statements, and are what was printed', async () => {
  const cql = ycql();
  await cql.define([
    'CREATE KEYSPACE within',
    'CREATE TYPE within."Place" ("Zip" int, "from" text)',
    'CREATE TYPE within."Deed" ("To" frozen<"Place">, at time)',
    'CREATE TABLE within.t (id int PRIMARY KEY, deeds list<frozen<"Deed">>, places set<frozen<"Place">>, clocks map<time, inet>)',
    'CREATE TABLE within."Hits" ("Page" int PRIMARY KEY, "Seen" counter)',
  ]);
  const load = async (table: string, lines: string[]) => {
    const columns = await cql.listColumns('within', table);
    const first = columns.findIndex(({ kind }) => kind === 'partition_key');
    const ordered = [columns[first], ...columns.filter((_, i) => i !== first)].filter((one) => one !== undefined);
    async function* printed(): AsyncGenerator<Buffer> {
      for (const line of lines) yield await Promise.resolve(Buffer.from(line));
    }
    return await cql.loadRows({
      ...{ keyspace: 'within', table, columns: ordered, types: await cql.listTypes('within'), lines: printed() },
      ...{ format: COPY_FORMAT, nullMarker: 'none', speed: {}, signal: undefined },
    });
  };
  const ofT = (await cql.listColumns('within', 't')).filter(({ kind }) => kind === 'regular').map(({ name }) => name);
  const values: Record<string, string> = {
    deeds: `"[{To: {Zip: 1, field_1_: 'a, }''b'}, at: 03:04:05.000000001}, {To: ${COPY_FORMAT.nullText}, at: ${COPY_FORMAT.nullText}}]"`,
    places: `"{{Zip: 1, field_1_: '${String.raw`two\nlines`}'}}"`,
    clocks: `{03:04:05.000000000: '::1'}`,
  };
  expect(
    await load(
      't',
      Array.from({ length: 100 }, (_, i) => [String(i), ...ofT.map((name) => values[name])].join(',')),
    ),
  ).toBe(100);
  expect(await load('Hits', ['1,3', '2,4'])).toBe(2);
  const rows = await cql.readRows('within', 't');
  expect(rows).toHaveLength(100);
  expect(rows[0]).toMatchObject({
    deeds: [{ To: { Zip: 1, from: "a, }'b" } }, { To: null, at: null }],
    places: [{ Zip: 1, from: 'two\nlines' }],
  });
  expect(
    (await cql.readRows('within', 'Hits')).map((row) => `${String(row['Page'])}:${String(row['Seen'])}`).sort(),
  ).toEqual(['1:3', '2:4']);
});

it('stops at the first statement that is refused, and says that it had no effect', async () => {
  const cql = ycql();
  await cql.define(['CREATE KEYSPACE stopped']);
  await expect(
    cql.define([
      'CREATE TABLE stopped.a (id int PRIMARY KEY)',
      'CREATE TABLE stopped.b (id nothing)',
      'CREATE KEYSPACE no',
    ]),
  ).rejects.toEqual(failure({ outcome: 'refused', transient: false }));
  expect(await cql.countRows('stopped', 'a')).toBe(0);
  await expect(cql.countRows('stopped', 'b')).rejects.toEqual(failure({ code: 0x2200, outcome: 'refused' }));
});

it('drops a keyspace with types that use each other, and one that no longer exists', async () => {
  const cql = ycql();
  await cql.define([
    'CREATE KEYSPACE nested',
    'CREATE TYPE nested.street (name text)',
    'CREATE TYPE nested."Address" (street frozen<street>)',
    'CREATE TABLE nested.t (id int PRIMARY KEY, home frozen<"Address">)',
  ]);
  expect((await cql.listTypes('nested')).map(({ name }) => name).sort()).toEqual(['Address', 'street']);
  await expect(cql.dropKeyspace('nested')).rejects.toEqual(failure({ outcome: 'refused' }));
  await cql.dropTables('nested', ['t']);
  await cql.dropKeyspace('nested');
  await cql.dropKeyspace('nested');
  expect(await cql.listTypes('nested')).toEqual([]);
});

it('does not count a lost reply as success: the outcome of a change is unknown, and a drop that timed out is not done', async () => {
  const cql = ycql();
  await cql.define(['CREATE KEYSPACE lost', 'CREATE TYPE lost.a (x int)']);
  await cluster.control('POST /faults', { name: 'lose-reply', command: 'ycql' });
  await expect(cql.define(['CREATE TABLE lost.t (id int PRIMARY KEY)'])).rejects.toEqual(
    failure({ outcome: 'unknown', transient: true, message: saying(/closed the connection.*check before repeating/) }),
  );
  expect(await cql.countRows('lost', 't')).toBe(0); // it was made
  await cluster.control('POST /faults', { name: 'lose-reply', command: 'ycql' });
  await expect(cql.countRows('lost', 't')).rejects.toEqual(failure({ outcome: 'refused', transient: true }));
});

it('reports a wrong password, and that nobody listens', async () => {
  await cluster.control('POST /flag', { name: 'use_cassandra_authentication', value: 'true' });
  await expect(ycql({ user: 'cassandra', password: 'cassandra' }).ping()).resolves.toBeUndefined();
  await expect(ycql({ user: 'cassandra', password: 'hunter2' }).ping()).rejects.toEqual(
    failure({ code: 0x0100, final: true, message: expect.not.stringContaining('hunter2') as string }),
  );
  await expect(ycql().ping()).rejects.toEqual(failure({ transient: false }));
  await expect(ycql({ port: 1 }).ping()).rejects.toEqual(failure({ code: 'ECONNREFUSED', transient: true }));
  await expect(ycql({ host: 'no-such-host.invalid' }).ping()).rejects.toEqual(failure({ outcome: 'refused' }));
});

it('ends when its caller is cancelled, and leaves no socket', async () => {
  const stop = new AbortController();
  await cluster.control('POST /faults', { name: 'hang', command: 'ycql' });
  const asked = ycql().countRows('counted', 'Rows', { signal: stop.signal });
  setImmediate(() => {
    stop.abort();
  });
  await expect(asked).rejects.toEqual(failure({ code: 'ABORT_ERR' }));
  await expect(ycql().ping({ signal: AbortSignal.abort() })).rejects.toEqual(failure({ code: 'ABORT_ERR' }));
});
