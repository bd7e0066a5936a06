/** Fields of one CSV line with doubled quotes (RFC 4180); no field spans lines. */
export function fieldsOfLine(line: string, delimiter: string): string[] {
  const fields: string[] = [];
  let at = 0;
  for (;;) {
    let field = '';
    while (line[at] === '"') {
      const close = closingQuote(line, at + 1);
      field += line.slice(at + 1, close).replaceAll('""', '"');
      at = close + 1;
    }
    const end = line.indexOf(delimiter, at);
    fields.push(field + line.slice(at, end === -1 ? undefined : end));
    if (end === -1) return fields;
    at = end + delimiter.length;
  }
}

function closingQuote(line: string, from: number): number {
  for (let at = from; ; at += 2) {
    at = line.indexOf('"', at);
    if (at === -1) return line.length;
    if (line[at + 1] !== '"') return at;
  }
}

/** The inverse, with a line end. A lone empty field is quoted: an empty line is not a record. */
export function lineOfFields(fields: readonly string[], delimiter: string): string {
  const cells = fields.map((field) =>
    field.includes(delimiter) || /["\r\n]/.test(field) || (field === '' && fields.length === 1)
      ? `"${field.replaceAll('"', '""')}"`
      : field,
  );
  return `${cells.join(delimiter)}\n`;
}
