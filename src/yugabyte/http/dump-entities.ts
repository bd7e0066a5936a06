import { z } from 'zod';
import type { PageOptions } from './fetch-page';
import { jsonPage } from './json-page';

/** The masters' persisted catalogue of running tables and tablets; `leader` may lag behind an election. */
export interface Entities {
  keyspaces: { id: string; name: string; api: string }[];
  tables: { id: string; keyspaceId: string; name: string; state: string }[];
  tablets: EntityTablet[];
}

export interface EntityTablet {
  id: string;
  tableId: string;
  state: string;
  /** Empty when the masters have no consensus state of it. `type`: VOTER, PRE_VOTER (a learner), OBSERVER (a read replica), … */
  replicas: { type: string; tserverUuid: string; address: string }[];
  /** Uuid of the leading tserver. */
  leader?: string;
}

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

/** One call instead of thousands of `list_tablets`. */
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
