import { z } from 'zod';
import type { ClusterStore } from './cluster-store';
import { layout } from './layout';
import { FORMAT } from './record-schemas';
import { createRecord, readRecord } from './records';

/** What stood in a keyspace before a run made anything there. */
export const makingRecord = z.looseObject({
  format: z.literal(FORMAT),
  database: z.string(),
  workflowId: z.string(),
  firstRunId: z.string(),
  existed: z.boolean(),
  /** Tables and indexes that are not the run's. */
  tables: z.array(z.string()),
  at: z.iso.datetime({ offset: true }),
});
export type MakingRecord = z.output<typeof makingRecord>;

interface Maker {
  workflowId: string;
  firstExecutionRunId: string;
}

/** The first record of a run stays. */
export function writeMaking({ store, cluster }: ClusterStore, record: MakingRecord): Promise<boolean> {
  return createRecord(store, layout.making(cluster, record.firstRunId, record.database), makingRecord, record);
}

/** Undefined: this run was not about to make anything there. */
export async function readMaking(
  { store, cluster }: ClusterStore,
  { workflowId, firstExecutionRunId }: Maker,
  database: string,
): Promise<MakingRecord | undefined> {
  const found = await readRecord(store, layout.making(cluster, firstExecutionRunId, database), makingRecord);
  const same =
    found?.workflowId === workflowId && found.firstRunId === firstExecutionRunId && found.database === database;
  return same ? found : undefined;
}
