import { heartbeat } from '@temporalio/activity';
import type { Chain } from '../../../contract';
import { countText } from '../../../objects/texts';
import {
  digestOf,
  listBackups,
  readProofs,
  readTrusted,
  REHEARSAL,
  storedFilesOf,
  verdictOf,
  writeVerification,
  type ClusterStore,
  type KnownBadObject,
  type VerificationRecord,
  listVerifications,
  readVerification,
  type BackupKind,
} from '../../../repository';
import { failWith } from '../../application-failure';

/** Committed backups of a database, except one, that need a bad object. */
export async function backupsThatNeed(
  repository: ClusterStore,
  { database, but }: { database: string; but?: string },
  own: readonly KnownBadObject[],
): Promise<{ id: string; bad: KnownBadObject[] }[]> {
  const wanted = new Map(own.map((bad) => [bad.digest, bad]));
  const owners = new Set(own.map(({ owner }) => owner));
  const found: { id: string; bad: KnownBadObject[] }[] = [];
  for (const { backupId: other, state } of await listBackups(repository, { database })) {
    if (state !== 'committed' || other === but) continue;
    heartbeat(other);
    const manifest = await readTrusted(repository, other);
    if (typeof manifest === 'string') continue; // nobody trusts it anyway
    const { header } = manifest;
    if (!owners.has(other) && !header.refersTo.some(({ backupId }) => owners.has(backupId))) continue;
    const bad: KnownBadObject[] = [];
    // What of it can't be read is found when it is verified itself.
    for await (const file of storedFilesOf(repository, header, () => undefined)) {
      const one = wanted.get(digestOf(repository.cluster, file));
      if (one) bad.push(one);
    }
    if (bad.length > 0) found.push({ id: other, bad });
  }
  return found;
}

/**
 * Backups of a database, except one, that are marked although by the newest proofs nothing that they need is bad any
 * more. A failed restore is different: only a restore disproves it.
 */
export async function noLongerDamaged(
  repository: ClusterStore,
  { database, but }: { database: string; but: string },
): Promise<string[]> {
  const healed: string[] = [];
  for (const entry of await listBackups(repository, { database })) {
    const { backupId, state } = entry;
    if (state !== 'committed' || backupId === but) continue;
    const { verdict } = await verdictOf(repository, entry);
    if (verdict?.ok !== false || verdict.level === REHEARSAL) continue;
    heartbeat(backupId);
    const manifest = await readTrusted(repository, backupId);
    if (typeof manifest === 'string') continue;
    const { header } = manifest;
    const owners = [backupId, ...header.refersTo.map((one) => one.backupId)];
    const since = await repository.store.serverTime();
    const { bad } = await readProofs(repository, { kind: 'backup', owners, since });
    let whole = true;
    for await (const file of storedFilesOf(repository, header, () => (whole = false)))
      if (bad.has(digestOf(repository.cluster, file))) whole = false;
    if (whole) healed.push(backupId);
  }
  return healed;
}

/**
 * What an earlier attempt has written stays. A new record is of a later second than any other of the backup, so that
 * the newest one is what was found last: the store's clock has whole seconds.
 */
export async function writeOnce(
  repository: ClusterStore,
  { workflowId, firstExecutionRunId: firstRunId }: Chain,
  record: VerificationRecord,
): Promise<{ key: string; sha256: string }> {
  const { backupId, kind = 'backup', verifiedAt } = record;
  const earlier = await findRecorded(repository, { kind, id: backupId, from: new Date(verifiedAt), firstRunId });
  if (earlier) return earlier;
  const now = Math.floor((await repository.store.serverTime()).getTime() / SECOND_MS) * SECOND_MS;
  const taken = (await listVerifications(repository, kind, backupId))
    .map(({ at }) => Date.parse(at))
    .filter((at) => at >= now && at < now + SECONDS * SECOND_MS);
  const first = Math.max(now, ...taken.map((at) => at + SECOND_MS));
  for (let second = 0; second < SECONDS; second += 1) {
    const at = new Date(first + second * SECOND_MS).toISOString();
    const written = await writeVerification(repository, { ...record, workflowId, firstRunId, verifiedAt: at });
    if (written.made || written.record.firstRunId === firstRunId) return written;
  }
  throw failWith(
    'AlreadyExists',
    `No record of ${backupId} could be written: the record names of ${SECONDS} seconds are taken. Try again.`,
  );
}

const SECONDS = 20;
const SECOND_MS = 1_000;

export function problemsOf(id: string, bad: readonly KnownBadObject[]): string[] {
  return bad.length === 0 ? [] : cut([unrestorableText(id, bad.length), ...bad.map(badObjectText)], PROBLEMS_KEPT);
}

export const unrestorableText = (id: string, damaged: number): string =>
  `${id} can't be restored completely: ${countText(damaged)} of its files ${damaged === 1 ? 'is' : 'are'} missing or damaged.`;

export const badObjectText = ({ object, offset, size, problem }: KnownBadObject): string =>
  `${object}${offset === undefined ? '' : ` from byte ${offset}`} (${size} bytes): ${problem}.`;

export const cut = (words: readonly string[], most: number): string[] =>
  words.length <= most
    ? [...words]
    : [...words.slice(0, most - 1), `… and ${countText(words.length - most + 1)} more.`];

/** In a result, and in a record. */
export const [PROBLEMS_TOLD, PROBLEMS_KEPT, AFFECTED_TOLD] = [100, 1_000, 200];

/** The verification record that an earlier attempt of this run wrote, or undefined. */
export async function findRecorded(
  repository: ClusterStore,
  { kind, id, from, firstRunId }: { kind: BackupKind; id: string; from: Date; firstRunId: string },
): Promise<{ key: string; sha256: string } | undefined> {
  for (const verdict of await listVerifications(repository, kind, id)) {
    if (Date.parse(verdict.at) < from.getTime()) continue;
    const found = await readVerification(repository, kind, id, verdict);
    if (found?.record.firstRunId === firstRunId) return { key: found.key, sha256: found.sha256 };
  }
  return undefined;
}
