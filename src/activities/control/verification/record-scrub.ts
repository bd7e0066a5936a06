import { chainTag, type Chain } from '../../../contract';
import {
  findProof,
  FORMAT,
  getWorkList,
  parseBackupId,
  verdictOf,
  listBackups,
  type BackupKind,
  type ClusterStore,
  type KnownBadObject,
} from '../../../repository';
import type { ListRef } from '../../internal-types';
import type { ControlDependencies } from '../dependencies';
import { batchLine, verifyLine } from './batches';
import {
  AFFECTED_TOLD,
  backupsThatNeed,
  badObjectText,
  cut,
  unrestorableText,
  problemsOf,
  PROBLEMS_TOLD,
  writeOnce,
} from './marks';
import { verifiersRepository } from './plan-verification';
import { addTo } from '../../../objects/grouped';

export interface RecordScrubInput {
  chain: Chain;
  plannedAt: string;
  batches: ListRef;
  /** Batches in which something was found. */
  bad: number[];
}

export interface RecordScrubResult {
  problems: string[];
  affected: string[];
}

/**
 * Marks every backup that needs an object that a scrub has found bad, by the records of proofs. A backup that is
 * already marked is named, and not marked again.
 */
export function makeRecordScrub(dependencies: ControlDependencies) {
  return async function recordScrub(input: RecordScrubInput): Promise<RecordScrubResult> {
    const { chain, plannedAt } = input;
    const repository = verifiersRepository(dependencies);
    const all = await getWorkList(repository, input.batches, batchLine);
    const found: { kind: BackupKind; bad: KnownBadObject[] }[] = [];
    for (const n of input.bad) {
      const batch = all[n - 1];
      if (!batch) continue;
      const owners = new Set((await getWorkList(repository, batch, verifyLine)).map(({ owner }) => owner));
      for (const owner of owners) {
        const name = { kind: batch.kind, backupId: owner, plannedAt, tag: chainTag(chain), n };
        const proof = await findProof(repository, name);
        if (proof && proof.bad.length > 0)
          found.push({
            kind: batch.kind,
            bad: proof.bad.map((bad) => ({ ...bad, owner, at: new Date(proof.at) })),
          });
      }
    }
    const marks = new Map<string, { kind: BackupKind; bad: KnownBadObject[] }>();
    for (const [database, bad] of byDatabase(found, 'backup'))
      for (const { id, bad: own } of await backupsThatNeed(repository, { database }, bad))
        marks.set(id, { kind: 'backup', bad: own });
    for (const { kind, bad } of found)
      for (const one of kind === 'dump' ? bad : [])
        marks.set(one.owner, { kind, bad: [...(marks.get(one.owner)?.bad ?? []), one] });
    const marked = await markedAlready(repository, [...marks.keys()]);
    for (const [id, { kind, bad }] of marks) {
      if (kind === 'backup' && marked.has(id)) continue;
      await writeOnce(repository, chain, {
        ...{ format: FORMAT, backupId: id, level: 'scrub', ok: false, problems: problemsOf(id, bad) },
        ...(kind === 'dump' ? { kind } : {}),
        verifiedAt: plannedAt,
      });
    }
    const words = [
      ...[...marks].map(([id, { bad }]) => unrestorableText(id, bad.length)),
      ...found.flatMap(({ bad }) => bad.map(badObjectText)),
    ];
    return { problems: cut(words, PROBLEMS_TOLD), affected: [...marks.keys()].slice(0, AFFECTED_TOLD) };
  };
}

/** Backups whose newest valid verification found something bad. */
async function markedAlready(repository: ClusterStore, ids: readonly string[]): Promise<Set<string>> {
  const marked = new Set<string>();
  const databases = new Set(ids.flatMap((id) => parseBackupId(id)?.database ?? []));
  for (const database of databases)
    for (const entry of await listBackups(repository, { database }))
      if (ids.includes(entry.backupId) && (await verdictOf(repository, entry)).verdict?.ok === false)
        marked.add(entry.backupId);
  return marked;
}

/** The owned objects, by database; incrementals refer only to backups of their own database. */
function byDatabase(
  found: readonly { kind: BackupKind; bad: readonly KnownBadObject[] }[],
  kind: BackupKind,
): Map<string, KnownBadObject[]> {
  const databases = new Map<string, KnownBadObject[]>();
  for (const one of found)
    for (const bad of one.kind === kind ? one.bad : []) {
      const database = parseBackupId(bad.owner)?.database;
      if (database !== undefined) addTo(databases, database, bad);
    }
  return databases;
}
