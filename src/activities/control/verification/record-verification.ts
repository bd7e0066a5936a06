import { heartbeat } from '@temporalio/activity';
import type { Chain } from '../../../contract';
import { countText } from '../../../objects/texts';
import {
  digestOf,
  FORMAT,
  isDeleted,
  readProofs,
  readTrusted,
  storedFilesOf,
  writeVerification,
  type ClusterStore,
  type KnownBad,
  type VerificationRecord,
} from '../../../repository';
import { failWith } from '../../application-failure';
import type { ControlDependencies } from '../dependencies';
import { findRecorded } from './find-recorded';
import { verifiersRepository, type VerificationPlan } from './plan-verification';
import { committedOf, isRead, subjectOf } from './wanted';

export interface RecordVerificationInput {
  chain: Chain;
  plan: VerificationPlan;
}

export interface RecordVerificationResult {
  problems: string[];
  /** Backups that need something that is bad. */
  affected: string[];
  record: { key: string; sha256: string };
}

/** In a result, and in a record. */
const [PROBLEMS_TOLD, PROBLEMS_KEPT, AFFECTED_TOLD] = [100, 1_000, 200];

/**
 * Says what was proved, by what the records of proofs in the bucket say, never by what a caller does. What is bad marks
 * each backup that needs it by a record of its own. Run twice it finds its records.
 */
export function makeRecordVerification(dependencies: ControlDependencies) {
  return async function recordVerification({
    chain,
    plan,
  }: RecordVerificationInput): Promise<RecordVerificationResult> {
    const repository = verifiersRepository(dependencies);
    const { level, manifestSha256 } = plan;
    const subject = await subjectOf(repository, plan.id, manifestSha256);
    const { kind, id, owners } = subject;
    const [since, day] = [new Date(plan.since), new Date(plan.plannedAt)];
    const proofs = await readProofs(repository, { kind, owners, since });
    const own: KnownBad[] = [];
    const sums = { objects: 0, bytes: 0, unproved: 0 };
    for await (const file of subject.files()) {
      const digest = digestOf(repository.cluster, file);
      sums.objects += 1;
      sums.bytes += file.size;
      if (sums.objects % 10_000 === 0) heartbeat(sums.objects);
      const bad = proofs.bad.get(digest);
      if (bad) own.push(bad);
      else if (isRead(level, file, { digest, day }) && !proofs.provedSince(digest, since)) sums.unproved += 1;
    }
    if (sums.unproved > 0)
      throw failWith(
        'ManifestInvalid',
        `The verification of ${id} was not recorded: of ${countText(sums.unproved)} of its ${countText(sums.objects)} objects no record says that they were read. Someone has removed records from ${repository.store.location}, or nothing was read. Start it again.`,
      );
    const record = async (of: string, bad: readonly KnownBad[]) =>
      await writeOnce(repository, chain, {
        ...{ format: FORMAT, backupId: of, level, ok: bad.length === 0, problems: problemsOf(of, bad) },
        ...(of === id ? { objects: sums.objects, bytes: sums.bytes } : { foundBy: id }),
        ...(kind === 'dump' ? { kind } : {}),
        verifiedAt: plan.plannedAt,
      });
    const others = own.length === 0 || kind === 'dump' ? [] : await othersThatNeed(repository, subject, own);
    if (await isDeleted(repository, kind, id))
      throw failWith(
        'NotFound',
        `${id} was deleted while it was verified, so nothing was recorded of it. Verify another one: kalpa backups.`,
      );
    for (const { id: other, bad } of others) await record(other, bad);
    const { key, sha256 } = await record(id, own);
    const affected = own.length === 0 ? [] : [id, ...others.map((one) => one.id)];
    const words = [
      ...(own.length === 0 ? [] : [neededText(id, own.length)]),
      ...others.map((one) => neededText(one.id, one.bad.length)),
      ...own.map(badText),
    ];
    return {
      problems: cut(words, PROBLEMS_TOLD),
      affected: affected.slice(0, AFFECTED_TOLD),
      record: { key, sha256 },
    };
  };
}

/** Other backups of the database that need something of what is bad. */
async function othersThatNeed(
  repository: ClusterStore,
  { id, database }: { id: string; database: string },
  own: readonly KnownBad[],
): Promise<{ id: string; bad: KnownBad[] }[]> {
  const wanted = new Map(own.map((bad) => [bad.digest, bad]));
  const owners = new Set(own.map(({ owner }) => owner));
  const found: { id: string; bad: KnownBad[] }[] = [];
  for (const other of await committedOf(repository, database)) {
    heartbeat(other);
    if (other === id) continue;
    const manifest = await readTrusted(repository, other);
    if (typeof manifest === 'string') continue; // nobody believes it anyway
    const { header } = manifest;
    if (!owners.has(other) && !header.refersTo.some(({ backupId }) => owners.has(backupId))) continue;
    const bad: KnownBad[] = [];
    for await (const file of storedFilesOf(repository, header)) {
      const one = wanted.get(digestOf(repository.cluster, file));
      if (one) bad.push(one);
    }
    if (bad.length > 0) found.push({ id: other, bad });
  }
  return found;
}

/** What an attempt before this one has written stays; another run may have taken the second. */
async function writeOnce(
  repository: ClusterStore,
  { workflowId, firstExecutionRunId: firstRunId }: Chain,
  record: VerificationRecord,
): Promise<{ key: string; sha256: string }> {
  const { backupId, kind = 'backup', verifiedAt } = record;
  const earlier = await findRecorded(repository, { kind, id: backupId, from: new Date(verifiedAt), firstRunId });
  if (earlier) return earlier;
  const now = (await repository.store.serverTime()).getTime();
  for (let second = 0; second < SECONDS; second += 1) {
    const at = new Date(Math.floor(now / 1000) * 1000 + second * 1000).toISOString();
    const written = await writeVerification(repository, { ...record, workflowId, firstRunId, verifiedAt: at });
    if (written.made || written.record.firstRunId === firstRunId) return written;
  }
  throw failWith(
    'AlreadyExists',
    `No record of ${backupId} could be written: the names of ${SECONDS} seconds are taken. Try again.`,
  );
}

const SECONDS = 20;

function problemsOf(id: string, bad: readonly KnownBad[]): string[] {
  return bad.length === 0 ? [] : cut([neededText(id, bad.length), ...bad.map(badText)], PROBLEMS_KEPT);
}

const neededText = (id: string, damaged: number): string =>
  `${id} can't be restored whole: ${countText(damaged)} of its files ${damaged === 1 ? 'is' : 'are'} missing or damaged.`;

const badText = ({ object, offset, size, problem }: KnownBad): string =>
  `${object}${offset === undefined ? '' : ` from byte ${offset}`} (${size} bytes): ${problem}.`;

const cut = (words: readonly string[], most: number): string[] =>
  words.length <= most
    ? [...words]
    : [...words.slice(0, most - 1), `… and ${countText(words.length - most + 1)} more.`];
