import {
  describedAll,
  describedIndex,
  describedTable,
  describedType,
  type KeyspaceDescription,
} from '../cql/catalog/describe';
import { ShellError } from './shell-error';

/** `DESC KEYSPACES | SCHEMA | KEYSPACE [k] | TABLES | TABLE [k.]t | INDEX [k.]i | TYPES | TYPE [k.]t`. */
export function describe(
  command: string,
  keyspaces: readonly KeyspaceDescription[],
  current: string | undefined,
): string {
  const [, what = '', rest = ''] = /^desc(?:ribe)?\s+(\w+)\s*([\s\S]*)$/i.exec(command.trim()) ?? [];
  const name = rest.trim();
  const keyspace = (wanted: string | undefined): KeyspaceDescription => {
    if (wanted === undefined) throw new ShellError('Not in any keyspace.');
    const found = keyspaces.find((one) => one.name === wanted);
    if (!found) throw new ShellError(`'${wanted}' not found in keyspaces`);
    return found;
  };
  const parts = (): { keyspace: KeyspaceDescription; name: string } => {
    const names = (name.match(/"(?:[^"]|"")*"|[^."\s]+/g) ?? []).map(plain);
    const [first = '', second] = names;
    return second === undefined
      ? { keyspace: keyspace(current), name: first }
      : { keyspace: keyspace(first), name: second };
  };
  switch (what.toLowerCase()) {
    case 'keyspaces':
      return `\n${[...keyspaces.map((one) => one.name), 'system', 'system_auth', 'system_schema'].join('  ')}\n\n`;
    case 'schema':
      return `\n${keyspaces.map(describedAll).join('\n\n')}\n\n`;
    case 'keyspace':
      return `\n${describedAll(keyspace(name === '' ? current : plain(name)))}\n\n`;
    case 'tables':
      return `\n${keyspace(current)
        .tables.map((table) => table.name)
        .join('  ')}\n\n`;
    case 'types':
      return `\n${keyspace(current)
        .types.map((type) => type.name)
        .join('  ')}\n\n`;
    case 'table':
    case 'columnfamily': {
      const { keyspace: of, name: wanted } = parts();
      const table = of.tables.find((one) => one.name === wanted);
      if (!table) throw new ShellError(`'${wanted}' not found in keyspace '${of.name}'`);
      return `\n${describedTable(of.name, table.name, table.definition)}\n\n`;
    }
    case 'type': {
      const { keyspace: of, name: wanted } = parts();
      const type = of.types.find((one) => one.name === wanted);
      if (!type) throw new ShellError(`User type '${wanted}' not found`);
      return `\n${describedType(of.name, type)}\n\n`;
    }
    case 'index': {
      const { keyspace: of, name: wanted } = parts();
      for (const table of of.tables)
        for (const index of table.definition.indexes)
          if (index.name === wanted) return `\n${describedIndex(of.name, table.name, index)}\n\n`;
      throw new ShellError(`'${wanted}' not found in keyspace '${of.name}'`);
    }
    default: {
      const found = keyspaces.find((one) => one.name === plain(what));
      if (!found) throw new ShellError(`'${what}' not found in keyspaces`);
      return `\n${describedAll(found)}\n\n`;
    }
  }
}

const plain = (name: string): string =>
  name.startsWith('"') ? name.slice(1, -1).replaceAll('""', '"') : name.toLowerCase();
