// A zod object as flat rows: one field a row, nested ones with dots.
import { z } from 'zod';

/** @returns {{ name: string, type: string, required: boolean, default: unknown, what: string }[]} */
export function fieldsOf(schema, path = '') {
  const { inner } = unwrapped(schema);
  return Object.entries(inner.shape).flatMap(([key, field]) => rowsOf(field, path === '' ? key : `${path}.${key}`));
}

function rowsOf(field, name) {
  const { inner, optional, fallback } = unwrapped(field);
  const row = { name, type: typeText(inner), required: !optional, default: fallback, what: describeOf(field, inner) };
  if (inner instanceof z.ZodObject) return [{ ...row, type: 'group' }, ...fieldsOf(inner, name)];
  if (inner instanceof z.ZodArray) {
    const { inner: element } = unwrapped(inner.element);
    if (element instanceof z.ZodObject) return [{ ...row, type: 'list' }, ...fieldsOf(element, `${name}[]`)];
    return [{ ...row, type: `list: ${typeText(element)}` }];
  }
  return [row];
}

function describeOf(field, inner) {
  return field.description ?? inner.description ?? '';
}

/** Without optional, default and the like; what they said is kept. */
function unwrapped(schema) {
  let inner = schema;
  let optional = false;
  let fallback;
  for (;;) {
    if (inner instanceof z.ZodOptional) optional = true;
    else if (inner instanceof z.ZodDefault || inner instanceof z.ZodPrefault) {
      optional = true;
      fallback = inner.def.defaultValue;
    } else if (inner instanceof z.ZodPipe) {
      inner = inner.in;
      continue;
    } else return { inner, optional, fallback: typeof fallback === 'object' ? undefined : fallback };
    inner = inner.unwrap();
  }
}

/** What may stand there: the words of the refusal where the schema has its own, else the JSON type. */
function typeText(schema) {
  if (schema instanceof z.ZodNullable) return `${typeText(unwrapped(schema.unwrap()).inner)} or null`;
  const refusal = schema.safeParse(() => undefined).error?.issues[0]?.message ?? '';
  if (refusal !== '' && !/^Invalid/.test(refusal)) return refusal;
  const json = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' });
  if (json.enum) return json.enum.map((value) => `\`${value}\``).join(', ');
  return (
    {
      string: 'text',
      integer: 'whole number',
      number: 'number',
      boolean: 'true or false',
      array: 'list',
      object: 'group',
    }[json.type] ?? 'any'
  );
}
