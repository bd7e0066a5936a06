import type { RetentionDecision } from '../../contract';
import { given } from '../../objects/given';
import { bytesText } from '../../objects/texts';
import type { BackupDetails } from '../../repository';
import type { Freed } from '../../retention';
import { modules } from '../core/modules';
import type { Catalogue } from '../core/open-catalogue';

/** What can be said of a backup only beside all others of its database. */
export interface BackupFacts {
  /** Of its own objects, what other backups need: at most so many bytes. */
  sharedBytes?: number;
  /** What the bucket gets back if it is deleted. */
  frees?: Freed;
  /** What the policies say. */
  kept?: Pick<RetentionDecision, 'decision' | 'rules' | 'because' | 'goes'>;
}

interface Asked {
  sizes: boolean;
  kept: boolean;
  database?: string | undefined;
  /** Told of backups whose manifest can't be read: what they need is not known, so nothing is said of what is freed. */
  onUnread: (ids: readonly string[]) => void;
}

/** Adds them to the rows; reads every manifest of the database before the first one. */
export async function* withFacts(
  catalogue: Catalogue,
  rows: AsyncIterable<BackupDetails>,
  { sizes, kept, database, onUnread }: Asked,
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

/** What the policies say of each, by id; by those that are recorded in the bucket. */
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

/** `1.20 GB`, or `≥ 1.20 GB` where records don't tell exactly. */
export const freedText = ({ bytes, exact }: Freed): string => `${exact ? '' : '≥ '}${bytesText(bytes)}`;
