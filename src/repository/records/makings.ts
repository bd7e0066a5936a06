import { z } from 'zod';
import type { ClusterStore } from '../cluster-store';
import { layout } from '../layout/layout';
import { FORMAT } from './record-schemas';
import { NameTaken } from '../signing/name-taken';
import { readOwn, readProved, writeProved, type RecordForm } from '../signing/proved-records';

/** What stood in a keyspace before a run made anything there. */
export const makingRecord = z.looseObject({
  format: z.literal(FORMAT),
  /** Whose it is; absent in records from before there were signatures. */
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

/** The first record of a run stays, and is what is returned. Fails with `NameTaken` where it is not this run's. */
export async function writeMaking(repository: ClusterStore, given: MakingRecord): Promise<MakingRecord> {
  const { store, cluster } = repository;
  const key = layout.making(cluster, given.firstRunId, given.database);
  const { record } = await writeProved(repository, makings, key, { ...given, cluster });
  if (isOf(record, { ...given, firstExecutionRunId: given.firstRunId }, given.database)) return record;
  throw new NameTaken(`${store.location}/${key}`, `it is about ${record.workflowId} and ${record.database}`);
}

/** The record that an earlier attempt of this run wrote. Fails with `NameTaken` where somebody else did. */
export async function findMaking(
  repository: ClusterStore,
  maker: Maker,
  database: string,
): Promise<MakingRecord | undefined> {
  const found = await readOwn(repository, makings, keyOf(repository, maker, database));
  return found && isOf(found.record, maker, database) ? found.record : undefined;
}

/** Undefined: this run was not about to make anything there. `Untrusted` where no known key says so. */
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
