import { isDeleted, writeProof, type BackupKind, type BadFile, type ClusterStore } from '../../../repository';
import { failWith } from '../../application-failure';
import { grouped } from '../../../objects/grouped';

/** The finding for one file. */
export interface FoundFile {
  owner: string;
  digest: string;
  size: number;
  /** Absent: it is as it was recorded. */
  bad?: BadFile | undefined;
  /** Where its owner is deleted: a backup that needs it. */
  neededBy?: string | undefined;
  wasBad: boolean;
}

interface FoundOfBatch {
  kind: BackupKind;
  /** The backup being verified; absent: the owner of a bad file is checked instead. */
  id?: string;
  plannedAt: string;
  tag: string;
  n: number;
  workflowId: string;
  at: string;
  found: readonly FoundFile[];
}

/**
 * Records what a batch has found, a record for each backup whose objects they are. A backup that was deleted meanwhile
 * may be half removed: then what is missing says nothing, but where another one needs it.
 */
export async function writeFound(
  repository: ClusterStore,
  { kind, id, found, ...name }: FoundOfBatch,
): Promise<{ bad: number }> {
  if (id !== undefined && found.some(({ bad }) => bad !== undefined) && (await isDeleted(repository, kind, id)))
    throw failWith(
      'NotFound',
      `${id} was deleted while it was verified, so nothing more was recorded about it. Verify another one: kalpa backups.`,
    );
  const owners = grouped(found, ({ owner }) => owner);
  let bad = 0;
  for (const [owner, all] of owners) {
    const deleted = new Set<string>();
    if (id === undefined)
      for (const needing of new Set(all.flatMap((one) => (one.bad ? [one.neededBy ?? owner] : []))))
        if (await isDeleted(repository, kind, needing)) deleted.add(needing);
    const files = all.filter((one) => one.bad === undefined || !deleted.has(one.neededBy ?? owner));
    if (files.length === 0) continue;
    const good = files.filter((one) => one.bad === undefined);
    bad += files.length - good.length;
    await writeProof(repository, {
      ...{ backupId: owner, kind, ...name, files: files.length },
      bytes: files.reduce((sum, { size }) => sum + size, 0),
      good: good.map(({ digest }) => digest).join(''),
      bad: files.flatMap((one) => (one.bad === undefined ? [] : [one.bad])),
      healed: good.some(({ wasBad }) => wasBad),
    });
  }
  return { bad };
}
