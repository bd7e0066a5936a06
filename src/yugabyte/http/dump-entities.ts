import { z } from 'zod';
import type { PageOptions } from './fetch-page';
import { jsonPage } from './json-page';

/**
 * The masters' persisted catalog of running tables and tablets, without YSQL's own catalog tables and without databases
 * that were dropped; `leader` may lag behind an election.
 */
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

/** Of a YSQL table: the oids of its database and its own (`GetPgsqlTableId` of src/yb/common/entity_ids.cc). */
const YSQL_TABLE_ID = /^[0-9a-f]{8}0000300080000000([0-9a-f]{8})$/;
/** `FirstNormalObjectId`: what the database makes for itself has lower oids. */
const FIRST_OF_USERS = 16_384;

/** Of YSQL's own catalog, `pg_class` for instance, which each database has. */
function isCatalogTable(id: string): boolean {
  const [, oid] = YSQL_TABLE_ID.exec(id) ?? [];
  return oid !== undefined && Number.parseInt(oid, 16) < FIRST_OF_USERS;
}

type Document = z.output<typeof entitiesDocument>;

/**
 * A dropped YSQL database stays on the page, with no sign that its state is DELETED, until another master becomes the
 * leader (`DeleteYsqlDatabaseAsync` of catalog_manager.cc, `JsonKeyspaceDumper` of master-path-handlers.cc). A new
 * database of the same name is listed after it. What tells them apart are the catalog tables, which every existing
 * database has. If no database has any, the page does not list catalog tables, and all databases are taken to exist.
 */
function livingKeyspaces({ keyspaces, tables }: Document): Document['keyspaces'] {
  const living = new Set(tables.flatMap((one) => (isCatalogTable(one.table_id) ? [one.keyspace_id] : [])));
  return keyspaces.filter((one) => living.size === 0 || one.keyspace_type !== 'ysql' || living.has(one.keyspace_id));
}

/** One request instead of thousands of `list_tablets`. */
export async function readEntities(base: string, options: PageOptions): Promise<Entities> {
  const page = await jsonPage(`${base}/dump-entities`, entitiesDocument, options);
  const tables = page.tables.filter((one) => !isCatalogTable(one.table_id));
  const { tablets } = page;
  return {
    keyspaces: livingKeyspaces(page).map((one) => ({
      id: one.keyspace_id,
      name: one.keyspace_name,
      api: one.keyspace_type,
    })),
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
