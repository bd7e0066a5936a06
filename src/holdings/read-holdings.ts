import { given } from '../objects/given';
import { accountOf, listBackups, listDumps, readAccount, readSummaries, type ClusterStore } from '../repository';
import type { UsageInput } from '../retention';
import { mapConcurrently } from '../objects/map-concurrently';

/**
 * What each backup and dump refers to, by its manifest; including deleted ones that are not swept yet. Records count
 * whoever signed them: what they refer to is kept in any case. No data is listed. `unread`: damaged manifests, which
 * may refer to anything.
 */
export async function readHoldings(
  repository: ClusterStore,
  { database }: { database?: string | undefined } = {},
): Promise<{ holdings: UsageInput[]; unread: string[] }> {
  const backups = await listBackups(repository, { database });
  const summaries = await readSummaries(repository, backups);
  const listed = [
    ...backups.map((one) => ({
      ...{ id: one.backupId, kind: 'backup' as const, database: one.database },
      ...{ state: one.state, manifestBytes: one.manifestBytes },
    })),
    ...(await listDumps(repository, { subject: database })).map((one) => ({
      ...{ id: one.dumpId, kind: 'dump' as const, database: one.subject },
      ...{ state: one.state, manifestBytes: one.manifestBytes },
    })),
  ];
  const holdings: UsageInput[] = [];
  const unread: string[] = [];
  await mapConcurrently(listed, async ({ id, kind, database: of, state, manifestBytes }) => {
    if (manifestBytes === undefined || (state !== 'committed' && state !== 'deleted')) return;
    const summary = kind === 'backup' ? summaries.get(id) : undefined;
    const account = summary ? accountOf(summary) : await readAccount(repository, { kind, id, manifestBytes });
    if (account === undefined) unread.push(id);
    else holdings.push({ id, kind, database: of, deleted: state === 'deleted', ...given(account) });
  });
  return { holdings, unread };
}
