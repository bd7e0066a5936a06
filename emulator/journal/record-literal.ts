/**
 * Fields of a row as `ROW(…)::text` prints it (PostgreSQL manual, "Composite Type Input and Output Syntax"); null is
 * NULL.
 */
export function parseRecordLiteral(text: string): (string | null)[] {
  const fields: (string | null)[] = [];
  let at = 1;
  const end = text.length - 1;
  if (at === end) return [null];
  for (;;) {
    const [field, next] = text[at] === '"' ? quotedField(text, at) : plainField(text, at, end);
    fields.push(field);
    if (next >= end) return fields;
    at = next + 1;
    if (at === end) return [...fields, null];
  }
}

function plainField(text: string, from: number, end: number): [string | null, number] {
  const comma = text.indexOf(',', from);
  const next = comma === -1 || comma > end ? end : comma;
  return [next === from ? null : text.slice(from, next), next];
}

/** Inside quotes, quotes and backslashes are doubled. */
function quotedField(text: string, from: number): [string, number] {
  let at = from + 1;
  for (; at < text.length; at += 1) {
    if (text[at] === '\\') at += 1;
    else if (text[at] === '"') {
      if (text[at + 1] !== '"') break;
      at += 1;
    }
  }
  return [
    text.slice(from + 1, at).replace(/""|\\(.)/gs, (both, escaped: string | undefined) => escaped ?? both.charAt(0)),
    at + 1,
  ];
}
