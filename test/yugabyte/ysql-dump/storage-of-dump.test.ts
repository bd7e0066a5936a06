import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { SnapshotTable } from '../../../src/yugabyte/snapshot-file';
import { sequencesOfDump } from '../../../src/yugabyte/ysql-dump/contents/sequences-of-dump';
import { unprovedStorage } from '../../../src/yugabyte/ysql-dump/contents/storage-of-dump';

const fixture = (release: string): string =>
  readFileSync(join(__dirname, '../../fixtures/ysql-dump', release, 'snapshot.sql'), 'utf8');

interface Stored {
  name: string;
  number: number;
  columns?: string[];
  more?: Partial<SnapshotTable>;
}
const stored = ({ name, number, columns = [], more }: Stored): SnapshotTable => ({
  id: `000040000000300080000000${number.toString(16).padStart(8, '0')}`,
  name,
  schema: 'public',
  kind: columns.length > 0 ? 'table' : 'index',
  colocated: false,
  hidden: false,
  columns: columns.map((column, id) => ({ id, name: column })),
  ...more,
});
const names = (tables: { schema: string; name: string }[]): string[] => tables.map(({ name }) => name);

describe("24.10: the tables of a snapshot that can't be proved to be those of a dump as of its moment", () => {
  const dump = fixture('2026.1');
  /** What a snapshot of the database of the fixture has. */
  const whole: Stored[] = [
    { name: 'goods', number: 16410, columns: ['id', 'odd ;\\! name', 'shade'] },
    { name: 'ranges', number: 16416, columns: ['a', 'b'] },
    { name: 'together', number: 16422, columns: ['ybrowid', 'a'] },
    { name: 'alone', number: 16427, columns: ['ybrowid', 'a'] },
    { name: 'days_1', number: 16435, columns: ['ybrowid', 'day', 'n'] },
    { name: 'counted', number: 16443, columns: ['ybrowid', 'n'], more: { kind: 'matview' } },
    { name: 'goods_name', number: 16447 },
    { name: 'goods_shade', number: 16449 },
  ];
  const changed = (name: string, change: Partial<Stored>): SnapshotTable[] =>
    whole.map((one) => stored(one.name === name ? { ...one, ...change } : one));

  it('are none if all have the same numbers and columns', () =>
    expect(unprovedStorage(dump, whole.map(stored))).toEqual([]));

  it('include those that were rewritten: a table, a materialized view, an index, an index of a constraint', () => {
    for (const name of ['alone', 'counted', 'goods_shade', 'goods_name'])
      expect(names(unprovedStorage(dump, changed(name, { number: 17000 })))).toEqual([name]);
  });

  it('include those whose columns were changed by DDL, but not those with their columns in another order', () => {
    expect(names(unprovedStorage(dump, changed('ranges', { columns: ['b', 'a'] })))).toEqual([]);
    expect(names(unprovedStorage(dump, changed('ranges', { columns: ['a'] })))).toEqual(['ranges']);
    expect(names(unprovedStorage(dump, changed('alone', { columns: ['ybrowid', 'a', 'b'] })))).toEqual(['alone']);
    expect(names(unprovedStorage(dump, changed('goods', { columns: ['id', 'name', 'shade'] })))).toEqual(['goods']);
  });

  it('include one that is there twice; hidden ones and colocation parents don’t count', () => {
    const tables = whole.map(stored);
    const twice = stored({ name: 'alone', number: 17001, columns: ['ybrowid', 'a'] });
    expect(names(unprovedStorage(dump, [...tables, twice]))).toEqual(['alone']);
    const beside = [{ ...twice, hidden: true }, stored({ name: 'x', number: 1, more: { kind: 'colocationParent' } })];
    expect(unprovedStorage(dump, [...tables, ...beside])).toEqual([]);
  });

  it('are all of them with a dump of an older release, which has no numbers', () => {
    const tables = [stored({ name: 'ranges', number: 16416, columns: ['a', 'b'] })];
    for (const release of ['2.6', '2.17', '2.21'])
      expect(names(unprovedStorage(fixture(release), tables))).toEqual(['ranges']);
  });

  it('columns that were dropped, constraints, and names that look like such', () => {
    const table = (name: string, columns: string[]): SnapshotTable => stored({ name, number: 5, columns });
    const numbered = (statement: string): string =>
      `SELECT pg_catalog.binary_upgrade_set_next_heap_relfilenode('5'::pg_catalog.oid);\n${statement}`;
    const odd = numbered(`CREATE UNLOGGED TABLE public."T ""1""" (
      a integer DEFAULT f(1, 2) NOT NULL, "........pg.dropped.2........" INTEGER /* dummy */, "check" numeric(3,2),
      "A,b" text, CONSTRAINT k PRIMARY KEY(a HASH), CHECK ((a > 0)), exclude integer);`);
    expect(unprovedStorage(odd, [table('T "1"', ['exclude', 'check', 'A,b', 'a'])])).toEqual([]);
    expect(
      unprovedStorage(numbered('CREATE TABLE public.t (b int) INHERITS (public.s);'), [table('t', ['a', 'b'])]),
    ).toEqual([]);
    expect(unprovedStorage(numbered('CREATE TABLE public.t (\n);'), [table('t', ['ybrowid'])])).toEqual([]);
  });

  it('a number is of the next statement alone', () => {
    const dumped = `SELECT pg_catalog.binary_upgrade_set_next_heap_relfilenode('5'::pg_catalog.oid);
      CREATE SEQUENCE public.s; CREATE TABLE public.t (a int);`;
    expect(names(unprovedStorage(dumped, [stored({ name: 't', number: 5, columns: ['a'] })]))).toEqual(['t']);
  });
});

it('sequences of a dump: their own statement, or an identity', () =>
  expect(sequencesOfDump(fixture('2026.1'))).toEqual([
    { schema: 'public', name: 'numbers' },
    { schema: 'public', name: 'days_1_n_seq' },
  ]));
