import { z } from 'zod';
import type { ClusterStore } from '../cluster-store';
import { layout } from '../layout/layout';
import { FORMAT } from './record-schemas';
import { NameTaken } from '../signing/name-taken';
import { readOwn, readProved, writeProved, type RecordForm } from '../signing/proved-records';

/** What existed in a keyspace before a run created anything there. */
export const makingRecord = z.looseObject({
  format: z.literal(FORMAT),
  /** The cluster it belongs to; absent in records from before there were signatures. */
  cluster: z.string().optional(),
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

const makings: RecordForm<MakingRecord> = {
  kind: 'making',
  schema: makingRecord,
  keysOf: (cluster, one) => (one.cluster === cluster ? [layout.making(cluster, one.firstRunId, one.database)] : []),
};

/** A run's first record stays, and is what is returned. Fails with `NameTaken` if the record is not this run's. */
export async function writeMaking(repository: ClusterStore, given: MakingRecord): Promise<MakingRecord> {
  const { store, cluster } = repository;
  const key = layout.making(cluster, given.firstRunId, given.database);
  const { record } = await writeProved(repository, makings, key, { ...given, cluster });
  if (isOf(record, { ...given, firstExecutionRunId: given.firstRunId }, given.database)) return record;
  throw new NameTaken(`${store.location}/${key}`, `it is about ${record.workflowId} and ${record.database}`);
}

/** The record that an earlier attempt of this run wrote. Fails with `NameTaken` if someone else wrote it. */
export async function findMaking(
  repository: ClusterStore,
  maker: Maker,
  database: string,
): Promise<MakingRecord | undefined> {
  const found = await readOwn(repository, makings, keyOf(repository, maker, database));
  return found && isOf(found.record, maker, database) ? found.record : undefined;
}

/**
 * Undefined: this run was not going to create anything there. `Untrusted` if the record is not signed by a known key.
 */
export async function readMaking(
  repository: ClusterStore,
  maker: Maker,
  database: string,
): Promise<MakingRecord | undefined> {
  const found = await readProved(repository, makings, keyOf(repository, maker, database));
  return found && isOf(found, maker, database) ? found : undefined;
}

const keyOf = ({ cluster }: ClusterStore, { firstExecutionRunId }: Maker, database: string): string =>
  layout.making(cluster, firstExecutionRunId, database);

const isOf = (record: MakingRecord, { workflowId, firstExecutionRunId }: Maker, database: string): boolean =>
  record.workflowId === workflowId && record.firstRunId === firstExecutionRunId && record.database === database;
