import { chosenTables, danglingReferences, unknownTables } from '../../src/activities/control/lookup/chosen-tables';
import type { DumpPart } from '../../src/repository';

const table = (name: string, more: Partial<DumpPart['tables'][number]> = {}): DumpPart['tables'][number] => ({
  schema: 'public',
  name,
  ...more,
});
const named = (name: string) => ({ schema: 'public', name });
const part = {
  tables: [
    table('customers', { rows: 5 }),
    table('orders', { rows: 9, refersTo: [named('customers')] }),
    table('visits', { refersTo: [named('customers')] }),
    table('visits_2026', { partOf: [named('visits')], refersTo: [named('customers')] }),
    table('visits_2026_05', {
      rows: 7,
      partOf: [named('visits_2026'), named('visits')],
      refersTo: [named('customers')],
    }),
    table('marks', { rows: 1, refersTo: [named('visits_2026')] }),
  ],
} as unknown as DumpPart;
const names = (tables: { name: string }[]): string[] => tables.map(({ name }) => name);

it('22.9: a chosen partitioned parent includes the rows of its partitions, at any depth', () => {
  expect(names(chosenTables(part, ['visits']))).toEqual(['visits_2026_05']);
  expect(names(chosenTables(part, ['visits_2026', 'customers']))).toEqual(['customers', 'visits_2026_05']);
  expect(names(chosenTables(part, undefined))).toEqual(['customers', 'orders', 'visits_2026_05', 'marks']);
});

it('22.9: in a dump of rows alone a parent is known only from its partitions', () => {
  const rows = { tables: part.tables.filter(({ rows: count }) => count !== undefined) } as DumpPart;
  expect(unknownTables(rows, ['visits', '"public"."visits_2026"', 'nowhere', 'a.b.c'])).toEqual(['nowhere', 'a.b.c']);
  expect(names(chosenTables(rows, ['visits']))).toEqual(['visits_2026_05']);
});

it("22.9: foreign keys to tables that are not chosen are reported from the dump's own record", () => {
  const outside = (...asked: string[]): string[] =>
    danglingReferences(part, asked).map(({ table: from, refersTo }) => `${from} to ${refersTo.name}`);
  expect(outside('orders')).toEqual(['public.orders to customers']);
  expect(outside('orders', 'customers')).toEqual([]);
  expect(outside('visits')).toEqual([
    'public.visits to customers',
    'public.visits_2026 to customers',
    'public.visits_2026_05 to customers',
  ]);
  // What it refers to is a partition of what was asked for.
  expect(outside('marks', 'visits', 'customers')).toEqual([]);
});
