import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { quoteDescribed } from '../../../src/yugabyte/ycql/quote-described';

const fixture = readFileSync(join(__dirname, '../../fixtures/ycqlsh/desc-keyspace.txt'), 'utf8');

it('24: quotes the columns of an index as the table has them, and changes nothing else', () => {
  expect(quoteDescribed(fixture)).toBe(fixture.replace('(a b, plain, Key)', '("a b", plain, "Key")'));
  expect(fixture).toContain('(a b, plain, Key)');
});

describe('24: an index', () => {
  const TABLE = `
CREATE TABLE shop."Orders" (
    "Key" int,
    "a, b" text,
    "a" text,
    "order" text,
    "it's; (odd)" text,
    plain text,
    "Doc" jsonb,
    PRIMARY KEY (("Key", "a"), plain)
) WITH default_time_to_live = 0;`;
  const quoted = (index: string): string => {
    const text = quoteDescribed(
      `${TABLE}\nCREATE INDEX by ON shop."Orders" ${index}\n    WITH transactions = {'enabled': 'true'};\n`,
    );
    expect(text.startsWith(TABLE)).toBe(true);
    return text.split('\n').at(-3)?.slice('CREATE INDEX by ON shop."Orders" '.length) ?? '';
  };

  it.each([
    ['(order, Key, plain)', '("order", "Key", plain)'],
    ['((Key, order), plain)', '(("Key", "order"), plain)'],
    ['((Key, order))', '(("Key", "order"))'],
    ["(it's; (odd), Key)", `("it's; (odd)", "Key")`],
    ['(a, b, Key)', '("a, b", "Key")'],
    ["(Doc->'x'->>'Y, z', Key) INCLUDE (order, plain)", `("Doc"->'x'->>'Y, z', "Key") INCLUDE ("order", plain)`],
    [
      "(plain, Key) WHERE order != 'a AND Key' AND Key > 5",
      `(plain, "Key") WHERE "order" != 'a AND Key' AND "Key" > 5`,
    ],
    ['(plain, Key) WHERE plain = NULL', '(plain, "Key") WHERE plain = NULL'],
    ['(unheard, Key)', '(unheard, Key)'],
  ])('%s', (printed, written) => {
    expect(quoted(printed)).toBe(written);
  });

  it('that could be parsed in very many ways, none of which fits, is left alone quickly', () => {
    const columns = Array.from({ length: 12 }, (_, i) => `    "${'a, '.repeat(i)}a" text,`).join('\n');
    const line = `CREATE INDEX by ON shop.t (${'a, '.repeat(400)}!)`;
    const text = `CREATE TABLE shop.t (\n${columns}\n) WITH default_time_to_live = 0;\n${line}\n`;
    expect(quoteDescribed(text)).toBe(text);
  });
});

it('24: quotes user-defined types within others, whatever the column is called', () => {
  const described = (place: string, grant: string): string => `
CREATE TYPE shop."Place" (
    "Zip" int
);

CREATE TYPE shop."grant" (
    home frozen<${place}>,
    "Place" text
);

CREATE TABLE shop.t (
    grant text PRIMARY KEY,
    all_of list<frozen<${grant}>>,
    by_name map<text, frozen<${place}>>,
    place text
) WITH default_time_to_live = 0;
`;
  expect(quoteDescribed(described('Place', 'grant'))).toBe(described('"Place"', '"grant"'));
  expect(quoteDescribed(described('"Place"', '"grant"'))).toBe(described('"Place"', '"grant"'));
});
