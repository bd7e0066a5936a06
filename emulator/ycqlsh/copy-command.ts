import { Reader } from '../cql/language/reader';

export interface CopyCommand {
  keyspace?: string;
  table: string;
  /** Empty: all. */
  columns: string[];
  direction: 'to' | 'from';
  /** Absent: STDOUT, STDIN. */
  file?: string;
  /** Option names in lower case. */
  options: Map<string, string>;
}

/**
 * `COPY [<ks>.]<table> [(<columns>)] TO|FROM '<file>'|STDOUT|STDIN [WITH <option>=<value> [AND …]]`. Throws a
 * `CqlError`.
 */
export function parseCopy(text: string): CopyCommand {
  const reader = new Reader(text);
  reader.expect('copy');
  const { keyspace, name } = reader.qualified();
  const columns = reader.seesSign('(') ? reader.inBrackets(() => reader.name()) : [];
  const direction = reader.takes('to') ? 'to' : 'from';
  if (direction === 'from') reader.expect('from');
  const standard = reader.takes(direction === 'to' ? 'stdout' : 'stdin');
  const file = standard ? undefined : reader.string();
  const options = new Map<string, string>();
  if (reader.takes('with')) {
    do {
      const option = reader.name();
      reader.sign('=');
      options.set(option, reader.take().text);
    } while (reader.takes('and'));
  }
  reader.end();
  return {
    ...(keyspace === undefined ? {} : { keyspace }),
    table: name,
    columns,
    direction,
    ...(file === undefined ? {} : { file }),
    options,
  };
}
