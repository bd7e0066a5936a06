import { Reader, type Markers } from './reader';
import { readDelete, readInsert, readSelect, readUpdate } from './parse-rows';
import { readAlter, readCreate, readDrop } from './parse-schema';
import type { Statement } from './statements';

/**
 * Parses one CQL statement. `markers`: the values bound to it. Throws a `CqlError` (SyntaxException) that shows the
 * position of the error.
 */
export function parseCql(text: string, markers?: Markers): Statement {
  const reader = new Reader(text, markers);
  const statement = readStatement(reader);
  reader.end();
  return statement;
}

function readStatement(reader: Reader): Statement {
  if (reader.takes('create')) return readCreate(reader);
  if (reader.takes('alter')) return readAlter(reader);
  if (reader.takes('drop')) return readDrop(reader);
  if (reader.takes('insert')) return readInsert(reader);
  if (reader.takes('update')) return readUpdate(reader);
  if (reader.takes('delete')) return readDelete(reader);
  if (reader.takes('select')) return readSelect(reader);
  if (reader.takes('use')) return { kind: 'use', name: reader.name() };
  if (reader.takes('truncate')) {
    reader.takes('table');
    return { kind: 'truncate', table: reader.qualified() };
  }
  if (reader.takes('begin', 'transaction') || reader.takes('start', 'transaction'))
    return { kind: 'begin', first: readStatement(reader) };
  if (reader.takes('end', 'transaction') || reader.takes('commit')) return { kind: 'commit' };
  throw reader.unexpected('a statement');
}
