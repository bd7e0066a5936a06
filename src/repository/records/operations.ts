import type { ClusterStore } from '../cluster-store';
import { layout } from '../layout/layout';
import type { OperationRecord } from './record-schemas';
import { leftOutOf, readEach, type LeftOut } from '../signing/proved-records';
import { operations as form } from './write-records';
import { compactUtc } from '../../objects/texts';

export interface OperationQuery {
  /** Only those that started at or after this moment. */
  since: Date;
  database?: string | undefined;
  /** How many of the newest to return. */
  newest: number;
}

export interface FoundOperations {
  /** Oldest first. */
  operations: OperationRecord[];
  /** There are older ones within the requested time that were not read. */
  more: boolean;
  /** Records among them that no known key has signed, or that are damaged. */
  leftOut?: LeftOut;
}

/** Audit records read at a time. */
const WIDTH = 32;
const MAX_READS = 2_000;

/**
 * The runs of the past, from the audit records, which outlive Temporal's histories. Names are listed from `since` on;
 * records are read from the newest back until there are enough, so the cost does not grow with age. Records that are
 * not trusted or can't be parsed are left out, and counted.
 */
export async function listOperations(
  repository: ClusterStore,
  { since, database, newest }: OperationQuery,
): Promise<FoundOperations> {
  const { store, cluster } = repository;
  const prefix = layout.operations(cluster);
  const keys: string[] = [];
  for await (const { key } of store.list(prefix, { after: prefix + compactUtc(since) })) keys.push(key);
  const found: OperationRecord[] = [];
  const left: (LeftOut | undefined)[] = [];
  let until = keys.length;
  const stopAt = Math.max(0, keys.length - MAX_READS);
  while (until > stopAt && found.length < newest) {
    const from = Math.max(stopAt, until - WIDTH);
    const { records, leftOut } = await readEach(repository, form, keys.slice(from, until), { evenDamaged: true });
    left.unshift(leftOut);
    found.unshift(
      ...records.flatMap(({ record }) => (database === undefined || record.database === database ? [record] : [])),
    );
    until = from;
  }
  const operations = found.slice(-newest);
  return { operations, more: until > 0 || operations.length < found.length, ...leftOutOf([], left) };
}
