import type { Literal } from './literal';
import type { Reader } from './reader';

export function readLiteral(reader: Reader): Literal {
  const { kind, text } = reader.next;
  switch (kind) {
    case 'string':
      return { kind: 'text', value: reader.take().text };
    case 'number':
    case 'uuid':
    case 'blob':
      return { kind, value: reader.take().text };
    case 'quoted':
      return { kind: 'name', value: reader.take().text };
    case 'name':
      return readWord(reader);
    case 'sign':
      if (text === '[') return readList(reader);
      if (text === '{') return readBraces(reader);
      if (text === '-') return negative(reader);
      if (text === '?' || text === ':') return reader.marked();
      throw reader.unexpected('a value');
    case 'end':
      throw reader.unexpected('a value');
  }
}

function readWord(reader: Reader): Literal {
  if (reader.takes('null')) return { kind: 'null' };
  if (reader.takes('true')) return { kind: 'boolean', value: true };
  if (reader.takes('false')) return { kind: 'boolean', value: false };
  if (reader.takes('nan')) return { kind: 'number', value: 'NaN' };
  if (reader.takes('infinity')) return { kind: 'number', value: 'Infinity' };
  const name = reader.take().text;
  if (!reader.seesSign('(')) return { kind: 'name', value: name };
  reader.sign('(');
  const args = reader.seesSign(')') ? [] : reader.list(() => readLiteral(reader));
  reader.sign(')');
  return { kind: 'call', name, args };
}

function negative(reader: Reader): Literal {
  reader.sign('-');
  const value = readLiteral(reader);
  if (value.kind !== 'number') throw reader.unexpected('a number');
  return { kind: 'number', value: `-${value.value}` };
}

function readList(reader: Reader): Literal {
  reader.sign('[');
  const items = reader.seesSign(']') ? [] : reader.list(() => readLiteral(reader));
  reader.sign(']');
  return { kind: 'list', items };
}

function readBraces(reader: Reader): Literal {
  reader.sign('{');
  const entry = (): { key: Literal; value?: Literal } => {
    const key = readLiteral(reader);
    return reader.takesSign(':') ? { key, value: readLiteral(reader) } : { key };
  };
  const entries = reader.seesSign('}') ? [] : reader.list(entry);
  reader.sign('}');
  return { kind: 'braces', entries };
}
