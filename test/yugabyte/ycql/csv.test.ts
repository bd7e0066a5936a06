import * as fc from 'fast-check';
import { COPY_FORMAT } from '../../../src/yugabyte';
import { fieldsOfLine, lineOfFields } from '../../../src/yugabyte/ycql/csv-line';
import { fieldRepairer } from '../../../src/yugabyte/ycql/repair-field';
import { linesOf } from '../../../src/yugabyte/ycql/lines-of';
import { SHELL_NULL, withNull } from '../../../src/yugabyte/ycql/shell-null';
import { csvRecord, csvRecords, escapeText, escapeNull } from './python-csv';

/** Texts with much of what is easily lost. */
const text = fc.string({
  unit: fc.oneof(
    fc.constantFrom(
      '\\',
      '"',
      "'",
      ',',
      ';',
      '\n',
      '\r',
      '\t',
      '\0',
      '\u0001',
      '\u001f',
      '\u007f',
      '\u0085',
      '\u00a0',
      'n',
      'N',
      'x',
      '0',
      'a',
      ' ',
    ),
    fc.string({ unit: 'grapheme', minLength: 1, maxLength: 1 }),
  ),
});
const delimiter = fc.constantFrom(',', '|', ';', '\t');
const python = (of: string) => ({ delimiter: of, quote: '"' });
const DELIMITER_ONLY = 1;

it('a line of CSV has the fields that Python wrote', () => {
  fc.assert(
    fc.property(fc.array(text.map(escapeText), { minLength: 1 }), delimiter, (fields, of) => {
      const written = csvRecord(fields, python(of)).replace(/\r\n$/, '');
      expect(fieldsOfLine(written, of)).toEqual(fields);
    }),
  );
});

it('Python reads the fields of a line that we write', () => {
  fc.assert(
    fc.property(fc.array(text, { minLength: DELIMITER_ONLY }), delimiter, (fields, of) => {
      const [read, ...more] = [...csvRecords(lineOfFields(fields, of), python(of))];
      expect(read?.fields).toEqual(fields);
      expect(more).toEqual([]);
    }),
  );
});

it.each([COPY_FORMAT.nullText, '\\N', '\\-'])(
  'a printed text is read back as its value, and only null is read as null (%j)',
  (nullText) => {
    const repaired = fieldRepairer({ nullText }, '<null>');
    fc.assert(
      fc.property(text, (value) => {
        expect(repaired(escapeText(value))).toBe(value);
        expect(escapeText(value)).not.toBe(nullText);
      }),
    );
    expect(repaired(nullText)).toBe('<null>');
    expect(repaired(`{street: ${nullText}, zip: '${escapeText(nullText)}'}`)).toBe(
      `{street: <null>, zip: '${nullText}'}`,
    );
  },
);

it('lines are the same however the output is cut', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(
        text.map((one) => escapeText(one)).filter((one) => one !== ''),
        { maxLength: 20 },
      ),
      fc.integer({ min: 1, max: 7 }),
      async (lines, size) => {
        const whole = Buffer.from(lines.map((line) => `${line}\r\n`).join(''));
        async function* cut(): AsyncGenerator<Buffer> {
          for (let at = 0; at < whole.length; at += size) yield await Promise.resolve(whole.subarray(at, at + size));
        }
        const found: string[] = [];
        for await (const line of linesOf(cut())) found.push(line.toString('utf8'));
        expect(found).toEqual(lines);
      },
    ),
  );
});

it('what the shell prints for null is replaced, however the output is cut, and no value is', async () => {
  const value = fc.oneof(
    text,
    fc.constantFrom(SHELL_NULL, escapeNull(SHELL_NULL), '\u0001null', 'null\u00ad', '\\xad', '\u00ad'),
  );
  const field = fc.oneof(
    value.map((one) => ({ printed: escapeText(one), wanted: escapeText(one) })),
    fc.constant({ printed: escapeNull(SHELL_NULL), wanted: '<null>' }),
    fc.constant({ printed: `{a: ${SHELL_NULL}, b: 1}`, wanted: '{a: <null>, b: 1}' }),
  );
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(field, text), { maxLength: 8 }),
      fc.integer({ min: 1, max: 9 }),
      async (rows, size) => {
        const whole = Buffer.from(rows.map(([{ printed }, other]) => `${printed},${escapeText(other)}\r\n`).join(''));
        async function* cut(): AsyncGenerator<Buffer> {
          for (let at = 0; at < whole.length; at += size) yield await Promise.resolve(whole.subarray(at, at + size));
        }
        const found: Buffer[] = [];
        for await (const chunk of withNull(cut(), '<null>')) found.push(chunk);
        const wanted = rows.map(([one, other]) => `${one.wanted},${escapeText(other)}\r\n`).join('');
        expect(Buffer.concat(found).toString('utf8')).toBe(wanted);
      },
    ),
  );
});
