import { z } from 'zod';
import type { PageOptions } from './fetch-page';
import { jsonPage } from './json-page';

/** The masters' persisted catalog of running tables and tablets; `leader` may lag behind an election. */
export interface Entities {
  keyspaces: { id: string; name: string; api: string }[];
  tables: { id: string; keyspaceId: string; name: string; state: string }[];
  tablets: EntityTablet[];
}

export interface EntityTablet {
  id: string;
  tableId: string;
  state: string;
  /**
   * Empty if the masters have no consensus state for it. `type`: VOTER, PRE_VOTER (a learner), OBSERVER (a read
   * replica), …
   */
  replicas: { type: string; tserverUuid: string; address: string }[];
  /** Uuid of the leading tserver. */
  leader?: string;
}

/** The database or keyspace with this name, such as `ysql.orders`; the bare name may exist in both languages. */
export const namespaceOf = ({ keyspaces }: Entities, database: string): Entities['keyspaces'][number] | undefined =>
  keyspaces.find(({ api, name }) => `${api}.${name}` === database);

/** Its tables and indexes; none if there is no such database. */
export function tablesOf(entities: Entities, database: string): Entities['tables'] {
  const found = namespaceOf(entities, database);
  return found ? entities.tables.filter(({ keyspaceId }) => keyspaceId === found.id) : [];
}

/** How tables share one tablet: in a colocated database, or in a tablegroup. */
type Together = 'colocated' | 'tablegroup';

/**
 * Suffixes of parent table ids (`k…ParentTableIdSuffix` of src/yb/common/entity_ids.h); a legacy colocated database has
 * `colocated`.
 */
const PARENT = /\.(colocated|colocation|tablegroup)\.parent\.uuid$/;

/** The databases whose tables share tablets, such as `ysql.orders`. */
export function databasesTogether({ keyspaces, tables }: Entities, how: Together): string[] {
  const ids = new Set(
    tables.flatMap(({ id, keyspaceId }) => {
      const [, found] = PARENT.exec(id) ?? [];
      return found !== undefined && (found === 'tablegroup') === (how === 'tablegroup') ? [keyspaceId] : [];
    }),
  );
  return keyspaces.filter(({ id }) => ids.has(id)).map(({ api, name }) => `${api}.${name}`);
}

/** Bare names of all databases of a language. */
export const namesOf = ({ keyspaces }: Entities, api: string): string[] =>
  keyspaces.filter((one) => one.api === api).map(({ name }) => name);

export const entitiesDocument = z.object({
  keyspaces: z.array(z.object({ keyspace_id: z.string(), keyspace_name: z.string(), keyspace_type: z.string() })),
  tables: z.array(
    z.object({ table_id: z.string(), keyspace_id: z.string(), table_name: z.string(), state: z.string() }),
  ),
  tablets: z.array(
    z.object({
      table_id: z.string(),
      tablet_id: z.string(),
      state: z.string(),
      replicas: z.array(z.object({ type: z.string(), server_uuid: z.string(), addr: z.string() })).optional(),
      leader: z.string().optional(),
    }),
  ),
});

/** One request instead of thousands of `list_tablets`. */
export async function readEntities(base: string, options: PageOptions): Promise<Entities> {
  const { keyspaces, tables, tablets } = await jsonPage(`${base}/dump-entities`, entitiesDocument, options);
  return {
    keyspaces: keyspaces.map((one) => ({ id: one.keyspace_id, name: one.keyspace_name, api: one.keyspace_type })),
    tables: tables.map((one) => ({
      id: one.table_id,
      keyspaceId: one.keyspace_id,
      name: one.table_name,
      state: one.state,
    })),
    tablets: tablets.map((one) => ({
      id: one.tablet_id,
      tableId: one.table_id,
      state: one.state,
      replicas: (one.replicas ?? []).map((replica) => ({
        type: replica.type,
        tserverUuid: replica.server_uuid,
        address: replica.addr,
      })),
      ...(one.leader === undefined || one.leader === '' ? {} : { leader: one.leader }),
    })),
  };
}
