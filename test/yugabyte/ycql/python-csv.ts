/** A dialect of Python's csv module, which COPY uses. Without an escape character quotes are doubled. */
export interface CsvDialect {
  delimiter: string;
  quote: string;
  escape?: string;
}

/**
 * One record with its line end, as `csv.writer` of Python 3.10 and later writes it: the escape character is escaped
 * too.
 */
export function csvRecord(fields: readonly string[], { delimiter, quote, escape }: CsvDialect): string {
  const cells = fields.map((field) => {
    let text = '';
    let quoted = field === '' && fields.length === 1;
    for (const char of field) {
      if (char === quote) {
        text += `${escape ?? quote}${char}`;
        quoted ||= escape === undefined;
      } else if (char === escape) text += escape + char;
      else {
        quoted ||= char === delimiter || char === '\r' || char === '\n';
        text += char;
      }
    }
    return quoted ? `${quote}${text}${quote}` : text;
  });
  return `${cells.join(delimiter)}\r\n`;
}

/**
 * The records of a file's text, as `csv.reader` reads them; empty lines are left out. `length`: of the longest field,
 * in characters.
 */
export function* csvRecords(
  text: string,
  { delimiter, quote, escape }: CsvDialect,
): Generator<{ fields: string[]; longest: number }> {
  let fields: string[] = [];
  let field = '';
  let quoted = false;
  let begun = false;
  const endField = (): void => {
    fields.push(field);
    field = '';
    begun = true;
  };
  const record = (): { fields: string[]; longest: number } => {
    const done = fields;
    fields = [];
    begun = false;
    return { fields: done, longest: Math.max(0, ...done.map((one) => one.length)) };
  };
  for (let at = 0; at < text.length; at += 1) {
    const char = text[at] ?? '';
    if (char === escape) {
      at += 1;
      field += text[at] ?? '\n';
      begun = true;
    } else if (quoted) {
      if (char !== quote) field += char;
      else if (escape === undefined && text[at + 1] === quote) {
        field += quote;
        at += 1;
      } else quoted = false;
    } else if (char === quote && field === '') {
      quoted = true;
      begun = true;
    } else if (char === delimiter) endField();
    else if (char === '\n' || char === '\r') {
      if (!begun && field === '') continue;
      endField();
      yield record();
    } else field += char;
  }
  if (begun || field !== '') {
    endField();
    yield record();
  }
}

const NAMED: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

/** As cqlshlib's `format_value_text`: backslashes are doubled, control characters shown as Python shows them. */
export function escapeText(text: string): string {
  return text
    .replaceAll('\\', '\\\\')
    .replace(
      /[\x00-\x1f\x7f-\xa0]/g,
      (char) => NAMED[char] ?? `\\x${char.charCodeAt(0).toString(16).padStart(2, '0')}`,
    );
}

/** As `format_value_default`, by which a null field is printed: U+00AD is not printable to Python, the others are. */
export const escapeNull = (text: string): string => escapeText(text).replaceAll('\u00ad', '\\xad');
