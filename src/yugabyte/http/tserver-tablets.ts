import { z } from 'zod';
import { HttpFailed } from '../errors';
import type { PageOptions } from './fetch-page';
import { jsonPage } from './json-page';
import { readTabletsPage } from './tablets-page';

export interface TserverTablet {
  id: string;
  /** Database or keyspace, and table; not unique. */
  namespace: string;
  tableName: string;
  tableId: string;
  /** RUNNING, BOOTSTRAPPING, SHUTDOWN, … */
  state: string;
  hidden: boolean;
  /** Bytes of its SSTs; 0 if the page does not report them. */
  sstBytes: number;
  /**
   * Roles and hosts, as the replica itself knows its Raft group; `own`: the replica on this tserver, if the page marks
   * it.
   */
  raft: { role: string; host: string; own?: boolean }[];
}

export const tserverTabletsDocument = z.record(
  z.string(),
  z.object({
    namespace: z.string().default(''),
    table_name: z.string().default(''),
    table_id: z.string().default(''),
    state: z.string(),
    hidden: z.boolean().default(false),
    on_disk_size: z.object({ sst_files_size_bytes: z.number().optional() }).optional(),
    raft_config: z.array(z.record(z.string(), z.string())).optional(),
  }),
);

/** Every tablet replica on one tserver: from `/api/v1/tablets`, or the HTML page if the tserver does not have that. */
export async function readTserverTablets(base: string, options: PageOptions): Promise<TserverTablet[]> {
  try {
    return await tabletsOfJson(base, options);
  } catch (error) {
    if (!(error instanceof HttpFailed) || error.status !== 404) throw error;
  }
  return await readTabletsPage(base, options);
}

async function tabletsOfJson(base: string, options: PageOptions): Promise<TserverTablet[]> {
  const tablets = await jsonPage(`${base}/api/v1/tablets`, tserverTabletsDocument, options);
  return Object.entries(tablets).map(([id, tablet]) => ({
    id,
    namespace: tablet.namespace,
    tableName: tablet.table_name,
    tableId: tablet.table_id,
    state: tablet.state,
    hidden: tablet.hidden,
    sstBytes: tablet.on_disk_size?.sst_files_size_bytes ?? 0,
    raft: (tablet.raft_config ?? []).flatMap((one) => Object.entries(one).map(([role, host]) => ({ role, host }))),
  }));
}
