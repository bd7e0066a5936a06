import type { RetentionDecision } from '../../contract';
import { given } from '../../objects/given';
import { bytesText } from '../../objects/texts';
import type { BackupDetails } from '../../repository';
import type { FreedBytes } from '../../retention';
import { modules } from '../core/modules';
import type { Catalogue } from '../core/open-catalogue';

/** Facts of a backup that depend on the other backups of its database. */
export interface BackupFacts {
  /** Bytes of its own objects that other backups need: an upper bound. */
  sharedBytes?: number;
  /** What deleting it would free in the bucket. */
  frees?: FreedBytes;
  /** What the policies decide. */
  kept?: Pick<RetentionDecision, 'decision' | 'rules' | 'because' | 'goes'>;
}

interface FactOptions {
  sizes: boolean;
  kept: boolean;
  database?: string | undefined;
  /** Called with backups whose manifest can't be read: what they refer to is unknown, so freed bytes are not shown. */
  onUnread: (ids: readonly string[]) => void;
}

/** Adds them to the rows; reads every manifest of the database before the first row. */
export async function* withFacts(
  catalogue: Catalogue,
  rows: AsyncIterable<BackupDetails>,
  { sizes, kept, database, onUnread }: FactOptions,
): AsyncGenerator<BackupDetails & BackupFacts> {
  const { holdings, unread } = sizes ? await catalogue.holdings(database) : { holdings: [], unread: [] };
  const costs = sizes && unread.length === 0 ? new (modules.retention().Costs)(holdings) : undefined;
  if (unread.length > 0) onUnread(unread);
  const decisions = kept ? await decisionsOf(catalogue, database) : undefined;
  for await (const row of rows) {
    const there = row.state === 'committed' && costs;
    yield {
      ...row,
      ...given({
        sharedBytes: there ? there.sharedBytes(row.backupId) : undefined,
        frees: there ? there.freedBy([row.backupId]) : undefined,
        kept: decisions?.get(row.backupId),
      }),
    };
  }
}

/** The policies' decision on each, by id; by the policies that are recorded in the bucket. */
export async function decisionsOf(
  catalogue: Catalogue,
  database: string | undefined,
): Promise<Map<string, NonNullable<BackupFacts['kept']>>> {
  const { decisions } = modules.retention().plan(await catalogue.forPlan(database));
  return new Map(
    decisions.map(({ backupId, decision, rules, because, goes }) => [
      backupId,
      { decision, rules, because, ...given({ goes }) },
    ]),
  );
}

/** `1.20 GB`, or `≥ 1.20 GB` if the records don't say exactly. */
export const freedText = ({ bytes, exact }: FreedBytes): string => `${exact ? '' : '≥ '}${bytesText(bytes)}`;
