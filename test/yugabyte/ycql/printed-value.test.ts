import * as fc from 'fast-check';
import { columnType, type ColumnType, type UserDefinedType } from '../../../src/yugabyte/ycql/column-type';
import { literalOf } from '../../../src/yugabyte/ycql/printed-value';
import { runs } from '../../support/matrix';
import { shellReads, whyNotPrinted } from '../../../src/yugabyte/ycql/shell-limits';

const type = (name: string, ...fields: [string, string][]): [string, UserDefinedType] => [
  name,
  { name, fields: fields.map(([field, of]) => ({ name: field, type: of })) },
];
const TYPES = new Map([
  type('place', ['street', 'text'], ['Zip', 'int']),
  type('grant', ['To', 'frozen<place>'], ['note', 'text']),
  type('Odd, <Type>', ['a', 'int']),
  type('python', ['from', 'text'], ['a b', 'int'], ['_x', 'int'], ['doc', 'jsonb']),
  type('Python', ['of', 'frozen<python>']),
  type('moments', ['t', 'time'], ['d', 'date'], ['at', 'timestamp'], ['net', 'inet']),
]);
const read = (text: string): ColumnType => columnType(text, TYPES);

it.each([
  ['list<frozen<place>>', "[{street: 'a, b', Zip: 1}, {street: null, Zip: null}]", `[{"street": 'a, b', "Zip": 1}, {"street": null, "Zip": null}]`],
  ['list<frozen<grant>>', "[{To: {street: 'it''s: {x}', Zip: 1}, note: 'null'}]", `[{"To": {"street": 'it''s: {x}', "Zip": 1}, "note": 'null'}]`],
  ['map<text, frozen<grant>>', "{'k: ,}': {To: null, note: 'two\nlines'}}", `{'k: ,}': {"To": null, "note": 'two\nlines'}}`],
  ['set<frozen<place>>', "{{street: '', Zip: -1}}", `{{"street": '', "Zip": -1}}`],
  ['map<frozen<place>, frozen<list<frozen<map<int, text>>>>>', "{{street: 'a', Zip: 1}: [{1: 'x'}, {}]}", `{{"street": 'a', "Zip": 1}: [{1: 'x'}, {}]}`],
  ['frozen<Odd, <Type>>', '{a: 1}', '{"a": 1}'],
  // a field whose name is none in Python, by its place; JSON, whose quotes are not doubled
  ['frozen<python>', `{field_0_: 'x', field_1_: 2, field_2_: null, doc: '{"it's": "\\"'}"}'}`, `{"from": 'x', "a b": 2, "_x": null, "doc": '{"it''s": "\\"''}"}'}`],
  ['frozen<Python>', "{field_0_: null}", '{"of": null}'],
  ['frozen<moments>', "{t: 03:04:05.000000001, d: 2026-01-02, at: '2026-01-02 03:04:05.678000+0000', net: '::1'}", `{"t": '03:04:05.000000001', "d": '2026-01-02', "at": 1767323045678, "net": '::1'}`],
  ['map<time, inet>', "{03:04:05.000000000: '10.0.0.1'}", "{'03:04:05.000000000': '10.0.0.1'}"],
  ['map<timestamp, boolean>', "{'253402300800000': True}", '{253402300800000: True}'],
  ['timestamp', '2026-01-02 03:04:05.678000+0000', '1767323045678'],
  ['time', '03:04:05.000000001', "'03:04:05.000000001'"],
  ['text', "it's", "'it''s'"],
])('a printed value of type %s becomes CQL: %j', (name, printed, literal) => {
  expect(literalOf(read(name), printed)).toBe(literal);
}); // prettier-ignore

/** As cqlshlib/formatting.py prints a value inside of another type, and the same in CQL. */
function valueOf(of: ColumnType): fc.Arbitrary<[printed: string, literal: string]> {
  const joined = (pieces: readonly [string, string][], [open, close]: [string, string]): [string, string] => [
    `${open}${pieces.map(([printed]) => printed).join(', ')}${close}`,
    `${open}${pieces.map(([, literal]) => literal).join(', ')}${close}`,
  ];
  switch (of.kind) {
    case 'list':
      return fc.array(valueOf(of.of), { maxLength: 3 }).map((items) => joined(items, ['[', ']']));
    case 'set':
      return fc.array(valueOf(of.of), { maxLength: 3 }).map((items) => joined(items, ['{', '}']));
    case 'map':
      return fc.array(fc.tuple(valueOf(of.key), valueOf(of.value)), { maxLength: 3 }).map((pairs) =>
        joined(
          pairs.map(([key, value]) => [`${key[0]}: ${value[0]}`, `${key[1]}: ${value[1]}`]),
          ['{', '}'],
        ),
      );
    case 'userDefined':
      return fc
        .tuple(
          ...of.fields.map((field) => fc.option(valueOf(field.type), { nil: ['null', 'null'] as [string, string] })),
        )
        .map((values) =>
          joined(
            values.map(([printed, literal], i) => [
              `${of.fields[i]?.name ?? ''}: ${printed}`,
              `"${of.fields[i]?.name ?? ''}": ${literal}`,
            ]),
            ['{', '}'],
          ),
        );
    case 'scalar': {
      const quoted = (text: string): string => `'${text.replaceAll("'", "''")}'`;
      if (of.name === 'int') return fc.integer().map((n) => [String(n), String(n)]);
      if (of.name === 'time') return fc.constant(['03:04:05.000000001', "'03:04:05.000000001'"]);
      if (of.name === 'jsonb') return fc.json().map((text) => [`'${text}'`, quoted(text)]);
      const unit = fc.constantFrom("'", '"', ',', ':', ' ', '{', '}', '[', ']', '\n', '\\', 'a', 'null', '顧');
      return fc.string({ unit }).map((text) => [quoted(text), quoted(text)]);
    }
  }
}

it('whatever is printed of a nested type is read as what it was', () => {
  const leaf = fc.constantFrom('int', 'text', 'time', 'jsonb', 'frozen<grant>', 'frozen<place>');
  const nested = fc
    .letrec<{ one: string }>((tie) => ({
      one: fc.oneof(
        { maxDepth: 2 },
        leaf,
        fc
          .tuple(fc.constantFrom('list', 'set', 'frozen<list'), tie('one'))
          .map(([kind, of]) => `${kind}<${of}>${kind.startsWith('frozen') ? '>' : ''}`),
        fc.tuple(leaf, tie('one')).map(([key, of]) => `map<${key}, ${of}>`),
      ),
    }))
    .one.map((name) => `list<${name}>`);
  fc.assert(
    fc.property(
      nested.chain((name) => fc.tuple(fc.constant(name), valueOf(read(name)))),
      ([name, [printed, literal]]) => {
        expect(literalOf(read(name), printed)).toBe(literal);
      },
    ),
    { numRuns: runs(2_000, 60) },
  );
});

it.each([
  ['list<frozen<place>>', undefined],
  ['list<frozen<grant>>', undefined], // as releases list it that know no quotes
  ['map<text, frozen<list<frozen<python>>>>', undefined],
  ['list<frozen<"grant">>', /keyword of CQL \(grant\)/],
  ['map<int, frozen<Odd, <Type>>>', /not one in Python \("Odd, <Type>"\)/],
  ['frozen<list<int>>', undefined],
])('a type that the shell prints so that it can be read, or not: %s', (name, because) => {
  const found = whyNotPrinted(read(name));
  if (because === undefined) expect(found).toBeUndefined();
  else expect(found).toMatch(because);
});

it.each([
  ['text', true],
  ['time', true],
  ['jsonb', true],
  ['map<text, frozen<list<int>>>', true],
  ['list<frozen<place>>', false],
  ['frozen<place>', false],
  ['map<text, time>', false],
  ['counter', false],
])('whether COPY FROM reads what COPY TO prints of %s: %s', (name, reads) => {
  expect(shellReads(read(name))).toBe(reads);
});
