import { createHash } from 'node:crypto';
import { cancellationSignal } from '@temporalio/activity';
import { apiOf } from '../../../contract';
import { SqlFailed, withoutHidden, type Yugabyte } from '../../../yugabyte';
import type { ControlDependencies } from '../dependencies';

/**
 * Catalog versions are asked for up to this many databases, since each takes a connection; of the others only the
 * tables are compared.
 */
const MAX_VERSIONS = 100;

/** `ysql.<name>` → digest of its tables and of its catalog version. */
export type OtherSchemas = Record<string, string>;

/**
 * A digest of the schema of every other YSQL database, so that they can be compared after a rewind of this one. Fault
 * 68.
 */
export function makeLookAtOtherSchemas({ yugabyte }: ControlDependencies) {
  return async function lookAtOtherSchemas({ database }: { database: string }): Promise<OtherSchemas> {
    return await otherSchemas(yugabyte(), database, cancellationSignal());
  };
}

/**
 * Other databases whose tables or catalog version have changed, including created and dropped ones: their DDL of that
 * time may be lost, since all databases share one catalog tablet (#34074, #13505).
 */
export function makeOtherSchemasSince({ yugabyte }: ControlDependencies) {
  return async function otherSchemasSince({
    database,
    before,
  }: {
    database: string;
    before: OtherSchemas;
  }): Promise<{ changed: string[] }> {
    const now = await otherSchemas(yugabyte(), database, cancellationSignal());
    const names = [...new Set([...Object.keys(before), ...Object.keys(now)])].sort();
    return { changed: names.filter((name) => before[name] !== now[name]) };
  };
}

async function otherSchemas(yugabyte: Yugabyte, database: string, signal: AbortSignal): Promise<OtherSchemas> {
  const { keyspaces, tables } = await withoutHidden(yugabyte, await yugabyte.http.dumpEntities());
  const others = keyspaces.filter(({ api, name }) => api === apiOf(database) && `${api}.${name}` !== database);
  const versions = await catalogVersions(yugabyte, database, signal);
  return Object.fromEntries(
    others.map(({ id, name }) => {
      const own = tables.filter(({ keyspaceId }) => keyspaceId === id).map((table) => `${table.id} ${table.name}`);
      const text = [versions.get(name) ?? '', ...own.sort()].join('\n');
      return [`ysql.${name}`, createHash('sha256').update(text).digest('hex').slice(0, 16)];
    }),
  );
}

async function catalogVersions(
  yugabyte: Yugabyte,
  database: string,
  signal: AbortSignal,
): Promise<Map<string, string | undefined>> {
  const databases = (await yugabyte.sql.listDatabases({ signal })).filter(({ name }) => `ysql.${name}` !== database);
  const versions = new Map<string, string | undefined>();
  for (const { name } of databases.slice(0, MAX_VERSIONS))
    try {
      versions.set(name, await yugabyte.sql.catalogVersionOfDatabase(name, { signal }));
    } catch (error) {
      if (!(error instanceof SqlFailed) || error.code !== '3D000') throw error; // dropped since it was listed
    }
  return versions;
}
