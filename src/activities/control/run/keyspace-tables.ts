import { listTables, type Entities, type Yugabyte } from '../../../yugabyte';

export interface KeyspaceTable {
  id: string;
  name: string;
  index: boolean;
}

/** Tables and indexes of a keyspace, as the masters list them; undefined: there is no such keyspace. */
export async function keyspaceTables(
  yugabyte: Yugabyte,
  keyspace: string,
  signal?: AbortSignal,
): Promise<KeyspaceTable[] | undefined> {
  const entities = await yugabyte.http.dumpEntities(signal);
  const found = entities.keyspaces.find(({ name, api }) => name === keyspace && api === 'ycql');
  if (!found) return undefined;
  const types = new Map(
    (await yugabyte.run(listTables, {}, signal ? { signal } : {})).map(({ id, type }) => [id, type]),
  );
  return entities.tables
    .filter(({ keyspaceId }) => keyspaceId === found.id)
    .map(({ id, name }) => ({ id, name, index: types.get(id) === 'index' }));
}

/** Keyspaces that are not the cluster's own. */
export const userKeyspaces = ({ keyspaces }: Entities): string[] =>
  keyspaces
    .filter(({ name, api }) => api === 'ycql' && !/^system(?:_auth|_schema)?$/.test(name))
    .map(({ name }) => name);
