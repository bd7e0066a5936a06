import type { DatabaseState } from '../state';
import { askMaster, can, databaseOf, lines, StatusError, wrongArguments, type Call, type Command } from './command';

const isNumber = (text: string): boolean => /^-?\d+$/.test(text);

export const createKeyspaceSnapshot: Command = {
  usage: '[ycql.]<keyspace_name> [retention_duration_hours] [skip_indexes]',
  count: [1, 3],
  run: async ({ cluster, args: [name = '', ...tail], overdue }) => {
    if (/^ysql\./.test(name)) throw wrongArguments('Wrong keyspace type: YQL_DATABASE_PGSQL');
    if (!can(cluster, 'keyspaceRetention') && tail.length > 0) throw wrongArguments();
    const keyspace = await databaseOf(cluster, name, 'ycql');
    await cluster.databases.flush(keyspace.oid);
    const now = cluster.state.databases.find(({ oid }) => oid === keyspace.oid);
    if (!now || now.tables.length === 0)
      throw new StatusError(
        'Invalid argument',
        'yb/tools/yb-admin_client.cc:4100',
        `No tables found in namespace: ${keyspace.keyspace ?? ''}`,
      );
    const hours = tail.find(isNumber);
    askMaster({ overdue });
    const snapshot = cluster.createSnapshot(now, hours === undefined ? undefined : Number(hours));
    return lines(`Started snapshot creation: ${snapshot.id}`);
  },
};

export const createSnapshot: Command = {
  usage: '<table> [<table>]... [<flush_timeout_in_seconds>] [<retention_duration_hours>] [skip_indexes]',
  count: [1, 99],
  run: async (call) => {
    const { cluster } = call;
    const names = call.args.filter((arg) => !isNumber(arg) && arg !== 'skip_indexes');
    const [, hours] = call.args.filter(isNumber);
    if (!can(cluster, 'keyspaceRetention') && (hours !== undefined || call.args.includes('skip_indexes')))
      throw wrongArguments();
    const { keyspace, ids, shown } = await chosenTables(call, names);
    askMaster(call);
    const snapshot = cluster.createSnapshot(keyspace, hours === undefined ? undefined : Number(hours), {
      onlyTables: ids,
    });
    return lines(
      `Flushed [${shown.join(', ')}] tables and associated indexes.`,
      `Started snapshot creation: ${snapshot.id}`,
    );
  },
};

/** `<keyspace> <table>` pairs, or one keyspace and then its tables. */
async function chosenTables(
  { cluster }: Call,
  names: string[],
): Promise<{ keyspace: DatabaseState; ids: string[]; shown: string[] }> {
  const [first = '', ...rest] = names;
  if (/^ysql\./.test(first))
    throw wrongArguments('Cannot create snapshot of individual YSQL tables. Only database level is supported');
  const found = await databaseOf(cluster, first, 'ycql');
  await cluster.databases.flush(found.oid);
  const keyspace = cluster.state.databases.find(({ oid }) => oid === found.oid) ?? found;
  const tables = rest.filter((name) => name !== first);
  if (tables.length === 0) throw wrongArguments('Empty list of tables');
  const ids = tables.map((name) => {
    const table = keyspace.tables.find((one) => one.name === name && one.kind === 'r');
    if (table) return table.id;
    throw new StatusError(
      'Invalid argument',
      'yb/tools/yb-admin_client.cc:430',
      `Table with name '${name}' not found in namespace '${first}'`,
    );
  });
  return { keyspace, ids, shown: tables.map((name) => `${keyspace.keyspace ?? ''}.${name}`) };
}
